"""Worlds from data: a world file fitted to a trial or a log, with a check on rows that the fit has not seen."""
