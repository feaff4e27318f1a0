"""Challenges: whether a policy on trial may decide for more customers, by what both brought."""

from offline_eval.challenge.evidence import CHALLENGE_INTERVAL, Evidence, Finding, evidence_of
from offline_eval.challenge.reading import COLUMNS, Both, read_both

__all__ = ["CHALLENGE_INTERVAL", "COLUMNS", "Both", "Evidence", "Finding", "evidence_of", "read_both"]
