"""Units: the independent parts of a sample, with what bounds them, as intervals of values and differences need them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from offline_eval.choices.coding import Codes
from offline_eval.estimators.sample import Sample
from offline_eval.intervals.moments import Floats

_ROUNDING = 1e-9
"""Share by which a weight or reward may lie beyond its bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitBounds:
    """What can be at most and at least, of any one decision, seen or not."""

    weight: tuple[float, float]
    """Of a value (0, W); of a difference (-W of the base, W of the target)."""
    gain: tuple[float, float]
    """Of what the weight multiplies: the reward, less the outcome model where there is one."""
    base: tuple[float, float]
    """Of what is added: 0, or the target's mean by the outcome model."""
    truth: tuple[float, float]
    """Of the value or difference itself."""
    most_decisions: float = 1.0
    """Decisions of one unit."""

    @property
    def is_bounded(self) -> bool:
        """Returns whether weights and rewards have finite bounds."""
        ends = (*self.weight, *self.gain, *self.base, self.most_decisions)
        return all(math.isfinite(end) for end in ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Independent units, in the order in which each was first seen; each array has an entry for each unit.

    The truth V solves E[gain] = V E[decisions], and E[weight] = mean_weight E[decisions].
    """

    decisions: Floats | None
    """Decisions of each unit; None where each is a unit."""
    weight: Floats
    """Sum of the weights w, or of w_target - w_base."""
    gain: Floats
    """Sum of w r, or of (w_target - w_base) r; with an outcome model of the terms of the doubly robust estimator."""
    mean_weight: float
    """Expected weight of a decision: 1 for a value, 0 for a difference."""
    bounds: UnitBounds

    def __len__(self) -> int:
        """Returns the number of units."""
        return len(self.gain)

    @property
    def count(self) -> float:
        """Returns the number of decisions."""
        return float(len(self)) if self.decisions is None else float(self.decisions.sum())

    @property
    def estimate(self) -> float:
        """Returns the value or difference per decision, NaN where there is none."""
        return float(self.gain.sum()) / self.count if len(self) else math.nan


def units_of_value(sample: Sample, *, modeled: bool = False, most_decisions: int | None = None) -> Units:
    """Returns the units of a policy's value.

    Args:
        sample: Its decisions.
        modeled: Whether the outcome model is used, as the doubly robust estimator does: sum of m + w (r - q).
        most_decisions: How many decisions a unit can have, as contact policy and period tell; None: as many as any
            has. How often customers come is not the policy's doing, so that number can be taken as known.

    Raises:
        ValueError: A weight or a reward lies beyond its bound, or there is no outcome model.
    """
    _check(sample)
    gain, base = sample.weight * sample.reward, (0.0, 0.0)
    reward = sample.reward_range
    if modeled:
        choice, target = _modeled(sample)
        gain += target - sample.weight * choice
        reward, base = (reward[0] - _high(choice), reward[1] - _low(choice)), (_low(target), _high(target))
    bounds = UnitBounds(weight=(0.0, sample.greatest_weight), gain=reward, base=base, truth=sample.reward_range)
    each = Units(decisions=None, weight=sample.weight, gain=gain, mean_weight=1.0, bounds=bounds)
    return _grouped(each, sample.unit, most_decisions)


def units_of_difference(
    target: Sample,
    base: Sample,
    *,
    modeled: bool = False,
    most_decisions: int | None = None,
    weight_range: tuple[float, float] | None = None,
) -> Units:
    """Returns the units of one policy's value less another's, paired: on w_target - w_base of the same decisions.

    Args:
        target: The decisions with the target's weights.
        base: The same with the weights of the policy to compare it to; ones for what was done.
        modeled: See units_of_value; both samples must be of one outcome model.
        most_decisions: See units_of_value.
        weight_range: Least and greatest difference of the weights that there can be, see difference_weight_range; None:
            all between the greatest weights of either, which is far more for policies that are near to each other.

    Raises:
        ValueError: The samples are not of the same decisions, or differences lie beyond their range; or see
            units_of_value.
    """
    if len(target) != len(base) or not np.array_equal(target.reward, base.reward):
        raise ValueError("the two samples must hold the same decisions in the same order: a difference is paired")
    _check(target)
    _check(base)
    weight, (least, greatest) = target.weight - base.weight, target.reward_range
    lightest, heaviest = (-base.greatest_weight, target.greatest_weight) if weight_range is None else weight_range
    if _low(weight) < lightest - _ROUNDING or _high(weight) > heaviest + _ROUNDING:
        raise ValueError(
            f"differences of weights are from {_low(weight):.6g} to {_high(weight):.6g}, beyond the range "
            f"{lightest:.6g} to {heaviest:.6g}"
        )
    gain, reward, extra = weight * target.reward, (least, greatest), (0.0, 0.0)
    if modeled:
        (choice, own), (_, other) = _modeled(target), _modeled(base)
        gain += own - other - weight * choice
        reward = (least - _high(choice), greatest - _low(choice))
        extra = (_low(own - other), _high(own - other))
    width = greatest - least
    bounds = UnitBounds(weight=(lightest, heaviest), gain=reward, base=extra, truth=(-width, width))
    each = Units(decisions=None, weight=weight, gain=gain, mean_weight=0.0, bounds=bounds)
    return _grouped(each, target.unit, most_decisions)


def _grouped(each: Units, unit: Codes | None, most: int | None) -> Units:
    """Returns the units that decisions, each for itself, make up; those where each is one by itself stay so."""
    if unit is None:
        return each
    place, _ = pd.factorize(unit)
    decisions = np.bincount(place).astype(np.float64)
    seen = float(decisions.max()) if len(decisions) else 1.0
    if most is not None and seen > most:
        raise ValueError(f"a unit has {seen:.0f} decisions, more than the {most} that it can have")
    if seen == 1.0 and most in {None, 1}:
        return each
    return Units(
        decisions=decisions,
        weight=np.bincount(place, each.weight).astype(np.float64),
        gain=np.bincount(place, each.gain).astype(np.float64),
        mean_weight=each.mean_weight,
        bounds=replace(each.bounds, most_decisions=seen if most is None else float(most)),
    )


def _check(sample: Sample) -> None:
    if not len(sample):
        return
    heaviest, (least, greatest) = _high(sample.weight), sample.reward_range
    if heaviest > sample.greatest_weight * (1.0 + _ROUNDING):
        raise ValueError(
            f"a weight is {heaviest:.6g}, above the greatest, {sample.greatest_weight:.6g}: the floor of the exploration "
            "that logged is lower than was said"
        )
    slack = _ROUNDING * (greatest - least) if math.isfinite(greatest - least) else 0.0
    low, high = _low(sample.reward), _high(sample.reward)
    if low < least - slack or high > greatest + slack:
        raise ValueError(f"rewards are from {low:.6g} to {high:.6g}, beyond the range {least:.6g} to {greatest:.6g}")


def _modeled(sample: Sample) -> tuple[Floats, Floats]:
    if sample.modeled_choice is None or sample.modeled_target is None:
        raise ValueError("the sample has no outcome model: leave out modeled, or fit one")
    return sample.modeled_choice, sample.modeled_target


def _low(values: Floats) -> float:
    return float(values.min()) if len(values) else 0.0


def _high(values: Floats) -> float:
    return float(values.max()) if len(values) else 0.0
