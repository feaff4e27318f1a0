"""The Cressie-Read interval: of all reweightings of the data that are near enough, the least and greatest value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import f as snedecor

from offline_eval.intervals.moments import Floats
from offline_eval.intervals.off_policy.unit_sums import UnitSums


def cressie_read_ends(sums: UnitSums, level: float, *, at_mean: bool = True) -> tuple[float, float]:
    """Returns both ends of the interval, at least one unit being given.

    Among reweightings q of the n units and of one made-up unit, with E_q[weight] as it must be, those are kept whose
    Cressie-Read divergence with power -2 is at most the 1 - alpha quantile of F(1, n) above the least one; the ends are
    the extremes of E_q[gain] over them, in closed form (Karampatziakis, Langford and Mineiro, "Empirical Likelihood for
    Contextual Bandits", NeurIPS 2020, section 3 and appendix). The made-up unit has the least or the greatest weight
    that there can be and the reward that is worst for the end: so an interval knows of the rare heavy decision that
    has not come yet. Where units have several decisions, V is kept if the extremes of E_q[gain - V decisions] have 0
    between them.

    Args:
        sums: Of the units; the greatest weight may be infinite where each decision is a unit, which costs width.
        level: Confidence level.
        at_mean: Whether a made-up unit of weight 1 is tried as well. Without it this is the published interval; but
            that has no width where all weights are 1 and nobody has bought yet.
    """
    delta = float(snedecor.isf(1.0 - level, 1.0, sums.count))
    least, greatest = sums.bounds.truth
    if sums.is_of_decisions:
        low = _extreme(sums, 0.0, 1.0, delta, at_mean)
        high = -_extreme(sums, 0.0, -1.0, delta, at_mean)
        return min(max(low, least), greatest), max(min(high, greatest), least)
    low = _root(lambda value: _extreme(sums, value, 1.0, delta, at_mean), least, greatest)
    high = _root(lambda value: -_extreme(sums, value, -1.0, delta, at_mean), least, greatest)
    return low, high


def cressie_read_p_value(sums: UnitSums, value: float) -> float:
    """Returns the p-value of a value: the least 1 - level at which the interval is without it."""
    delta = max(_excluded_below(sums, value, sign) for sign in (1.0, -1.0))
    return float(snedecor.sf(delta, 1.0, sums.count))


def _excluded_below(sums: UnitSums, value: float, sign: float) -> float:
    """Returns the quantile below which one end, the lower for the sign 1, excludes the value; 0 where none does."""
    size, offset = 1.0 + sums.count, _least_divergence(sums)
    deltas = []
    for one in _profiles(sums, value, sign, at_mean=True):
        if one.centre <= 0.0:
            return 0.0
        needed = math.inf if one.spread == 0.0 else one.centre**2 / (2.0 * one.spread)
        deltas.append(2.0 * size * (needed + one.shift) - offset)
    return max(min(deltas), 0.0)


@dataclass(frozen=True, slots=True)
class _Profile:
    """The least E_q[y] at divergence budget phi is centre - sqrt(2 spread (-phi - shift))."""

    centre: float
    spread: float
    shift: float


def _extreme(sums: UnitSums, value: float, sign: float, delta: float, at_mean: bool) -> float:
    """Returns the least E_q[sign (gain - value decisions)]."""
    budget = (_least_divergence(sums) + delta) / (2.0 * (1.0 + sums.count))
    found = [
        one.centre - math.sqrt(2.0 * one.spread * (budget - one.shift))
        for one in _profiles(sums, value, sign, at_mean=at_mean)
        if budget >= one.shift
    ]
    return min(found, default=-math.inf)


def _profiles(sums: UnitSums, value: float, sign: float, *, at_mean: bool) -> Iterator[_Profile]:
    """Yields the profile for each made-up unit."""
    count, most = sums.count, sums.bounds.most_decisions
    over = np.array([-sums.mean_weight, 1.0, 0.0])
    gained = sign * np.array([-value, 0.0, 1.0])
    ends = (*sums.bounds.weight, *((1.0,) if at_mean and sums.mean_weight == 1.0 else ()))
    for weight in ends:
        reward = sums.bounds.gain[0 if (weight >= 0.0) == (sign > 0.0) else 1]
        extra = sums.bounds.base[0 if sign > 0.0 else 1]
        if math.isinf(weight):
            yield _infinite(sums, over, gained, sign * reward)
            continue
        made_up = most * np.array([1.0, weight, weight * reward + extra])
        mean = (sums.sums + made_up) / (1.0 + count)
        square = (sums.products + np.outer(made_up, made_up)) / (1.0 + count) - np.outer(mean, mean)
        x, y = float(over @ mean), float(gained @ mean)
        xx, xy, yy = float(over @ square @ over), float(over @ square @ gained), float(gained @ square @ gained)
        if xx <= _NOTHING * float(over @ sums.products @ over + most**2):
            yield _Profile(y, max(yy, 0.0), 0.0)
        else:
            yield _Profile(y - x * xy / xx, max(yy - xy**2 / xx, 0.0), 0.5 * x**2 / xx)


def _infinite(sums: UnitSums, over: Floats, gained: Floats, slope: float) -> _Profile:
    """Returns the limit for a made-up unit of infinite weight: it sets the slope, and nothing else."""
    rest, count = gained - slope * over, sums.count
    total = float(rest @ sums.sums)
    spread = (float(rest @ sums.products @ rest) - total**2 / count) / (1.0 + count)
    return _Profile(total / count, max(spread, 0.0), 0.5 / count)


def _least_divergence(sums: UnitSums) -> float:
    """Returns the divergence, times 2 (1 + n), of the nearest reweighting that has the right mean weight."""
    over = np.array([-sums.mean_weight, 1.0, 0.0])
    total = float(over @ sums.sums)
    weight = sums.bounds.weight[1 if total < 0.0 else 0]
    if math.isinf(weight):
        return 1.0 + 1.0 / sums.count
    made_up, size = sums.bounds.most_decisions * (weight - sums.mean_weight), 1.0 + sums.count
    mean = (made_up + total) / size
    variance = (made_up**2 + float(over @ sums.products @ over)) / size - mean**2
    return size * mean**2 / variance if variance > 0.0 else 0.0


def _root(least_gain: Callable[[float], float], least: float, greatest: float) -> float:
    """Returns where a function that falls with the value crosses 0, or the end of the range beyond which it does."""
    if least_gain(least) <= 0.0:
        return least
    if least_gain(greatest) >= 0.0:
        return greatest
    return float(brentq(least_gain, least, greatest, xtol=_TOLERANCE * (greatest - least)))


_NOTHING = 1e-15
_TOLERANCE = 1e-12
