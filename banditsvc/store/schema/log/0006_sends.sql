-- Whether a decision goes out at its send_time unless an activation says otherwise: then outcomes of it are told without
-- its body. NULL where it may not, and for what was decided before this migration.
ALTER TABLE decisions ADD COLUMN goes_out INTEGER;
