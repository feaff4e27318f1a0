"""Bisection: prices moved one at a time, for choices that are flat and then jump, where a slope tells nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.optimum.complementarity import Sizes

_Vector = NDArray[np.float64]
_FIRST_STEP, _LAST_STEP = 0.01, 50.0
"""Of a price, in its size. A limit that does not hold after the last is left as it is."""
_LONGER = 4.0
_LESS = 0.2
"""Of what a limit is off, when the turn goes to the next."""
_NARROWEST = 1e-8


def bisect(
    prices: _Vector, sizes: Sizes, rooms: Callable[[_Vector], _Vector], *, tolerance: float, readings: int
) -> _Vector:
    """Returns the best of the prices found by bisecting, again and again, the price of the limit that is most off.

    While the others' prices stay, the room of a limit rises with its own. Where nothing better is found, the prices stay
    as they are.

    Args:
        prices: Where to begin.
        sizes: What is measured by what.
        rooms: What each limit has left, below 0 where it does not hold.
        tolerance: How far the greatest min(room, price) may be from 0.
        readings: How often rooms are looked at, at most.
    """
    search = _Search(sizes, rooms, tolerance, readings)
    point = search.read(prices)
    is_movable, jumps = np.ones(len(prices), dtype=np.bool_), np.zeros(len(prices), dtype=np.bool_)
    while search.left > 0:
        off = np.where(is_movable & ~jumps, np.abs(point.off), 0.0)
        place = int(off.argmax())
        if off[place] <= tolerance:
            break
        moved = search.bisected(point, place)
        if moved is None:
            is_movable[place] = False
            continue
        # What jumps over its bound may cease to, once another's price is moved.
        jumps[:] = False
        jumps[place] = abs(moved.off[place]) > max(tolerance, _LESS * off[place])
        point = moved
    return search.best.prices


class _Point(NamedTuple):
    prices: _Vector
    off: _Vector
    error: float


class _Search:
    def __init__(self, sizes: Sizes, rooms: Callable[[_Vector], _Vector], tolerance: float, readings: int) -> None:
        self._sizes, self._rooms, self._tolerance = sizes, rooms, tolerance
        self._steps = _FIRST_STEP * sizes.price
        self.left = readings
        self.best = _Point(np.zeros(0), np.zeros(0), np.inf)

    def read(self, prices: _Vector) -> _Point:
        self.left -= 1
        off = self._sizes.off(prices, self._rooms(prices))
        point = _Point(prices, off, float(np.linalg.norm(off)))
        if point.error < self.best.error:
            self.best = point
        return point

    def bisected(self, start: _Point, place: int) -> _Point | None:
        """Returns where a limit is far less off, or the upper side of its jump; None where its price moves nothing."""
        is_short = start.off[place] < 0.0
        ends = self._bracket(start, place, 1.0 if is_short else -1.0)
        if ends is None:
            return None
        short, held = ends if is_short else ends[::-1]
        near = max(self._tolerance, _LESS * float(abs(start.off[place])))
        found = min(ends, key=lambda one: abs(one.off[place]))
        while self.left > 0 and abs(found.off[place]) > near:
            width = float(held.prices[place] - short.prices[place])
            if width <= _NARROWEST * self._sizes.price[place]:
                found = held
                break
            found = self._with(start, place, float(short.prices[place]) + 0.5 * width)
            short, held = (found, held) if found.off[place] < 0.0 else (short, found)
        self._steps[place] = held.prices[place] - short.prices[place]
        return found

    def _bracket(self, start: _Point, place: int, sign: float) -> tuple[_Point, _Point] | None:
        """Returns the last two of ever longer steps, between which a limit begins or ceases to hold."""
        near, step = start, float(self._steps[place])
        while self.left > 0 and step <= _LAST_STEP * self._sizes.price[place]:
            far = self._with(start, place, max(float(start.prices[place]) + sign * step, 0.0))
            if (far.off[place] < 0.0) != (start.off[place] < 0.0) or far.off[place] == 0.0:
                return near, far
            near, step = far, step * _LONGER
        return None

    def _with(self, start: _Point, place: int, price: float) -> _Point:
        prices = start.prices.copy()
        prices[place] = price
        return self.read(prices)
