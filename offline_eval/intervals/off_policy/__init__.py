"""Intervals of off-policy values and of paired differences, each with what it promises."""

from __future__ import annotations

from offline_eval.intervals.off_policy.betting import BettingSequence, betting_sequence
from offline_eval.intervals.off_policy.bootstrap import bootstrap_ends
from offline_eval.intervals.off_policy.clopper_pearson import clopper_pearson_ends
from offline_eval.intervals.off_policy.cressie_read import cressie_read_ends, cressie_read_p_value
from offline_eval.intervals.off_policy.empirical_bernstein import empirical_bernstein_ends
from offline_eval.intervals.off_policy.interval_of import (
    OffPolicySpec,
    interval_of_difference,
    interval_of_sums,
    interval_of_units,
    interval_of_value,
)
from offline_eval.intervals.off_policy.interval_of_evidence import interval_of_evidence
from offline_eval.intervals.off_policy.normal import normal_ends
from offline_eval.intervals.off_policy.promise import Guarantee, Method, Promise, PromisedInterval, tuned_interval
from offline_eval.intervals.off_policy.unit_sums import UnitSums
from offline_eval.intervals.off_policy.units import UnitBounds, Units, units_of_difference, units_of_value
from offline_eval.intervals.off_policy.weight_range import difference_weight_range

__all__ = [
    "BettingSequence",
    "Guarantee",
    "Method",
    "OffPolicySpec",
    "Promise",
    "PromisedInterval",
    "UnitBounds",
    "UnitSums",
    "Units",
    "betting_sequence",
    "bootstrap_ends",
    "clopper_pearson_ends",
    "cressie_read_ends",
    "cressie_read_p_value",
    "difference_weight_range",
    "empirical_bernstein_ends",
    "interval_of_difference",
    "interval_of_evidence",
    "interval_of_sums",
    "interval_of_units",
    "interval_of_value",
    "normal_ends",
    "tuned_interval",
    "units_of_difference",
    "units_of_value",
]
