-- The decision log. position is one sequence over all tables; body is written by banditsvc/store/codec.py.

-- How far the log is complete, written by every commit.
CREATE TABLE watermark (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  position INTEGER NOT NULL,
  time_us INTEGER NOT NULL
) STRICT;
INSERT INTO watermark (one, position, time_us) VALUES (1, 0, 0);

CREATE TABLE decisions (
  position INTEGER PRIMARY KEY,
  record_time_us INTEGER NOT NULL,
  decision_id TEXT NOT NULL,
  portfolio_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  send_time_us INTEGER NOT NULL,
  occasion TEXT,
  body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX decisions_by_id ON decisions (decision_id);
-- An index ends with the rowid, which is the position: this one serves (portfolio_id, position).
CREATE INDEX decisions_by_portfolio ON decisions (portfolio_id);
CREATE INDEX decisions_by_customer ON decisions (portfolio_id, customer_id, send_time_us);
-- occasion is NULL where the caller named none, and for tests.
CREATE INDEX decisions_by_occasion ON decisions (portfolio_id, customer_id, occasion) WHERE occasion IS NOT NULL;

CREATE TABLE activations (
  position INTEGER PRIMARY KEY,
  record_time_us INTEGER NOT NULL,
  decision_id TEXT NOT NULL,
  portfolio_id TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX activations_by_decision ON activations (decision_id);
CREATE INDEX activations_by_portfolio ON activations (portfolio_id);

-- decision_id, customer_id and refunded_outcome_id are NULL where the outcome names none.
CREATE TABLE outcomes (
  position INTEGER PRIMARY KEY,
  record_time_us INTEGER NOT NULL,
  portfolio_id TEXT NOT NULL,
  outcome_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  decision_id TEXT,
  customer_id TEXT,
  occur_time_us INTEGER NOT NULL,
  refunded_outcome_id TEXT,
  body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX outcomes_by_id ON outcomes (portfolio_id, outcome_id, revision);
CREATE INDEX outcomes_by_portfolio ON outcomes (portfolio_id);
CREATE INDEX outcomes_by_decision ON outcomes (portfolio_id, decision_id) WHERE decision_id IS NOT NULL;
CREATE INDEX outcomes_by_customer ON outcomes (portfolio_id, customer_id, occur_time_us) WHERE customer_id IS NOT NULL;
CREATE INDEX outcomes_by_refunded ON outcomes (portfolio_id, refunded_outcome_id) WHERE refunded_outcome_id IS NOT NULL;

CREATE TABLE feed_marks (
  position INTEGER PRIMARY KEY,
  record_time_us INTEGER NOT NULL,
  portfolio_id TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX feed_marks_by_portfolio ON feed_marks (portfolio_id);

CREATE TABLE resources (
  position INTEGER PRIMARY KEY,
  record_time_us INTEGER NOT NULL,
  kind TEXT NOT NULL,
  portfolio_id TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
