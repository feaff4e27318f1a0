-- The learner's store. Bodies (learner, segments, sums, learned) are written by banditsvc/store/codec.py.

CREATE TABLE lineages (
  lineage_id INTEGER PRIMARY KEY AUTOINCREMENT,
  portfolio_id TEXT NOT NULL,
  cause_position INTEGER NOT NULL,
  learner_version INTEGER NOT NULL,
  learner BLOB NOT NULL,
  segments BLOB NOT NULL,
  -- How far settling has looked; at or past the last checkpoint.
  position INTEGER NOT NULL DEFAULT 0,
  settled_through_us INTEGER NOT NULL DEFAULT 0,
  sums BLOB NOT NULL
) STRICT;

-- Which lineage serves a portfolio, which one catches up, and the newest model (NULL before the first).
CREATE TABLE portfolios (
  portfolio_id TEXT PRIMARY KEY,
  serving_lineage_id INTEGER NOT NULL REFERENCES lineages (lineage_id),
  candidate_lineage_id INTEGER REFERENCES lineages (lineage_id),
  model_version TEXT
) STRICT;

-- weights is NULL once forgotten; serve_order is NULL until the model serves, then rises from model to model.
CREATE TABLE models (
  portfolio_id TEXT NOT NULL,
  model_version TEXT NOT NULL,
  lineage_id INTEGER NOT NULL REFERENCES lineages (lineage_id),
  position INTEGER NOT NULL,
  sums BLOB NOT NULL,
  learned BLOB NOT NULL,
  publish_time_us INTEGER NOT NULL,
  serve_order INTEGER,
  nonzero_weights INTEGER NOT NULL,
  weights_sha256 TEXT NOT NULL,
  weights BLOB,
  PRIMARY KEY (portfolio_id, model_version)
) STRICT;
CREATE UNIQUE INDEX models_by_serve_order ON models (serve_order) WHERE serve_order IS NOT NULL;
CREATE INDEX models_by_portfolio ON models (portfolio_id, serve_order);

-- The newest few of each lineage, each with the model of the same version.
CREATE TABLE checkpoints (
  lineage_id INTEGER NOT NULL REFERENCES lineages (lineage_id),
  position INTEGER NOT NULL,
  portfolio_id TEXT NOT NULL,
  model_version TEXT NOT NULL,
  settled_through_us INTEGER NOT NULL,
  sums BLOB NOT NULL,
  learner_state BLOB NOT NULL,
  learner_state_sha256 TEXT NOT NULL,
  PRIMARY KEY (lineage_id, position)
) STRICT;
