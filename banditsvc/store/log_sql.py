"""Statements of the SQLite log that read."""

from __future__ import annotations

# INDEXED BY: left to itself, SQLite would rather read a whole portfolio in order than sort the few rows asked for.
WATERMARK = "SELECT position, time_us FROM watermark"
DECISION = "SELECT position, record_time_us, body FROM decisions WHERE decision_id = ?"
DECISIONS_NAMED = """
SELECT position, record_time_us, body FROM decisions WHERE decision_id IN carray(?)
"""
# Most decisions have no activation, and then one look at the empty table tells it.
SEND_TIMES = """
SELECT decision_id, send_time_us FROM decisions INDEXED BY decisions_by_id
WHERE decision_id IN carray(?) AND portfolio_id = ? AND record_time_us < ? AND goes_out
AND NOT EXISTS (SELECT 1 FROM activations WHERE activations.decision_id = decisions.decision_id)
"""
DECISION_ON = """
SELECT position, record_time_us, body FROM decisions
WHERE portfolio_id = ? AND customer_id = ? AND occasion = ? ORDER BY position DESC LIMIT 1
"""
CUSTOMERS_ON = """
SELECT DISTINCT customer_id FROM decisions INDEXED BY decisions_by_occasion
WHERE portfolio_id = ? AND occasion = ? AND position <= ?
"""
ACTIVATION = "SELECT position, record_time_us, body FROM activations WHERE decision_id = ?"
# What outcome_of reads.
_OUTCOME = """
SELECT position, record_time_us, portfolio_id, outcome_id, revision, decision_id, customer_id, occur_time_us, body
"""
# Each name must come once: to make a set of them takes SQLite as long as to look for all that are in none.
OUTCOMES_NAMED = f"""
{_OUTCOME} FROM carray(?2)
CROSS JOIN outcomes INDEXED BY outcomes_by_id ON portfolio_id = ?1 AND outcome_id = value ORDER BY position
"""
# Few logs have any.
RESTATED = """
SELECT outcome_id FROM carray(?2)
CROSS JOIN outcomes INDEXED BY outcomes_restated ON portfolio_id = ?1 AND outcome_id = value AND revision > 0
WHERE EXISTS (SELECT 1 FROM outcomes INDEXED BY outcomes_restated WHERE portfolio_id = ?1 AND revision > 0)
"""
DECISIONS = """
SELECT position, record_time_us, body FROM decisions
WHERE portfolio_id = ? AND position > ? AND position < ? ORDER BY position LIMIT ?
"""
# By position: to go through a long span page by page, each page must begin where the last one ended.
DECISIONS_SENT_BETWEEN = """
SELECT position, record_time_us, body FROM decisions INDEXED BY decisions_by_portfolio
WHERE portfolio_id = ?1 AND position > ?2 AND position < ?3 AND send_time_us >= ?5 AND send_time_us < ?6
ORDER BY position LIMIT ?4
"""
COUNT_DECISIONS = "SELECT count(*) FROM decisions WHERE portfolio_id = ? AND position > ?"
OUTCOMES = f"""
{_OUTCOME} FROM outcomes
WHERE portfolio_id = ? AND position > ? ORDER BY position LIMIT ?
"""
ACTIVATIONS = """
SELECT position, record_time_us, body FROM activations
WHERE portfolio_id = ? AND position > ? ORDER BY position LIMIT ?
"""
# EXISTS, here and below: many a portfolio has no such records at all, and is not asked about decision by decision.
ACTIVATIONS_OF = """
SELECT position, record_time_us, body FROM activations
WHERE EXISTS (SELECT 1 FROM activations) AND decision_id IN carray(?) ORDER BY position
"""
OUTCOMES_OF_DECISIONS = f"""
{_OUTCOME} FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ?1 AND outcome_id IN (
  SELECT outcome_id FROM outcomes INDEXED BY outcomes_by_decision WHERE portfolio_id = ?1 AND decision_id IN carray(?2)
) ORDER BY position
"""  # noqa: S608  # made of constants alone
REFUNDS_OF = f"""
{_OUTCOME} FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ?1 AND outcome_id IN (
  SELECT outcome_id FROM outcomes INDEXED BY outcomes_by_refunded WHERE portfolio_id = ?1 AND refunded_outcome_id IN carray(?2)
) ORDER BY position
"""  # noqa: S608  # made of constants alone
OUTCOMES_OF_CUSTOMERS = f"""
{_OUTCOME} FROM outcomes INDEXED BY outcomes_by_id
WHERE portfolio_id = ?1 AND outcome_id IN (
  SELECT outcome_id FROM outcomes INDEXED BY outcomes_by_customer
  WHERE EXISTS (SELECT 1 FROM outcomes WHERE portfolio_id = ?1 AND customer_id IS NOT NULL)
  AND portfolio_id = ?1 AND customer_id IN carray(?2) AND occur_time_us >= ?3 AND occur_time_us < ?4
) ORDER BY position
"""  # noqa: S608  # made of constants alone
DECISIONS_OF_CUSTOMERS = """
SELECT position, record_time_us, body FROM decisions INDEXED BY decisions_by_customer
WHERE portfolio_id = ?1 AND customer_id IN carray(?2) AND send_time_us >= ?3 AND send_time_us < ?4 ORDER BY position
"""
FEED_MARKS = """
SELECT position, record_time_us, body FROM feed_marks WHERE portfolio_id = ? AND position > ? ORDER BY position
"""
RESOURCES = "SELECT position, record_time_us, kind, body FROM resources WHERE position > ? ORDER BY position"
EXCLUSIONS = """
SELECT position, record_time_us, kind, body FROM resources INDEXED BY resources_exclusions
WHERE portfolio_id = ? AND kind IN ('exclusion', 'exclusion_revocation') ORDER BY position
"""
READ_CONSENTS = """
SELECT position, record_time_us, body FROM consents NOT INDEXED
WHERE organization_id = ? AND position > ? ORDER BY position LIMIT ?
"""
CONSENTS_OF = """
SELECT position, record_time_us, body FROM consents INDEXED BY consents_by_customer
WHERE organization_id = ? AND customer_id IN carray(?) ORDER BY position
"""
READ_MERGES = """
SELECT position, record_time_us, body FROM merges NOT INDEXED
WHERE organization_id = ? AND position > ? ORDER BY position
"""
HAS_MERGES = "SELECT EXISTS (SELECT 1 FROM merges)"
MERGES_OF_CUSTOMERS = """
WITH RECURSIVE one (customer_id) AS (
  SELECT value FROM carray(?2)
  UNION
  SELECT surviving_customer_id FROM one
  CROSS JOIN merges INDEXED BY merges_by_customer ON organization_id = ?1 AND merged_customer_id = customer_id
), families (customer_id) AS (
  SELECT customer_id FROM one
  UNION
  SELECT merged_customer_id FROM families
  CROSS JOIN merges INDEXED BY merges_by_survivor ON organization_id = ?1 AND surviving_customer_id = customer_id
)
SELECT position, record_time_us, body FROM families
CROSS JOIN merges INDEXED BY merges_by_customer ON organization_id = ?1 AND merged_customer_id = customer_id
ORDER BY position
"""
# The first version of a portfolio: its organization never changes.
PORTFOLIO = "SELECT body FROM resources WHERE kind = ? AND portfolio_id = ? ORDER BY position LIMIT 1"
READ_ENROLLMENTS = """
SELECT position, record_time_us, body FROM enrollments INDEXED BY enrollments_by_portfolio
WHERE portfolio_id = ? AND position > ? ORDER BY position LIMIT ?
"""
ENROLLMENTS_OF = """
SELECT position, record_time_us, body FROM enrollments INDEXED BY enrollments_by_customer
WHERE portfolio_id = ? AND customer_id IN carray(?) ORDER BY position
"""

