"""Diagnostics: whether a log can answer for a policy at all, and whether the log itself is right."""

from __future__ import annotations

from offline_eval.diagnostics.audit import LEVEL, Audit, Check, Finding, audit
from offline_eval.diagnostics.calibration import CalibrationCell, calibration
from offline_eval.diagnostics.eligible_drift import CampaignDrift, EligibleDrift, eligible_drift
from offline_eval.diagnostics.pareto_tail import pareto_index
from offline_eval.diagnostics.reward_maturity import Maturity, reward_maturity
from offline_eval.diagnostics.unlogged_mass import UnloggedMass, unlogged_mass
from offline_eval.diagnostics.weight_mean import WeightMean, weight_mean
from offline_eval.diagnostics.weights import WeightClass, WeightSummary, weight_classes, weight_summary

__all__ = [
    "LEVEL",
    "Audit",
    "CalibrationCell",
    "CampaignDrift",
    "Check",
    "EligibleDrift",
    "Finding",
    "Maturity",
    "UnloggedMass",
    "WeightClass",
    "WeightMean",
    "WeightSummary",
    "audit",
    "calibration",
    "eligible_drift",
    "pareto_index",
    "reward_maturity",
    "unlogged_mass",
    "weight_classes",
    "weight_mean",
    "weight_summary",
]
