"""Checks of a certificate that are made on a log: what a policy costs at once, what can be told of it, what it leaves to tell."""

from __future__ import annotations

from offline_eval.certificate.budget_check import BudgetTerms, budget_check
from offline_eval.certificate.evaluability_check import EvaluabilityTerms, evaluability_check

__all__ = ["BudgetTerms", "EvaluabilityTerms", "budget_check", "evaluability_check"]
