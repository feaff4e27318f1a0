"""Learning at checkpoints: how much sooner it learns, on what it ends, and what curves that are not alike cost."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

import numpy as np
import structlog
from numpy.typing import NDArray

from figures.page import Page, Table
from figures.policies import JOBS, mean_and_error
from figures.run import Track, main
from simulators.late_answers import LateAnswers, LateCampaign, Played, play_late_answers

NAME = "maturity"
SEEDS, SHORT_SEEDS = 10, 2
WEEK = 7
WHOLE, AGES, AGE, EARLY = (
    "when the window is over",
    "checkpoints after 1 and 7 days",
    "a checkpoint after 7 days",
    "once, after a day",
)
WAYS: Mapping[str, tuple[tuple[int, ...], int | None]] = {
    WHOLE: ((), None),
    AGES: ((1, 7), None),
    AGE: ((7,), None),
    EARLY: ((), 1),
}
"""Checkpoints in days, and the window that is learned."""
FAST_AND_LATE = LateAnswers(
    campaigns=(LateCampaign(name="fast", rate=0.06, soon=0.8), LateCampaign(name="late", rate=0.08, soon=0.2)),
    days=13 * WEEK,
    a_day=150,
)
"""The one that answers late is answered more often in the end."""
LAUNCH_DAY = 10 * WEEK
LAUNCH_SOON = {"as its family": 0.5, "later than its family": 0.15}
"""Share of the newcomer's answers that comes within a day; its family's is one half."""
FAMILY_RATES = (0.05, 0.055, 0.06, 0.065, 0.07)
NEWCOMER = len(FAMILY_RATES)
"""Its place."""


def launch(soon: float) -> LateAnswers:
    """Returns a world into which a further campaign of a family comes, the best of them."""
    family = [
        LateCampaign(name=f"number {number}", rate=rate, soon=0.5, family="offers")
        for number, rate in enumerate(FAMILY_RATES, 1)
    ]
    newcomer = LateCampaign(name="newcomer", rate=0.1, soon=soon, family="offers", launch_day=LAUNCH_DAY)
    return LateAnswers(campaigns=(*family, newcomer), days=LAUNCH_DAY + 8 * WEEK, a_day=300)


def learned(world: LateAnswers, way: str) -> LateAnswers:
    """Returns a world in which it is learned in one of WAYS."""
    checkpoint_days, window_days = WAYS[way]
    return replace(world, checkpoint_days=checkpoint_days, window_days=window_days)


def measure(*, short: bool, track: Track) -> Page:
    """Returns what 10 seeds come to, 2 in the short form."""
    seeds = SHORT_SEEDS if short else SEEDS
    worlds = {("chosen", way): learned(FAST_AND_LATE, way) for way in WAYS}
    alike = replace(FAST_AND_LATE, uniform=True, days=8 * WEEK)
    worlds |= {("uniform", way): learned(alike, way) for way in (WHOLE, AGES, EARLY)}
    worlds |= {(name, way): learned(launch(soon), way) for name, soon in LAUNCH_SOON.items() for way in (WHOLE, AGES)}
    played: dict[tuple[str, str], list[Played]] = {}
    # Spawned, not forked: the parent has gRPC's threads.
    with ProcessPoolExecutor(max_workers=JOBS, mp_context=get_context("spawn")) as pool:
        for done, (key, world) in enumerate(worlds.items(), 1):
            played[key] = list(pool.map(partial(_played, world=world), range(seeds)))
            track(done, len(worlds))
    return Page(
        title="Learning at checkpoints",
        shows=(
            "Two campaigns, 150 decisions a day, an outcome window of 28 days. `fast` is answered by 6 %, four of five of "
            "them within a day; `late` by 8 %, one of five of them within a day and the others evenly until the window is "
            "over. Customers are all alike. The service's own learner, Thompson sampling, decisions learned through a log; "
            "only when they are learned differs."
        ),
        scale=f"{seeds} seeds.",
        tables=(_choices(played), _errors(played), _launches(played), _launch_errors(played)),
        verdict=(
            "Before the first windows are over nothing is learned with checkpoints either: till then nobody knows how much "
            "is still to come, so at the start they help little. Predictions are as unbiased as those of learning when the "
            "window is over, and at first more precise. Learning once after a day ends on the campaign that answers fast. "
            "What checkpoints are for is what comes later: a newcomer into a family whose campaigns have been answered "
            "alike is found weeks sooner. Where it is answered later than all of them, it is undervalued, gets little "
            "traffic to show it, and is found weeks later than without checkpoints."
        ),
    )


def _choices(played: Mapping[tuple[str, str], list[Played]]) -> Table:
    weeks = (5, 6, 7, 8, 9, 11, 13)
    return Table(
        caption="Share of the better campaign (`late`), by week.",
        headers=("learned", *(f"week {week}" for week in weeks)),
        rows=[(way, *(_share(played["chosen", way], 1, week - 1) for week in weeks)) for way in WAYS],
    )


def _errors(played: Mapping[tuple[str, str], list[Played]]) -> Table:
    columns = [(day, place) for day in (34, 41, 55) for place in (0, 1)]
    return Table(
        caption=(
            "All chosen alike: predicted less true reward of each, in % of the true one, with its standard error over "
            "seeds. A prior that draws both to their mean is part of it, most in the first week."
        ),
        headers=("learned", *(f"{FAST_AND_LATE.campaigns[place].name}, day {day}" for day, place in columns)),
        rows=[
            (way, *(_bias(played["uniform", way], FAST_AND_LATE, place, day) for day, place in columns))
            for way in (WHOLE, AGES, EARLY)
        ],
    )


def _launches(played: Mapping[tuple[str, str], list[Played]]) -> Table:
    weeks = range(1, 9)
    return Table(
        caption=(
            "Into a family of five campaigns with 5 to 7 %, 300 decisions a day, a sixth is launched in week 11, the best "
            "with 10 %: its share by week after the launch. Half of its family's answers come within a day; of its own as "
            "many, or 15 %."
        ),
        headers=("answers come", "learned", *(f"week {week}" for week in weeks)),
        rows=[
            (name, way, *(_share(played[name, way], NEWCOMER, LAUNCH_DAY // WEEK + week - 1) for week in weeks))
            for name in LAUNCH_SOON
            for way in (WHOLE, AGES)
        ],
    )


def _launch_errors(played: Mapping[tuple[str, str], list[Played]]) -> Table:
    days = (8, 15, 22, 36, 50)
    return Table(
        caption="The same: predicted less true reward of the newcomer, in % of the true one.",
        headers=("answers come", "learned", *(f"day {day}" for day in days)),
        rows=[
            (name, way, *(_bias(played[name, way], launch(0.5), NEWCOMER, LAUNCH_DAY + day) for day in days))
            for name in LAUNCH_SOON
            for way in (WHOLE, AGES)
        ],
    )


def _played(seed: int, world: LateAnswers) -> Played:
    # In a process of its own: the learner tells of every model.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    return play_late_answers(seed, world)


def _share(played: list[Played], campaign: int, week: int) -> str:
    return mean_and_error([float(one.shares[week * WEEK : (week + 1) * WEEK, campaign].mean()) for one in played], 2)


def _bias(played: list[Played], world: LateAnswers, campaign: int, day: int) -> str:
    rate = world.campaigns[campaign].rate
    errors: NDArray[np.float64] = np.array([one.predicted[day, campaign] for one in played]) / rate - 1.0
    return mean_and_error((100.0 * errors).tolist(), 1)


if __name__ == "__main__":
    main(NAME, measure)
