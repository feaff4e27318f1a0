"""Experiments that are read every day: how often an interval errs at any reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.reports.lift_of_log import TIGHTEST_GROUP
from offline_eval.intervals import IntervalKind, IntervalSpec, difference_bounds, relative_lift_bounds
from offline_eval.lift import LiftSettings
from tests.offline_eval.skewed_world import HORIZON_DAYS, Read, SkewedWorld, play

AT_ONCE = 50
"""Experiments played together, so that memory stays small."""
ANYTIME = IntervalSpec()
FIXED = IntervalSpec(kind=IntervalKind.FIXED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """In how many experiments something was so at one reading or more."""

    experiments: int
    anytime: int
    """The anytime interval of the difference excluded the truth."""
    anytime_relative: int
    """The anytime interval of the relative lift excluded the truth."""
    fixed: int
    """The fixed interval of the difference excluded the truth."""
    by_day: int
    """The anytime interval, wrongly made from days of customers, excluded the truth."""
    concluded: int
    """The anytime interval excluded 0 at the last reading."""
    read: int
    """The data were enough for an anytime interval before the last reading."""


def read_daily(
    world: SkewedWorld, seed: int, experiments: int, on_played: Callable[[int], None] = lambda _: None
) -> Errors:
    """Returns the errors over that many experiments of a world, read at the end of each of 60 days."""
    rng = np.random.default_rng(seed)
    total = Counter[str]()
    for start in range(0, experiments, AT_ONCE):
        target, control = play(world, rng, min(AT_ONCE, experiments - start))
        total.update(_errors(world, target, control))
        on_played(min(AT_ONCE, experiments - start))
    return Errors(experiments=experiments, **total)


def _errors(world: SkewedWorld, target: Read, control: Read) -> dict[str, int]:
    spec = _as_in_the_report(world)
    anytime = difference_bounds(target.by_customer, control.by_customer, spec)
    relative = relative_lift_bounds(target.by_customer, control.by_customer, spec)
    by_day = difference_bounds(target.by_day, control.by_day, spec)
    truth_a_day = world.true_lift / HORIZON_DAYS
    return {
        "anytime": _any(anytime.excludes(world.true_lift)),
        "anytime_relative": _any(relative.excludes(world.lift)),
        "fixed": _any(difference_bounds(target.by_customer, control.by_customer, FIXED).excludes(world.true_lift)),
        "by_day": _any(by_day.excludes(truth_a_day)),
        "concluded": int(anytime.excludes(0.0)[:, -1].sum()),
        "read": _any(np.isfinite(anytime.low[:, :-1])),
    }


def _as_in_the_report(world: SkewedWorld) -> IntervalSpec:
    """Returns the interval that the lift report makes for two groups of these shares."""
    shares = {"OPTIMIZED": world.target_share, "HOLDOUT": 1.0 - world.target_share}
    return LiftSettings(shares=shares, tightest_group=TIGHTEST_GROUP).tuned(ANYTIME, ("OPTIMIZED", "HOLDOUT"))


def _any(of: NDArray[np.bool_]) -> int:
    return int(of.any(axis=1).sum())
