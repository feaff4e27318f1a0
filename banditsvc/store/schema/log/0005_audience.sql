-- Parts of audiences: decisions that stand in files of their own.

-- A part takes the positions from position on, one for each row. body is written by banditsvc/store/codec.py.
CREATE TABLE audience_parts (
  position INTEGER PRIMARY KEY,
  record_time_us INTEGER NOT NULL,
  run_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX audience_parts_once ON audience_parts (run_id, number);

-- How many rows of a part have a contact with the same labels that counts as it was decided. A row of which something
-- was said since is not among them: what counts in its place is in contacts.
CREATE TABLE part_contacts (
  position INTEGER NOT NULL,
  labels_id INTEGER NOT NULL,
  contact_time_us INTEGER NOT NULL,
  -- NULL: they stand.
  hold_until_us INTEGER,
  contact_count INTEGER NOT NULL,
  PRIMARY KEY (position, labels_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX part_contacts_by_time ON part_contacts (contact_time_us);
