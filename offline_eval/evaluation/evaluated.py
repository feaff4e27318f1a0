"""Evaluated: what a log says of one candidate."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from offline_eval.diagnostics import UnloggedMass, WeightMean, WeightSummary
from offline_eval.estimators import PointEstimate
from offline_eval.intervals.off_policy import PromisedInterval

MOST_UNLOGGED = 0.01
"""Mass on what was never logged from which on it is told."""
LEAST_EFFECTIVE = 0.1
"""Effective share of the decisions below which it is told."""
HEAVY_TAIL = 0.7
"""Pareto index from which on a weighted mean is of no use."""
LEAST_P_VALUE = 0.001
"""Below it weights do not have the mean 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What a log says of one candidate. Values are rewards per decision."""

    name: str
    decisions: int
    unknown: int
    """Decisions left out because the candidate, or what it is compared with, has no known probabilities there."""
    value: float
    """By Cressie-Read, to which the interval belongs."""
    interval: PromisedInterval
    difference: float
    """Value less that of the policy it is compared with, the logged one by default, on the same decisions."""
    difference_interval: PromisedInterval
    estimates: tuple[PointEstimate, ...]
    weights: WeightSummary
    pareto_index: float
    weight_mean: WeightMean
    unlogged: UnloggedMass
    is_same: bool
    """Whether it does in every decision what the policy does that it is compared with."""
    remarks: tuple[str, ...] = field(default=())
    """What is to be said of the log itself."""

    @property
    def is_logged(self) -> bool:
        """Returns whether it is the logged policy, as every weight is 1."""
        return self.weights.largest == 1.0 and self.weights.effective_share == 1.0

    @property
    def warnings(self) -> tuple[str, ...]:
        """Returns what stands against believing it, in words."""
        found = []
        if self.unlogged.total >= MOST_UNLOGGED:
            names = ", ".join(list(self.unlogged.by_campaign)[:3])
            found.append(
                f"{self.unlogged.total:.1%} of it lies on what was never logged ({names}): no weight makes up for it"
            )
        elif math.isnan(self.unlogged.total) and not self.is_logged:
            found.append("the log does not tell what was eligible: how much lies on what was never logged is not known")
        if self.decisions and self.weights.effective_share < LEAST_EFFECTIVE:
            found.append(f"it rests on {self.weights.effective:,.0f} of {self.decisions:,} decisions, by weight")
        if self.pareto_index >= HEAVY_TAIL:
            found.append(f"the tail of the weights is heavy (Pareto index {self.pareto_index:.2f})")
        if self.weight_mean.p_value <= LEAST_P_VALUE:
            found.append(
                f"the mean weight is {self.weight_mean.mean:.3g} and should be 1: probabilities are wrong, or decisions are missing"
            )
        if self.unknown:
            found.append(f"{self.unknown:,} decisions are left out, as no model had predicted")
        # What does the same differs by nothing, whatever that rests on.
        for promised in (self.interval,) if self.is_same else (self.interval, self.difference_interval):
            found += [text for text in (promised.refusal, promised.thin) if text]
        return (*dict.fromkeys(found), *self.remarks)

    def plain(self) -> dict[str, object]:
        """Returns it as a row: numbers, None where there is none, and the warnings as one text."""
        low, high = _ends(self.interval)
        difference_low, difference_high = _ends(self.difference_interval)
        promise = self.interval.promise
        row: dict[str, object] = {
            "policy": self.name,
            "value": _number(self.value),
            "low": low,
            "high": high,
            "level": None if promise is None else promise.level,
            "guarantee": None if promise is None else promise.guarantee.value,
            "difference": _number(self.difference),
            "difference_low": difference_low,
            "difference_high": difference_high,
            "decisions": self.decisions,
            "unknown": self.unknown,
            "effective": self.weights.effective,
            "effective_share": self.weights.effective_share,
            "largest_weight": self.weights.largest,
            "top_weight_share": self.weights.top_share,
            "pareto_index": _number(self.pareto_index),
            "weight_mean": _number(self.weight_mean.mean),
            "weight_mean_p_value": self.weight_mean.p_value,
            "unlogged_mass": _number(self.unlogged.total),
        }
        row |= {one.name: _number(one.value) for one in self.estimates}
        return row | {"warnings": "; ".join(self.warnings)}


def _ends(promised: PromisedInterval) -> tuple[float | None, float | None]:
    return (None, None) if promised.interval is None else (promised.interval.low, promised.interval.high)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
