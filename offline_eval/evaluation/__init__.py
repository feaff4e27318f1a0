"""Evaluation of other policies on a log: one call from a table to values, intervals and warnings."""

from __future__ import annotations

from offline_eval.evaluation.candidate import LOGGED, Candidate, Candidates
from offline_eval.evaluation.clipping import ClippedValue, values_by_clipping
from offline_eval.evaluation.compared import Compared, compared
from offline_eval.evaluation.evaluate import evaluate, evaluations
from offline_eval.evaluation.evaluated import Evaluated
from offline_eval.evaluation.fingerprint import code_sha256, data_sha256
from offline_eval.evaluation.gains_by_choice import ChoiceGain, gains_by_choice
from offline_eval.evaluation.outlook import Outlook, outlook
from offline_eval.evaluation.report import CandidateReport, EvaluationReport, evaluation_report
from offline_eval.evaluation.shrinkage import Shrunk, shrunk
from offline_eval.evaluation.values_by_label import LabelValues, PartValue, values_by_label
from offline_eval.evaluation.verdict import Verdict

__all__ = [
    "LOGGED",
    "Candidate",
    "CandidateReport",
    "Candidates",
    "ChoiceGain",
    "ClippedValue",
    "Compared",
    "Evaluated",
    "EvaluationReport",
    "LabelValues",
    "Outlook",
    "PartValue",
    "Shrunk",
    "Verdict",
    "code_sha256",
    "compared",
    "data_sha256",
    "evaluate",
    "evaluation_report",
    "evaluations",
    "gains_by_choice",
    "outlook",
    "shrunk",
    "values_by_clipping",
    "values_by_label",
]
