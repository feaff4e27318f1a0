"""Estimators of what a policy is worth, from decisions that another one made."""

from __future__ import annotations

from offline_eval.estimators.clipped_ips import ClippedIps
from offline_eval.estimators.cressie_read import CressieRead, cressie_read_value
from offline_eval.estimators.direct import Direct
from offline_eval.estimators.doubly_robust import DoublyRobust
from offline_eval.estimators.empirical_likelihood import EmpiricalLikelihood
from offline_eval.estimators.estimator import Estimator, PointEstimate
from offline_eval.estimators.evidence import Evidence
from offline_eval.estimators.ips import Ips
from offline_eval.estimators.log_evidence import AddedModel, LogEvidence, log_evidence
from offline_eval.estimators.mips import Mips
from offline_eval.estimators.panel import FIRST_ROW, WITHOUT_MODEL, evidence_of, point_estimates
from offline_eval.estimators.sample import Sample
from offline_eval.estimators.sample_of import TARGET_UNKNOWN, embedded_sample, known_to_target, sample_of
from offline_eval.estimators.self_normalised_dr import SelfNormalisedDr
from offline_eval.estimators.shrunk_dr import ShrunkDr
from offline_eval.estimators.slope import SETTINGS, choose_by_slope
from offline_eval.estimators.snips import Snips
from offline_eval.estimators.switch_dr import SwitchDr
from offline_eval.estimators.weighted_sums import WeightedSums

__all__ = [
    "FIRST_ROW",
    "SETTINGS",
    "TARGET_UNKNOWN",
    "WITHOUT_MODEL",
    "AddedModel",
    "ClippedIps",
    "CressieRead",
    "Direct",
    "DoublyRobust",
    "EmpiricalLikelihood",
    "Estimator",
    "Evidence",
    "Ips",
    "LogEvidence",
    "Mips",
    "PointEstimate",
    "Sample",
    "SelfNormalisedDr",
    "ShrunkDr",
    "Snips",
    "SwitchDr",
    "WeightedSums",
    "choose_by_slope",
    "cressie_read_value",
    "embedded_sample",
    "evidence_of",
    "known_to_target",
    "log_evidence",
    "point_estimates",
    "sample_of",
]
