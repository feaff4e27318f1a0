-- Ghost contacts, merged customers and enrollments.

-- A ghost's contact is what a held-out customer would have got. It has labels of its own, so that whoever counts labels
-- need not look at each contact.
ALTER TABLE contact_labels ADD COLUMN is_ghost INTEGER NOT NULL DEFAULT 0;
DROP INDEX contact_labels_once;
CREATE UNIQUE INDEX contact_labels_once
ON contact_labels (organization_id, portfolio_id, campaign_id, type, kind, channel, family, category, cost, is_ghost);

CREATE TABLE merges (
  position INTEGER PRIMARY KEY,
  record_time_us INTEGER NOT NULL,
  organization_id TEXT NOT NULL,
  merged_customer_id TEXT NOT NULL,
  surviving_customer_id TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX merges_by_customer ON merges (organization_id, merged_customer_id);
CREATE INDEX merges_by_survivor ON merges (organization_id, surviving_customer_id);

CREATE TABLE enrollments (
  position INTEGER PRIMARY KEY,
  record_time_us INTEGER NOT NULL,
  portfolio_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
-- An index ends with the rowid, which is the position.
CREATE INDEX enrollments_by_portfolio ON enrollments (portfolio_id);
CREATE INDEX enrollments_by_customer ON enrollments (portfolio_id, customer_id);
