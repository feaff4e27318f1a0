"""The worlds of learning well, and what is read from a run in each, with the bar for the default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.batch_worlds import (
    BatchWorld,
    Played,
    crossed_segments,
    dominant,
    launch,
    many_campaigns,
    seasonal,
    swap,
    weekly_promotions,
)

AFTER_LAUNCH = 25_000
SWAPPED_AT = 50_000
STEP = 1_000
"""Decisions of one point of a course."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One number that is read from a run."""

    name: str
    read: Callable[[Played], float]
    bar: float | None = None
    """What the default's mean over seeds is to reach; None: it is reported."""
    least_bar: float | None = None
    """What each seed is to reach."""


@dataclass(frozen=True, slots=True)
class WellWorld:
    """One world."""

    name: str
    world: BatchWorld
    readings: tuple[Reading, ...]
    course: Callable[[Played], NDArray[np.float64]] | None = None
    """What a plot shows, a point for each STEP decisions."""


MANY = "200 campaigns, 20 segments, 1,000,000 decisions: gain"
"""The bar of this one is to be the best of all."""


def well_worlds(*, short: bool) -> list[WellWorld]:
    """Returns the worlds; without the longest in the short form."""
    two = crossed_segments(2)
    found = [
        WellWorld(
            "two segments",
            two,
            (
                Reading("two segments, all 50,000 decisions", lambda played: _crossed(played)[:].mean(), 0.78),
                Reading("two segments, the last 10,000", lambda played: _crossed(played)[-10_000:].mean(), 0.92),
            ),
            lambda played: _by_step(_crossed(played)),
        ),
        _crossed_world(5, 0.9),
        _crossed_world(10, None),
        WellWorld(
            "launch",
            launch(after=AFTER_LAUNCH),
            (Reading("launch: share of its segment, decisions 10,001 to 25,000", _launched, 0.92, 0.8),),
            _launch_course,
        ),
        _gain_world("weekly promotions", weekly_promotions(), 0.6),
        WellWorld(
            "swap",
            swap(before=SWAPPED_AT),
            (
                Reading("swap: decisions 20,001 to 30,000 after it", _swapped(20_000, 30_000), 0.8),
                Reading("swap: decisions 40,001 to 50,000 after it", _swapped(40_000, 50_000)),
            ),
        ),
        WellWorld(
            "dominant",
            dominant(),
            (Reading("dominant: of its rate, second half", lambda one: float(one.value[25_000:].mean() / 0.04), 0.97),),
        ),
    ]
    if short:
        return found
    return [*found, _gain_world("seasonal", seasonal(), None), _gain_world(MANY, many_campaigns(), None)]


def _crossed_world(campaigns: int, bar: float | None) -> WellWorld:
    name = f"two segments, {campaigns} campaigns, the last 10,000"
    reading = Reading(name, lambda played: _crossed(played)[-10_000:].mean(), bar)
    return WellWorld(f"two segments, {campaigns} campaigns", crossed_segments(campaigns), (reading,))


def _gain_world(name: str, world: BatchWorld, bar: float | None) -> WellWorld:
    reading = Reading(name if name == MANY else f"{name}: gain", lambda played: played.gain(0), bar)
    return WellWorld(name, world, (reading,))


def _crossed(played: Played) -> NDArray[np.float64]:
    return (played.value - 0.03) / 0.01


def _launched(played: Played) -> float:
    part = slice(10_000 - AFTER_LAUNCH, None)
    return float(played.newest[part][played.segment[part] == 0].mean())


def _launch_course(played: Played) -> NDArray[np.float64]:
    part = slice(-AFTER_LAUNCH, None)
    mine = np.where(played.segment[part] == 0, played.newest[part], np.nan)
    found: NDArray[np.float64] = np.nanmean(mine.reshape(-1, STEP), axis=1)
    return found


def _swapped(start: int, end: int) -> Callable[[Played], float]:
    part = slice(SWAPPED_AT + start, SWAPPED_AT + end)
    return lambda played: float((played.value[part].mean() - 0.02) / 0.02)


def _by_step(values: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = values.reshape(-1, STEP).mean(axis=1)
    return found
