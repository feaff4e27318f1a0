-- Exclusions and their revocations are asked for with every slice that is settled.
CREATE INDEX resources_exclusions ON resources (portfolio_id) WHERE kind IN ('exclusion', 'exclusion_revocation');
