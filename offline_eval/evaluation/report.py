"""Evaluation report: all that a log says of several candidates, with verdicts, and what the numbers rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from banditsvc.core.rule import FeatureType
from offline_eval.diagnostics import (
    Audit,
    CalibrationCell,
    EligibleDrift,
    WeightClass,
    audit,
    calibration,
    eligible_drift,
    weight_classes,
)
from offline_eval.evaluation.candidate import LOGGED, Candidates, candidates_of
from offline_eval.evaluation.clipping import ClippedValue, values_by_clipping
from offline_eval.evaluation.compared import NO_SCHEMA, Compared, compared
from offline_eval.evaluation.evaluate import evaluated_of, log_remarks
from offline_eval.evaluation.evaluated import Evaluated
from offline_eval.evaluation.gains_by_choice import FAMILY, ChoiceGain, gains_by_choice
from offline_eval.evaluation.outlook import Outlook, outlook
from offline_eval.evaluation.values_by_label import LabelValues, values_by_label
from offline_eval.evaluation.verdict import Verdict, decisions_to_tell, reasons_to_withhold, verdict_of
from offline_eval.intervals.off_policy import OffPolicySpec, PromisedInterval
from offline_eval.logged import Logged
from offline_eval.value import effective_number

PERIOD_DAYS = 28.0
_DAY_US = 86_400_000_000
_MOST_PARTS = 30
"""Values of a label above which it is no division that anybody would read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateReport:
    """One candidate."""

    evaluated: Evaluated
    verdict: Verdict
    withheld: tuple[str, ...]
    """Why its numbers are not to be shown; empty where they are."""
    difference: PromisedInterval
    """To what it is compared with, at the level by which those of all candidates hold together."""
    decisions_to_tell: float
    """About how many decisions in all would tell it from what it is compared with; infinite where that is not to be had."""
    weights: tuple[WeightClass, ...]
    clipping: tuple[ClippedValue, ...]
    labels: tuple[LabelValues, ...]
    choices: tuple[ChoiceGain, ...]
    outlook: Outlook | None
    """What its own log would tell; None where the log does not tell eligible sets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReport:
    """Several candidates on one log."""

    logged: Logged
    spec: OffPolicySpec
    base: CandidateReport
    """What the candidates are compared with."""
    candidates: tuple[CandidateReport, ...]
    """In the order in which they were named, without what they are compared with."""
    level_of_each: float
    """Of the interval of each difference, so that all hold together at the level of the specification."""
    audit: Audit
    calibration: tuple[CalibrationCell, ...] | None
    drift: EligibleDrift
    decisions_per_day: float
    """NaN where the log has no times."""

    @property
    def evaluated(self) -> list[Evaluated]:
        """Returns what is said of each policy, of what the others are compared with first."""
        return [self.base.evaluated, *(one.evaluated for one in self.candidates)]

    @property
    def decisions_per_period(self) -> float:
        """Returns how many decisions 28 days bring; NaN where that is not known."""
        return PERIOD_DAYS * self.decisions_per_day


def evaluation_report(
    logged: Logged,
    policies: Candidates,
    *,
    against: Candidates = LOGGED,
    interval: OffPolicySpec | None = None,
    schema: Mapping[str, FeatureType] = NO_SCHEMA,
    smallest_probability: float | None = None,
    floor: float = 0.0,
) -> EvaluationReport:
    """Returns all that a log says of some candidates beside one policy.

    Differences are at a level by which all of them hold together (Bonferroni), so that the best one may be picked by them.

    Args:
        logged: Decisions.
        policies: One policy or several; see offline_eval.evaluation.candidate.
        against: The one that they are compared with, by default the policy that made the log.
        interval: Which interval is made; by default that of Cressie-Read at .95.
        schema: Types of the features that exclusive rules may name.
        smallest_probability: With which anything was chosen; None where the log tells it or nothing is known.
        floor: Of the policy that made the log, for the audit.

    Raises:
        LogRefused: A policy cannot be applied to the log.
    """
    spec, checked, remarks = interval or OffPolicySpec(), audit(logged, floor=floor), log_remarks(logged)
    [(base_name, base_target)] = candidates_of(against, schema).items()
    targets = {name: one for name, one in candidates_of(policies, schema).items() if name != base_name}
    level = 1.0 - (1.0 - spec.level) / max(len(targets), 1)

    def reported(named: Candidates) -> list[CandidateReport]:
        rows = compared(logged, named, against=base_target, smallest_probability=smallest_probability)
        return [_reported(one, evaluated_of(one, spec, remarks), spec, level, checked) for one in rows]

    [base] = reported({base_name: base_target})
    return EvaluationReport(
        logged=logged,
        spec=spec,
        base=base,
        candidates=tuple(reported(targets)) if targets else (),
        level_of_each=level,
        audit=checked,
        calibration=calibration(logged, floor),
        drift=eligible_drift(logged),
        decisions_per_day=_per_day(logged),
    )


def _reported(one: Compared, found: Evaluated, spec: OffPolicySpec, level: float, checked: Audit) -> CandidateReport:
    difference = one.difference(replace(spec, level=level))
    withheld = reasons_to_withhold(found, checked)
    apart = np.abs(one.sample.weight - one.base.weight)
    return CandidateReport(
        evaluated=found,
        verdict=_verdict(one, withheld, difference),
        withheld=withheld,
        difference=difference,
        decisions_to_tell=decisions_to_tell(
            found.difference, difference, len(one.sample), effective_number(apart), spec.least_effective
        ),
        weights=weight_classes(one.sample.weight),
        clipping=values_by_clipping(one.sample),
        labels=() if withheld or one.is_same else tuple(values_by_label(one, name, spec) for name in _labels(one)),
        choices=() if withheld or one.is_same else gains_by_choice(one, spec),
        outlook=outlook(one.logged, one.probability) if one.sample.modeled_target is not None else None,
    )


def _verdict(one: Compared, withheld: tuple[str, ...], difference: PromisedInterval) -> Verdict:
    if withheld:
        return Verdict.WITHHELD
    return Verdict.SAME if one.is_same else verdict_of(difference)


def _labels(one: Compared) -> list[str]:
    """Returns the labels that divide the log before the choice."""
    return [
        name
        for name, coded in one.logged.labels.items()
        if name != FAMILY and 2 <= len(np.unique(coded.codes)) <= _MOST_PARTS
    ]


def _per_day(logged: Logged) -> float:
    if not logged.time_us.any():
        return math.nan
    span = float(logged.time_us.max() - logged.time_us.min()) / _DAY_US
    return len(logged) / max(span, 1.0)
