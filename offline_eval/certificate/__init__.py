"""Checks of a certificate that are made on a log: what a policy costs at once, what can be told of it, what it leaves to tell."""

from __future__ import annotations

from offline_eval.certificate.budget_check import BudgetTerms, budget_check
from offline_eval.certificate.evaluability_check import EvaluabilityTerms, evaluability_check
from offline_eval.certificate.log_checks import LogTerms, audit_check, log_checks, support_check

__all__ = [
    "BudgetTerms",
    "EvaluabilityTerms",
    "LogTerms",
    "audit_check",
    "budget_check",
    "evaluability_check",
    "log_checks",
    "support_check",
]
