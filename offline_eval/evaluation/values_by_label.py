"""Values by label: how much more a candidate would have brought in each segment, lifecycle stage or the like."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from offline_eval.estimators import Sample
from offline_eval.evaluation.compared import Compared
from offline_eval.evaluation.shrinkage import shrunk
from offline_eval.intervals import Floats, holm_levels
from offline_eval.intervals.off_policy import (
    OffPolicySpec,
    PromisedInterval,
    Units,
    UnitSums,
    cressie_read_p_value,
    interval_of_units,
    units_of_difference,
)
from offline_eval.logged.logged import Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class PartValue:
    """The decisions with one value of a label."""

    part: str
    decisions: int
    base_value: float
    """Reward per decision by the policy that the candidate is compared with."""
    difference: float
    """Of the candidate to it, per decision, of this part alone; NaN where it is refused."""
    standard_error: float
    interval: PromisedInterval
    """Of the difference, unshrunk, at the level by which it excludes 0 just where Holm's procedure rejects it."""
    shrunk: float
    """The difference drawn toward that of the whole; NaN where it is refused."""
    refusal: str = ""
    """Why nothing is said of the part; empty where something is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelValues:
    """A candidate by one label."""

    label: str
    parts: tuple[PartValue, ...]
    """Those with most decisions first."""
    whole: float
    """The difference of all decisions, that the parts are drawn to."""
    between: float
    """Standard deviation of the parts' true differences; 0 where they scatter no more than chance would."""
    level: float
    """Of saying of no part that it differs from 0 where it does not."""


def values_by_label(one: Compared, label: str, spec: OffPolicySpec) -> LabelValues:
    """Returns a candidate's difference in each part of the log, one label told apart.

    In each part the difference is paired and by regression on the difference of weights, whose mean is known to be 0: what
    the Cressie-Read estimate is in large samples. Its interval is the default one of off-policy differences, with Holm's
    correction over the parts. Thin parts, those in which few decisions carry weight, are refused.

    Args:
        one: The candidate on the log.
        label: A label of the log that was fixed before the choice.
        spec: Level of all that is said of the parts together, and what is thin.
    """
    coded = one.logged.labels[label]
    base_units, least = replace(spec, modeled=False), spec.least_effective
    drafts = [_draft(one, name, coded.is_name(name), base_units) for name in coded.names if coded.is_name(name).any()]
    told = [draft for draft in drafts if not draft.refusal]
    levels = holm_levels([draft.p_value for draft in told], spec.level)
    whole, _ = _estimate(UnitSums.of(_units(one, None, base_units)))
    drawn = shrunk(
        np.array([draft.difference for draft in told]), np.array([draft.standard_error for draft in told]), whole
    )
    values = dict(zip([draft.part for draft in told], zip(levels, drawn.values.tolist(), strict=True), strict=True))
    parts = [
        _part(draft, *values.get(draft.part, (spec.level, math.nan)), least)
        for draft in sorted(drafts, key=lambda draft: (-draft.decisions, draft.part))
    ]
    return LabelValues(label=label, parts=tuple(parts), whole=whole, between=math.sqrt(drawn.between), level=spec.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A part before it is known how the others look."""

    part: str
    decisions: int
    base_value: float
    units: Units
    difference: float
    standard_error: float
    p_value: float
    refusal: str


def _draft(one: Compared, name: str, chosen: Flags, spec: OffPolicySpec) -> _Draft:
    units = _units(one, chosen, spec)
    base = one.base.weight[chosen] * one.base.reward[chosen]
    first = interval_of_units(units, spec)
    is_same = not units.weight.any()
    refusal = "" if is_same else first.refusal or first.thin
    difference, error = (0.0, 0.0) if is_same else _estimate(UnitSums.of(units))
    p_value = 1.0 if is_same or refusal else cressie_read_p_value(UnitSums.of(units), 0.0)
    return _Draft(
        part=name,
        decisions=int(np.count_nonzero(chosen)),
        base_value=float(base.mean()),
        units=units,
        difference=difference,
        standard_error=error,
        p_value=p_value,
        refusal=refusal,
    )


def _part(draft: _Draft, level: float, drawn: float, least: float) -> PartValue:
    return PartValue(
        part=draft.part,
        decisions=draft.decisions,
        base_value=draft.base_value,
        difference=math.nan if draft.refusal else draft.difference,
        standard_error=math.nan if draft.refusal else draft.standard_error,
        interval=interval_of_units(draft.units, OffPolicySpec(level=level, least_effective=least)),
        shrunk=drawn,
        refusal=draft.refusal,
    )


def _units(one: Compared, chosen: Flags | None, spec: OffPolicySpec) -> Units:
    target, base = (sample if chosen is None else _where(sample, chosen) for sample in (one.sample, one.base))
    return units_of_difference(target, base, most_decisions=spec.most_decisions, weight_range=one.weight_range)


def _where(sample: Sample, chosen: Flags) -> Sample:
    unit = None if sample.unit is None else sample.unit[chosen]
    return replace(
        sample,
        weight=sample.weight[chosen],
        reward=sample.reward[chosen],
        unit=unit,
        modeled_choice=None,
        modeled_target=None,
    )


def _estimate(sums: UnitSums) -> tuple[float, float]:
    """Returns the difference per decision, by regression on the weights, and its standard error over the units."""
    decisions = float(sums.sums[0])
    raw = float(sums.sums[2]) / decisions
    # Influences, before regression: gain - raw decisions, and the weight, whose mean must be 0.
    gain: Floats = np.array([-raw, 0.0, 1.0])
    square, cross = float(sums.products[1, 1]), float(sums.products[1] @ gain)
    slope = cross / square if square > 0.0 else 0.0
    influence = gain - slope * np.array([0.0, 1.0, 0.0])
    difference = raw - slope * float(sums.sums[1]) / decisions
    scatter = max(float(influence @ sums.products @ influence), 0.0)
    correction = sums.count / max(sums.count - 1.0, 1.0)
    return difference, math.sqrt(scatter * correction) / decisions
