"""The statements of the SQLite registry."""

from __future__ import annotations

INSERT_LINEAGE = """
INSERT INTO lineages (portfolio_id, cause_position, learner_version, learner, segments, sums) VALUES (?, ?, ?, ?, ?, ?)
"""
INSERT_OR_NAME_CANDIDATE = """
INSERT INTO portfolios (portfolio_id, serving_lineage_id) VALUES (?1, ?2)
ON CONFLICT DO UPDATE SET candidate_lineage_id = excluded.serving_lineage_id
"""
LINEAGE = """
SELECT portfolio_id, cause_position, learner_version, learner, segments FROM lineages WHERE lineage_id = ?
"""
PORTFOLIO_OF_LINEAGE = "SELECT portfolio_id FROM lineages WHERE lineage_id = ?"
SERVING = "SELECT serving_lineage_id FROM portfolios WHERE portfolio_id = ?"
CANDIDATE = "SELECT candidate_lineage_id FROM portfolios WHERE portfolio_id = ?"
UPDATE_SEGMENTS = "UPDATE lineages SET segments = ? WHERE lineage_id = ?"
UPDATE_PROGRESS = "UPDATE lineages SET position = ?, settled_through_us = ?, sums = ? WHERE lineage_id = ?"
TAKE_OVER = """
UPDATE portfolios SET serving_lineage_id = candidate_lineage_id, candidate_lineage_id = NULL WHERE portfolio_id = ?
"""
DROP_CANDIDATE = "UPDATE portfolios SET candidate_lineage_id = NULL WHERE candidate_lineage_id = ?"
PROGRESS = """
SELECT p.model_version, l.position, l.settled_through_us, l.lineage_id, l.sums, p.candidate_lineage_id IS NOT NULL
FROM portfolios AS p JOIN lineages AS l ON l.lineage_id = p.serving_lineage_id WHERE p.portfolio_id = ?
"""

INSERT_CHECKPOINT = """
INSERT INTO checkpoints (
  lineage_id, position, portfolio_id, model_version, settled_through_us, sums, learner_state, learner_state_sha256
) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
# A checkpoint at an earlier position than the newest means that those after it could not be read: they are void.
DELETE_CHECKPOINTS_FROM = "DELETE FROM checkpoints WHERE lineage_id = ? AND position >= ?"
DELETE_OLD_CHECKPOINTS = """
DELETE FROM checkpoints WHERE lineage_id = ?1 AND position NOT IN (
  SELECT position FROM checkpoints WHERE lineage_id = ?1 ORDER BY position DESC LIMIT ?2
)
"""
CHECKPOINTS = """
SELECT c.position, c.model_version, c.settled_through_us, c.sums, c.learner_state, c.learner_state_sha256,
       m.weights_sha256, m.position, m.learned, m.publish_time_us, m.weights
FROM checkpoints AS c JOIN models AS m ON m.portfolio_id = c.portfolio_id AND m.model_version = c.model_version
WHERE c.lineage_id = ? ORDER BY c.position DESC
"""
LAST_VERSION = "SELECT model_version FROM checkpoints WHERE lineage_id = ? ORDER BY position DESC LIMIT 1"

UPSERT_MODEL = """
INSERT INTO models (
  portfolio_id, model_version, lineage_id, position, sums, learned, publish_time_us, nonzero_weights, weights_sha256,
  weights
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (portfolio_id, model_version) DO UPDATE SET
  position = excluded.position, sums = excluded.sums, learned = excluded.learned,
  publish_time_us = excluded.publish_time_us, nonzero_weights = excluded.nonzero_weights,
  weights_sha256 = excluded.weights_sha256, weights = excluded.weights
WHERE lineage_id = excluded.lineage_id
"""
SERVE_MODEL = """
UPDATE models SET serve_order = (SELECT coalesce(max(serve_order), 0) + 1 FROM models)
WHERE portfolio_id = ? AND model_version = ?
"""
NAME_MODEL = "UPDATE portfolios SET model_version = ? WHERE portfolio_id = ?"
# Models of a lineage that is still catching up are kept only as long as a checkpoint needs them.
DELETE_UNUSED_MODELS = """
DELETE FROM models WHERE lineage_id = ?1 AND serve_order IS NULL AND model_version NOT IN (
  SELECT model_version FROM checkpoints WHERE lineage_id = ?1
)
"""
MODEL = """
SELECT lineage_id, position, learned, publish_time_us, weights, weights_sha256
FROM models WHERE portfolio_id = ? AND model_version = ?
"""
SERVED_MODELS = """
SELECT m.portfolio_id, m.model_version, m.lineage_id, l.learner_version, m.position, m.sums, m.learned,
       m.publish_time_us, m.weights_sha256, m.nonzero_weights, m.weights IS NOT NULL
FROM models AS m JOIN lineages AS l ON l.lineage_id = m.lineage_id
WHERE m.portfolio_id = ?1 AND m.serve_order IS NOT NULL AND (?2 IS NULL OR m.model_version = ?2)
ORDER BY m.serve_order DESC
"""
FORGET_WEIGHTS = """
UPDATE models SET weights = NULL
WHERE weights IS NOT NULL AND serve_order IS NOT NULL AND publish_time_us < ?1
  AND serve_order <= (SELECT newer.serve_order FROM models AS newer
                      WHERE newer.portfolio_id = models.portfolio_id AND newer.serve_order IS NOT NULL
                      ORDER BY newer.serve_order DESC LIMIT 1 OFFSET ?2)
  AND NOT EXISTS (SELECT 1 FROM json_each(?3) AS spared
                  WHERE spared.value ->> 0 = models.portfolio_id AND spared.value ->> 1 = models.model_version)
  AND NOT EXISTS (SELECT 1 FROM checkpoints AS c
                  WHERE c.portfolio_id = models.portfolio_id AND c.model_version = models.model_version)
"""
