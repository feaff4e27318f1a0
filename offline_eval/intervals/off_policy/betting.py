"""A confidence sequence by betting: it may be read after every unit, and holds at every sample size."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from offline_eval.intervals.moments import Floats
from offline_eval.intervals.off_policy.units import Units

_BETS = 0.99 * 0.5 ** np.arange(11.0)
"""Shares of the most that may be bet; a mixture of them, each half of the one before, is never far from the best."""
_FIRST_STAGE = 64
"""Units after which the centring is first set; from then on it is set anew whenever their number has doubled."""
_FACTORS = 16
"""So many factors are multiplied before a logarithm is taken; their product cannot overflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BettingSequence:
    """Units in the order in which they came, as bets on a value see them.

    If V is the truth, A = gain - centre (weight - mean_weight decisions) - V decisions has the mean 0 given all units
    before, whatever `centre` was set from those. So prod (1 + b A / most) is the capital of a fair game, for any share
    b of what may be staked without losing all, and so is the mean over several b. By Ville's inequality it exceeds
    2 / alpha at any time with a chance of at most alpha / 2; values at which it has done so are left out. One game
    bets that the truth is greater and another that it is less (Waudby-Smith and Ramdas, "Estimating means of bounded
    random variables by betting", JRSS-B 86, 2024, sections 4 and 5; for weights Karampatziakis, Mineiro and Ramdas,
    "Off-policy Confidence Sequences", ICML 2021). Centring takes out what the weights vary by, as E[weight] is known.
    """

    gain: Floats
    """Sums of gain - centre (weight - mean_weight decisions)."""
    decisions: Floats | None
    least: Floats
    """Least gain there can be of a decision, by the centre then in use."""
    greatest: Floats
    most_decisions: float
    truth: tuple[float, float]
    level: float

    def ends(self) -> tuple[float, float]:
        """Returns both ends of the reading after the last unit."""
        low, high = self._range()
        return (
            _crossing(lambda value: self._last(value, above=True), low, high, self._threshold, falls=True),
            _crossing(lambda value: self._last(value, above=False), low, high, self._threshold, falls=False),
        )

    def excludes(self, value: float, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Returns whether the readings after each of those numbers of units leave the value out."""
        places = ends - 1
        found = [
            np.logaddexp.reduce([np.cumsum(np.log1p(bet * stakes))[places] for bet in _BETS], axis=0)
            for stakes in (self._stakes(value, above=True), self._stakes(value, above=False))
        ]
        return np.asarray(np.maximum(*found) - math.log(len(_BETS)) > self._threshold)

    @property
    def _threshold(self) -> float:
        return math.log(2.0 / (1.0 - self.level))

    def _range(self) -> tuple[float, float]:
        """Returns the values that bets can be made on: no others have a chance."""
        slack = _EDGE * (self.truth[1] - self.truth[0])
        low, high = max(self.truth[0], float(self.least.max())), min(self.truth[1], float(self.greatest.min()))
        return low + slack, high - slack

    def _last(self, value: float, *, above: bool) -> float:
        """Returns the logarithm of the mean capital after the last unit."""
        stakes = self._stakes(value, above=above)
        padded = np.pad(stakes, (0, -len(stakes) % _FACTORS)).reshape(-1, _FACTORS)
        capital = [float(np.log((1.0 + bet * padded).prod(axis=1)).sum()) for bet in _BETS]
        return float(np.logaddexp.reduce(capital)) - math.log(len(_BETS))

    def _stakes(self, value: float, *, above: bool) -> Floats:
        """Returns what each unit brings to a bet of all that may be staked on the truth lying above, or below."""
        apart = self.gain - (value if self.decisions is None else value * self.decisions)
        most = self.most_decisions * ((value - self.least) if above else (self.greatest - value))
        return apart / most if above else -apart / most


_EDGE = 1e-12


def betting_sequence(units: Units, level: float) -> BettingSequence:
    """Returns the sequence of units, whose weights and rewards must have finite bounds."""
    bounds, size = units.bounds, len(units)
    heaviest = max(map(abs, bounds.weight))
    least_gain = bounds.gain[0]
    # One made-up unit of the greatest weight that brings the least keeps the centre low while little is known.
    product = np.cumsum(units.weight * (units.gain - least_gain * units.weight))
    square = np.cumsum(units.weight**2) + (heaviest * bounds.most_decisions) ** 2
    centre = np.full(size, least_gain)
    start = _FIRST_STAGE
    while start < size:
        slope = least_gain + product[start - 1] / square[start - 1]
        centre[start : 2 * start] = min(max(slope, least_gain), bounds.gain[1])
        start *= 2
    corners = [
        weight * (reward - centre) + centre * units.mean_weight for weight in bounds.weight for reward in bounds.gain
    ]
    decisions = 1.0 if units.decisions is None else units.decisions
    return BettingSequence(
        gain=units.gain - centre * (units.weight - units.mean_weight * decisions),
        decisions=units.decisions,
        least=np.minimum.reduce(corners),
        greatest=np.maximum.reduce(corners),
        most_decisions=bounds.most_decisions,
        truth=bounds.truth,
        level=level,
    )


def _crossing(capital: Callable[[float], float], low: float, high: float, threshold: float, *, falls: bool) -> float:
    """Returns the end: where the capital, which falls or rises with the value, crosses the threshold."""
    outer, inner = (low, high) if falls else (high, low)
    if capital(outer) <= threshold:
        return outer
    if capital(inner) >= threshold:
        return inner
    return float(brentq(lambda value: capital(value) - threshold, low, high, xtol=_TOLERANCE * (high - low)))


_TOLERANCE = 1e-8
