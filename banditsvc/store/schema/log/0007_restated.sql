-- Outcomes that restate others: few. With these found, whoever writes outcomes learns whether they are new by writing them.
CREATE INDEX outcomes_restated ON outcomes (portfolio_id, outcome_id) WHERE revision > 0;
