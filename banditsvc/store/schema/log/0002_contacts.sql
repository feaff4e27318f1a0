-- Contacts and consents.

-- Contacts are derived from decisions and activations, in their commit. What was decided before this migration has none.

-- Whose contacts and of what campaigns, as it was then: many contacts share few.
CREATE TABLE contact_labels (
  labels_id INTEGER PRIMARY KEY,
  organization_id TEXT NOT NULL,
  portfolio_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  type INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  channel TEXT NOT NULL,
  family TEXT NOT NULL,
  category TEXT NOT NULL,
  cost REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX contact_labels_once
ON contact_labels (organization_id, portfolio_id, campaign_id, type, kind, channel, family, category, cost);

-- Portfolios whose decisions have made contacts of an organization: with these, a customer's contacts are found.
CREATE TABLE contact_portfolios (
  organization_id TEXT NOT NULL,
  portfolio_id TEXT NOT NULL,
  PRIMARY KEY (organization_id, portfolio_id)
) STRICT, WITHOUT ROWID;

-- position is that of the record whose contact it is: of the decision, or of the activation that put another in its place.
CREATE TABLE contacts (
  position INTEGER PRIMARY KEY,
  contact_time_us INTEGER NOT NULL,
  -- NULL: it stands.
  hold_until_us INTEGER,
  labels_id INTEGER NOT NULL,
  -- Both NULL where the contact is with the customer of the decision at this position, and at its send_time: it is then
  -- found through decisions_by_customer. Nearly all are, and a second index that is written all over costs more than all
  -- else of a contact.
  decision_id TEXT,
  customer_id TEXT
) STRICT;
CREATE INDEX contacts_apart ON contacts (customer_id, contact_time_us) WHERE customer_id IS NOT NULL;
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
