"""The report of an experiment: as plain values, in words, and as a page."""
