-- Contacts and consents.

-- Derived from decisions and activations, in their commit. position is that of the record whose contact it is: of the
-- decision, or of the activation that put another in its place. What was decided before this migration has none.
CREATE TABLE contacts (
  position INTEGER PRIMARY KEY,
  decision_id TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  portfolio_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  contact_time_us INTEGER NOT NULL,
  -- NULL: it stands.
  hold_until_us INTEGER,
  campaign_id TEXT NOT NULL,
  type INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  channel TEXT NOT NULL,
  family TEXT NOT NULL,
  category TEXT NOT NULL,
  cost REAL NOT NULL
) STRICT;
-- Without organization_id: there are few organizations, and most cost of a row is this index's size.
CREATE INDEX contacts_by_customer ON contacts (customer_id, contact_time_us);
-- Time comes first, so that what is written together stands together: one page is written, not one a portfolio.
CREATE INDEX contacts_by_time ON contacts (contact_time_us);
CREATE INDEX contacts_held ON contacts (hold_until_us) WHERE hold_until_us IS NOT NULL;

CREATE TABLE consents (
  position INTEGER PRIMARY KEY,
  record_time_us INTEGER NOT NULL,
  organization_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX consents_by_customer ON consents (organization_id, customer_id);
