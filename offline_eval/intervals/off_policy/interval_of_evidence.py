"""Intervals of a value from evidence, which is added up over the days or shards of a log."""

from __future__ import annotations

from offline_eval.estimators.columns import weight, weighted_reward
from offline_eval.estimators.evidence import Evidence
from offline_eval.intervals.off_policy.interval_of import DEFAULT, OffPolicySpec, interval_of_sums, interval_of_units
from offline_eval.intervals.off_policy.promise import Method, PromisedInterval, refused
from offline_eval.intervals.off_policy.units import UnitBounds, Units


def interval_of_evidence(evidence: Evidence, spec: OffPolicySpec = DEFAULT) -> PromisedInterval:
    """Returns the interval of a value per decision; with customers as units where the evidence has them.

    Raises:
        ValueError: The evidence was made for other estimators than IPS and SNIPS.
    """
    units = evidence.totals.units
    if spec.modeled or spec.method is Method.BETTING or (units is None and spec.method is not Method.CRESSIE_READ):
        return refused(
            spec.method, f"{spec.method} needs the decisions themselves, in their order: make it of a sample"
        )
    if units is None:
        return interval_of_sums(evidence.sums, spec)
    most = float(units.decisions.max()) if len(units) else 1.0
    if spec.most_decisions is not None and most > spec.most_decisions:
        why = f"a unit has {most:.0f} decisions, more than the {spec.most_decisions} that it can have"
        return refused(spec.method, why)
    sums = evidence.sums
    bounds = UnitBounds(
        weight=(0.0, sums.greatest_weight),
        gain=sums.reward_range,
        base=(0.0, 0.0),
        truth=sums.reward_range,
        most_decisions=most if spec.most_decisions is None else float(spec.most_decisions),
    )
    own = Units(
        decisions=None if bounds.most_decisions == 1.0 else units.decisions,  # each is one by itself
        weight=units.sums[evidence.place(weight)],
        gain=units.sums[evidence.place(weighted_reward)],
        mean_weight=1.0,
        bounds=bounds,
    )
    return interval_of_units(own, spec)