# A contact apart has its decision and its customer itself; any other has those of the decision at its position.
_CONTACT = """
SELECT coalesce(contacts.decision_id, decisions.decision_id), organization_id, contact_labels.portfolio_id,
  coalesce(contacts.customer_id, decisions.customer_id), contact_time_us, hold_until_us,
  campaign_id, type, kind, channel, family, category, cost, is_ghost
"""
CONTACTS_OF = f"""
SELECT * FROM (
  {_CONTACT} FROM decisions INDEXED BY decisions_by_customer
  CROSS JOIN contacts ON contacts.position = decisions.position AND contacts.customer_id IS NULL
  CROSS JOIN contact_labels USING (labels_id)
  WHERE decisions.portfolio_id IN (SELECT portfolio_id FROM contact_portfolios WHERE organization_id = ?1)
  AND decisions.customer_id IN carray(?2) AND send_time_us >= ?3 AND organization_id = ?1
  UNION ALL
  {_CONTACT} FROM contacts INDEXED BY contacts_apart
  CROSS JOIN contact_labels USING (labels_id) LEFT JOIN decisions ON FALSE
  WHERE contacts.customer_id IN carray(?2) AND contact_time_us >= ?3 AND organization_id = ?1
) ORDER BY 5, 1
"""  # noqa: S608  # made of constants alone
HELD_CONTACTS = f"""
{_CONTACT} FROM contacts INDEXED BY contacts_held
CROSS JOIN contact_labels USING (labels_id) LEFT JOIN decisions ON decisions.position = contacts.position
WHERE hold_until_us >= ? AND organization_id = ? AND NOT is_ghost ORDER BY 5, 1
"""
# A contact apart may be of an activation, and then stands in the place of that of an earlier decision.
CONTACTS_SINCE = f"""
{_CONTACT} FROM contacts INDEXED BY contacts_by_time
CROSS JOIN contact_labels USING (labels_id) LEFT JOIN decisions ON decisions.position = contacts.position
WHERE contact_time_us >= ?1 AND organization_id = ?2 AND (
  contacts.position <= ?3 OR contacts.decision_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM decisions AS later WHERE later.decision_id = contacts.decision_id AND later.position > ?3
  )
)
"""  # noqa: S608  # made of constants alone
TALLY = """
SELECT campaign_id, type, kind, channel, family, category, cost, contact_count FROM (
  SELECT labels_id, count(*) AS contact_count FROM contacts INDEXED BY contacts_by_time
  WHERE contact_time_us >= ?3 AND contact_time_us < ?4 AND (hold_until_us IS NULL OR hold_until_us >= ?5)
  GROUP BY labels_id
  UNION ALL
  SELECT labels_id, contact_count FROM part_contacts INDEXED BY part_contacts_by_time
  WHERE contact_time_us >= ?3 AND contact_time_us < ?4 AND (hold_until_us IS NULL OR hold_until_us >= ?5)
) CROSS JOIN contact_labels USING (labels_id) WHERE organization_id = ?1 AND ?2 IN (portfolio_id, '') AND NOT is_ghost
AND contact_count > 0
"""
# UNION rather than OR: each half has an index of its own.
UNSENT = """
SELECT contact_time_us, coalesce(contacts.decision_id, decisions.decision_id), count(*) OVER () FROM (
  SELECT contacts.* FROM contacts INDEXED BY contacts_held WHERE hold_until_us >= ?3
  UNION
  SELECT contacts.* FROM contacts INDEXED BY contacts_by_time WHERE contact_time_us > ?3
) AS contacts
CROSS JOIN contact_labels USING (labels_id) LEFT JOIN decisions ON decisions.position = contacts.position
WHERE contact_labels.portfolio_id = ?1 AND campaign_id = ?2 AND NOT is_ghost ORDER BY 1, 2 LIMIT ?4
"""
PARTS = "SELECT position, record_time_us, body FROM audience_parts WHERE run_id = ? ORDER BY position"
