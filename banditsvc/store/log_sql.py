"""Statements of the SQLite log that read."""

from __future__ import annotations

# INDEXED BY: left to itself, SQLite would rather read a whole portfolio in order than sort the few rows asked for.
WATERMARK = "SELECT position, time_us FROM watermark"
DECISION = "SELECT position, record_time_us, body FROM decisions WHERE decision_id = ?"
DECISION_ON = """
SELECT position, record_time_us, body FROM decisions
WHERE portfolio_id = ? AND customer_id = ? AND occasion = ? ORDER BY position DESC LIMIT 1
"""
ACTIVATION = "SELECT position, record_time_us, body FROM activations WHERE decision_id = ?"
OUTCOME = """
SELECT position, record_time_us, body FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ? AND outcome_id = ? ORDER BY position
"""
DECISIONS = """
SELECT position, record_time_us, body FROM decisions
WHERE portfolio_id = ? AND position > ? ORDER BY position LIMIT ?
"""
COUNT_DECISIONS = "SELECT count(*) FROM decisions WHERE portfolio_id = ? AND position > ?"
OUTCOMES = """
SELECT position, record_time_us, body FROM outcomes
WHERE portfolio_id = ? AND position > ? ORDER BY position LIMIT ?
"""
ACTIVATIONS = """
SELECT position, record_time_us, body FROM activations
WHERE portfolio_id = ? AND position > ? ORDER BY position LIMIT ?
"""
ACTIVATIONS_OF = """
SELECT position, record_time_us, body FROM activations WHERE decision_id IN carray(?) ORDER BY position
"""
OUTCOMES_OF_DECISIONS = """
SELECT position, record_time_us, body FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ?1 AND outcome_id IN (
  SELECT outcome_id FROM outcomes INDEXED BY outcomes_by_decision WHERE portfolio_id = ?1 AND decision_id IN carray(?2)
) ORDER BY position
"""
REFUNDS_OF = """
SELECT position, record_time_us, body FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ?1 AND outcome_id IN (
  SELECT outcome_id FROM outcomes INDEXED BY outcomes_by_refunded WHERE portfolio_id = ?1 AND refunded_outcome_id IN carray(?2)
) ORDER BY position
"""
OUTCOMES_OF_CUSTOMERS = """
SELECT position, record_time_us, body FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ?1 AND outcome_id IN (
  SELECT outcome_id FROM outcomes INDEXED BY outcomes_by_customer
  WHERE portfolio_id = ?1 AND customer_id IN carray(?2) AND occur_time_us >= ?3 AND occur_time_us < ?4
) ORDER BY position
"""
DECISIONS_OF_CUSTOMERS = """
SELECT position, record_time_us, body FROM decisions INDEXED BY decisions_by_customer
WHERE portfolio_id = ?1 AND customer_id IN carray(?2) AND send_time_us >= ?3 AND send_time_us < ?4 ORDER BY position
"""
FEED_MARKS = "SELECT position, record_time_us, body FROM feed_marks WHERE portfolio_id = ? ORDER BY position"
RESOURCES = "SELECT position, record_time_us, kind, body FROM resources WHERE position > ? ORDER BY position"
READ_CONSENTS = """
SELECT position, record_time_us, body FROM consents NOT INDEXED
WHERE organization_id = ? AND position > ? ORDER BY position LIMIT ?
"""
CONSENTS_OF = """
SELECT position, record_time_us, body FROM consents INDEXED BY consents_by_customer
WHERE organization_id = ? AND customer_id IN carray(?) ORDER BY position
"""

CONTACTS_OF = """
SELECT decision_id, organization_id, portfolio_id, customer_id, contact_time_us, hold_until_us,
  campaign_id, type, kind, channel, family, category, cost
FROM contacts INDEXED BY contacts_by_customer
WHERE organization_id = ? AND customer_id IN carray(?) AND contact_time_us >= ?
ORDER BY contact_time_us, decision_id
"""
HELD_CONTACTS = """
SELECT decision_id, organization_id, portfolio_id, customer_id, contact_time_us, hold_until_us,
  campaign_id, type, kind, channel, family, category, cost
FROM contacts INDEXED BY contacts_held
WHERE hold_until_us >= ? AND organization_id = ? ORDER BY contact_time_us, decision_id
"""
TALLY = """
SELECT campaign_id, type, kind, channel, family, category, cost, count(*) FROM contacts INDEXED BY contacts_by_time
WHERE organization_id = ?1 AND ?2 IN (portfolio_id, '') AND contact_time_us >= ?3 AND contact_time_us < ?4
AND (hold_until_us IS NULL OR hold_until_us >= ?5)
GROUP BY campaign_id, type, kind, channel, family, category, cost
"""
# UNION rather than OR: each half has an index of its own.
UNSENT = """
SELECT decision_id, count(*) OVER () FROM (
  SELECT decision_id, contact_time_us FROM contacts INDEXED BY contacts_held
  WHERE hold_until_us >= ?3 AND portfolio_id = ?1 AND campaign_id = ?2
  UNION
  SELECT decision_id, contact_time_us FROM contacts INDEXED BY contacts_by_time
  WHERE contact_time_us > ?3 AND portfolio_id = ?1 AND campaign_id = ?2
) ORDER BY contact_time_us, decision_id LIMIT ?4
"""
