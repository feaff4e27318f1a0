"""Evaluation of other policies on a log: one call from a table to values, intervals and warnings."""

from __future__ import annotations

from offline_eval.evaluation.candidate import LOGGED, Candidate, Candidates
from offline_eval.evaluation.evaluate import evaluate, evaluations
from offline_eval.evaluation.evaluated import Evaluated

__all__ = ["LOGGED", "Candidate", "Candidates", "Evaluated", "evaluate", "evaluations"]
