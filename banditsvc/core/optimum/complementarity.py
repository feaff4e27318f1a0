"""Complementarity: prices of at least 0 at which every limit holds, and is used up where it has a price.

With the room of a limit and its price, each measured by its size, that is min(room, price) = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_Vector = NDArray[np.float64]
_RIDGE = 1e-9
_PATIENCE, _MOST_PIVOTS = 3, 200
_SHORTER = 0.4
_TRIALS = 5
_MOST_FAILURES = 2


class Reading(NamedTuple):
    """What is found at prices."""

    merit: float
    """What is to become small."""
    room: _Vector
    """What each limit has left, below 0 where it does not hold."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sizes:
    """What is measured by what."""

    use: _Vector
    """Use of each limit, shape (limits,), above 0."""
    price: _Vector
    """Price of each limit, same shape, above 0. No step is further than it."""

    def off(self, prices: _Vector, room: _Vector) -> _Vector:
        """Returns min(room, price) of each limit, measured."""
        least: _Vector = np.minimum(room / self.use, prices / self.price)
        return least


def descend(
    prices: _Vector,
    sizes: Sizes,
    read: Callable[[_Vector], Reading],
    slope: Callable[[_Vector], _Vector],
    *,
    tolerance: float,
    steps: int,
) -> _Vector:
    """Returns prices where a smooth convex dual is least, by Newton's steps with its Hessian.

    Args:
        prices: Where to begin.
        sizes: What is measured by what.
        read: The dual's value, and the rooms, which are its gradient.
        slope: How much room of each limit a unit of each price makes, shape (limits, limits).
        tolerance: How far the greatest min(room, price) may be from 0.
        steps: At most.
    """
    found = read(prices)
    for _ in range(steps):
        if np.abs(sizes.off(prices, found.room)).max() <= tolerance:
            break
        step = _newton_step(prices, found.room, slope(prices) / sizes.use[:, None] * sizes.price, sizes)
        share = 1.0 / max(1.0, float((np.abs(step) / sizes.price).max()))
        for _ in range(_TRIALS):
            tried = np.maximum(prices + share * step, 0.0)
            reading = read(tried)
            if reading.merit < found.merit:
                break
            share *= _SHORTER
        else:
            break
        prices, found = tried, reading
    return prices


def correct(
    prices: _Vector,
    sizes: Sizes,
    rooms: Callable[[_Vector], _Vector],
    slope: _Vector,
    *,
    tolerance: float,
    steps: int,
) -> _Vector:
    """Returns the best of the prices found by Newton's steps with a slope that is learned on the way.

    Each trial corrects the slope by what it found (Broyden, 1965, "A class of methods for solving nonlinear
    simultaneous equations", equation 4.5), so that a slope that is nearly right at the start is enough, and rooms may
    come from choices that jump. The arguments are those of descend.
    """
    room = rooms(prices)
    best = np.linalg.norm(sizes.off(prices, room))
    measured = slope / sizes.use[:, None] * sizes.price
    failures = 0
    for _ in range(steps):
        if np.abs(sizes.off(prices, room)).max() <= tolerance or failures == _MOST_FAILURES:
            break
        # A limit that no price can hold asks for an endless one; the others' steps are not to suffer for it.
        step = np.clip(_newton_step(prices, room, measured, sizes), -sizes.price, sizes.price)
        share = 1.0
        failures += 1
        for _ in range(_TRIALS):
            tried = np.maximum(prices + share * step, 0.0)
            moved = (tried - prices) / sizes.price
            length = float(moved @ moved)
            if length == 0.0:
                break
            left = rooms(tried)
            measured += np.outer((left - room) / sizes.use - measured @ moved, moved / length)
            off = np.linalg.norm(sizes.off(tried, left))
            if off < best:
                prices, room, best, failures = tried, left, off, 0
                break
            share *= _SHORTER
    return prices


def _newton_step(prices: _Vector, room: _Vector, slope: _Vector, sizes: Sizes) -> _Vector:
    """Returns the step after which, by a measured slope, min(room, price) = 0 for every limit.

    That is a linear complementarity problem, solved by block principal pivoting (Portugal, Judice and Vicente, 1994, "A
    comparison of block pivoting and interior-point algorithms for linear least squares problems").
    """
    at, left = prices / sizes.price, room / sizes.use
    ridge = _RIDGE * max(1.0, float(np.abs(slope).max())) * np.eye(len(at))
    slope = slope + ridge
    constant = left - slope @ at
    free = (left < 0.0) | (at > 0.0)
    fewest, patience = len(at) + 1, _PATIENCE
    found = np.zeros_like(at)
    for _ in range(_MOST_PIVOTS):
        places = np.flatnonzero(free)
        found = np.zeros_like(at)
        found[places] = np.linalg.lstsq(slope[np.ix_(places, places)], -constant[places], rcond=None)[0]
        wrong = np.flatnonzero(np.where(free, found < 0.0, constant + slope @ found < 0.0))
        if not len(wrong):
            break
        patience = _PATIENCE if len(wrong) < fewest else patience - 1
        fewest = min(fewest, len(wrong))
        turned = wrong if patience > 0 else wrong[-1:]
        free[turned] = ~free[turned]
    return (np.maximum(found, 0.0) - at) * sizes.price
