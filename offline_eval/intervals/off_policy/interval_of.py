"""Intervals of what a policy is worth, and of how much more than another one, each with its promise."""

from __future__ import annotations

import math
from dataclasses import dataclass

from offline_eval.estimators.sample import Sample
from offline_eval.estimators.weighted_sums import WeightedSums
from offline_eval.intervals.interval import Interval, IntervalKind
from offline_eval.intervals.off_policy.betting import betting_sequence
from offline_eval.intervals.off_policy.bootstrap import bootstrap_ends
from offline_eval.intervals.off_policy.clopper_pearson import clopper_pearson_ends
from offline_eval.intervals.off_policy.cressie_read import cressie_read_ends
from offline_eval.intervals.off_policy.empirical_bernstein import empirical_bernstein_ends
from offline_eval.intervals.off_policy.normal import normal_ends
from offline_eval.intervals.off_policy.promise import Guarantee, Method, Promise, PromisedInterval, refused
from offline_eval.intervals.off_policy.refusals import refusal, thinness
from offline_eval.intervals.off_policy.unit_sums import UnitSums
from offline_eval.intervals.off_policy.units import Units, units_of_difference, units_of_value


@dataclass(frozen=True, slots=True, kw_only=True)
class OffPolicySpec:
    """Which interval to make of off-policy data. All of it is to be fixed before the first reading.

    Raises:
        ValueError: `level` is not between 0 and 1.
    """

    method: Method = Method.CRESSIE_READ
    level: float = 0.95
    """Of both ends together; one end alone has the level (1 + level) / 2."""
    modeled: bool = False
    """Whether the outcome model takes part, as in the doubly robust estimator: for large samples only."""
    most_decisions: int | None = None
    """Decisions that one customer can have in the period; None: as many as any customer of the log has."""
    least_effective: float = 100.0
    """Effective units (Kish) below which an interval stands but nothing is to be concluded from it."""

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if not 0.0 < self.level < 1.0:
            raise ValueError(f"level is {self.level}: it must be between 0 and 1")


DEFAULT = OffPolicySpec()


def interval_of_value(sample: Sample, spec: OffPolicySpec = DEFAULT) -> PromisedInterval:
    """Returns the interval of a policy's value per decision, in reward units."""
    try:
        units = units_of_value(sample, modeled=_modeled(spec), most_decisions=spec.most_decisions)
    except ValueError as error:
        return refused(spec.method, str(error))
    return interval_of_units(units, spec)


def interval_of_difference(
    target: Sample, base: Sample, spec: OffPolicySpec = DEFAULT, *, weight_range: tuple[float, float] | None = None
) -> PromisedInterval:
    """Returns the interval of a policy's value less another's, per decision, paired on the same decisions.

    Args:
        target: See units_of_difference.
        base: Likewise.
        spec: The interval.
        weight_range: Of the differences of weights; give it where the policies are near to each other.
    """
    try:
        units = units_of_difference(
            target, base, modeled=_modeled(spec), most_decisions=spec.most_decisions, weight_range=weight_range
        )
    except ValueError as error:
        return refused(spec.method, str(error))
    return interval_of_units(units, spec)


def interval_of_sums(sums: WeightedSums, spec: OffPolicySpec = DEFAULT) -> PromisedInterval:
    """Returns the default interval of a value from sums, those of many days added up; each decision is a unit."""
    if not sums.count or not all(math.isfinite(end) for end in sums.reward_range):
        none = "there are no decisions" if not sums.count else "rewards have no bounds: say the least and the greatest"
        return refused(Method.CRESSIE_READ, none)
    thin = sums.effective_decisions < spec.least_effective
    return PromisedInterval(
        method=Method.CRESSIE_READ,
        interval=_fixed(cressie_read_ends(UnitSums.of_weighted(sums), spec.level), spec),
        promise=_promise(Method.CRESSIE_READ, spec, "decisions", None),
        thin=f"it rests on {sums.effective_decisions:,.0f} decisions, by weight" if thin else "",
    )


def interval_of_units(units: Units, spec: OffPolicySpec = DEFAULT) -> PromisedInterval:
    """Returns the interval of a value or difference per decision, of the units that it rests on."""
    why = refusal(units, spec.method)
    if why:
        return refused(spec.method, why)
    certain = spec.method in {Method.EMPIRICAL_BERNSTEIN, Method.BETTING}
    unit, most = ("decisions", None) if units.decisions is None else ("customers", units.bounds.most_decisions)
    return PromisedInterval(
        method=spec.method,
        interval=_made(units, spec),
        promise=_promise(spec.method, spec, unit, most),
        thin="" if certain else thinness(units, spec.least_effective),
    )


def _made(units: Units, spec: OffPolicySpec) -> Interval:
    if spec.method is Method.BETTING:
        low, high = betting_sequence(units, spec.level).ends()
        return Interval(low=low, high=high, kind=IntervalKind.ANYTIME, level=spec.level)
    if spec.method is Method.BOOTSTRAP:
        return _fixed(bootstrap_ends(units, spec.level), spec)
    make = {
        Method.CRESSIE_READ: cressie_read_ends,
        Method.NORMAL: normal_ends,
        Method.CLOPPER_PEARSON: clopper_pearson_ends,
        Method.EMPIRICAL_BERNSTEIN: empirical_bernstein_ends,
    }[spec.method]
    return _fixed(make(UnitSums.of(units), spec.level), spec)


def _modeled(spec: OffPolicySpec) -> bool:
    """Returns whether the outcome model takes part.

    Raises:
        ValueError: The method does not allow it.
    """
    if spec.modeled and spec.method not in {Method.CRESSIE_READ, Method.NORMAL, Method.BOOTSTRAP}:
        raise ValueError(
            f"{spec.method} takes no outcome model: one that was fitted to other parts of the log depends on decisions "
            "that came later, which breaks what this interval promises"
        )
    return spec.modeled


def _promise(method: Method, spec: OffPolicySpec, unit: str, most: float | None) -> Promise:
    assumptions = [f"{unit} are independent draws of one population", "logged probabilities are right"]
    if method is Method.BETTING:
        assumptions[0] = (
            "the value stays the same, whatever has come before"
            if unit == "decisions"
            else f"{unit} are independent draws of one population, each taken in when all of its decisions are settled"
        )
    if method not in {Method.NORMAL, Method.BOOTSTRAP}:
        assumptions.append("no weight or reward can lie beyond its bound")
    else:
        assumptions.append("many decisions that carry weight bring something")
    if most is not None:
        assumptions.append(f"no customer has more than {most:.0f} decisions")
    guarantee = {
        Method.EMPIRICAL_BERNSTEIN: Guarantee.FINITE_SAMPLE,
        Method.BETTING: Guarantee.FINITE_SAMPLE,
        Method.CLOPPER_PEARSON: Guarantee.NONE,
    }.get(method, Guarantee.ASYMPTOTIC)
    return Promise(
        method=method,
        guarantee=guarantee,
        kind=IntervalKind.ANYTIME if method is Method.BETTING else IntervalKind.FIXED,
        level=spec.level,
        assumptions=tuple(assumptions),
    )


def _fixed(ends: tuple[float, float], spec: OffPolicySpec) -> Interval:
    return Interval(low=ends[0], high=ends[1], kind=IntervalKind.FIXED, level=spec.level)
