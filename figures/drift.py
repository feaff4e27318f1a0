"""The drift test: how often it alarms for nothing, and what it finds, when, of a swap of 2 % and 4 %."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from figures.page import Page, Table
from figures.run import Track, main
from offline_eval.drift import DriftRows, DriftSettings, drift_of_rows
from offline_eval.drift.rows import EPOCH
from tests.offline_eval.drifting_world import (
    FIRST_DAY,
    LEARNING,
    OFTEN,
    STATIONARY,
    WORLDS,
    DriftingWorld,
    drifting_rows,
    swapped,
)

NAME = "drift"
RUNS, SHORT_RUNS = 200, 20
CONTROLS = 5
"""One run in so many has the controls too."""
SWAPS, SHORT_SWAPS = 25, 5
SETTINGS = DriftSettings(draws=99)
MARGIN_LEVEL = 0.001
SWAP_DAY = 20
AFTER = (2, 5, 10, 20)
"""Days after the swap at which the log is read."""
DAILY = (500, 1_000, 2_500)
Counts = NDArray[np.int64]


def measure(*, short: bool, track: Track) -> Page:
    """Returns alarms of 200 runs of each world, and 25 swaps of each kind; of 20 and 5 in the short form."""
    runs, swaps = (SHORT_RUNS, SHORT_SWAPS) if short else (RUNS, SWAPS)
    kinds = [
        replace(world, daily=daily, changed=swapped(SWAP_DAY))
        for world in (STATIONARY, LEARNING, OFTEN)
        for daily in DAILY
    ]
    total, done = runs * len(WORLDS) + swaps * len(kinds), 0
    alarms, found = [], []
    for world in WORLDS:
        counts = np.zeros(3, dtype=np.int64)
        for seed in range(runs):
            counts += _alarms(drifting_rows(world, seed), with_controls=seed % CONTROLS == 0)
            done += 1
            track(done, total)
        alarms.append((world, counts))
    for world in kinds:
        read = []
        for seed in range(swaps):
            read.append([_swap(drifting_rows(world, seed), days) for days in AFTER])
            done += 1
            track(done, total)
        found.append((world, read))
    most = int(binom.isf(MARGIN_LEVEL, runs, 1.0 - SETTINGS.level))
    return Page(
        title="The drift test",
        shows=(
            f"Four or five campaigns, three segments, {STATIONARY.days} days of {STATIONARY.daily:,} decisions. Half of the "
            "customers are keen, which is not logged and changes by up to twice what the campaigns bring them; the policy that "
            "learns aims at it by inverse gaps, from rewards two days late. Runs in which anything was said to have changed "
            f"where nothing had: at most {1.0 - SETTINGS.level:.0%} may, with the binomial margin at {MARGIN_LEVEL}: "
            f"{most / runs:.3f}. Two controls: without the weights of the selection probabilities it alarms where the policy's "
            "aim moves; with each decision taken for another customer's it makes little difference here, as customers come "
            "alike before and after any day and their differences cancel. Below, the best campaign (4 % for those who "
            "are not keen, twice that for those who are) and one of 2 % change places."
        ),
        scale=(
            f"{runs:,} runs of each world, {runs // CONTROLS:,} of each control, {swaps:,} of each swap, "
            f"{SETTINGS.draws} draws."
        ),
        tables=(
            Table(
                headers=(
                    "nothing changes",
                    "alarms",
                    "within the margin",
                    "without weights",
                    "each decision a customer",
                ),
                rows=[_alarm_row(world, counts, runs, most) for world, counts in alarms],
            ),
            Table(
                headers=(
                    "swap of 4 % and 2 %",
                    *(f"found after {days} days" for days in AFTER),
                    "error of the date after 20 days: median, 90 % within",
                    "interval has the date",
                    "its mean length",
                    "others said to have changed",
                ),
                rows=[_swap_row(world, read) for world, read in found],
            ),
        ),
        verdict=(
            "Others said to have changed: the share of runs that name a series which holds neither of the two, once they were "
            "named."
        ),
    )


def _alarms(rows: DriftRows, *, with_controls: bool) -> Counts:
    """Returns whether there is an alarm: by the test, without weights, without customers."""
    ways = [rows]
    if with_controls:
        ways.append(replace(rows, probability=np.full(len(rows), 0.25)))
        ways.append(replace(rows, customer=np.arange(len(rows), dtype=np.int32)))
    found = [bool(drift_of_rows(one, SETTINGS).changes) for one in ways]
    return np.array(found + [False] * (3 - len(found)), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Swap:
    is_found: bool
    error: int = 0
    is_covered: bool = False
    length: int = 0
    others: bool = False


def _swap(rows: DriftRows, days: int) -> _Swap:
    report = drift_of_rows(_until(rows, FIRST_DAY + SWAP_DAY + days), SETTINGS)
    two = ("arrivals", "news")
    named = [one for one in report.changes if one.series.campaign in two or not one.series.campaign]
    if not named:
        return _Swap(is_found=False)
    first = named[0]
    day, earliest, latest = ((one - EPOCH).days - FIRST_DAY for one in (first.day, first.earliest, first.latest))
    return _Swap(
        is_found=True,
        error=day - SWAP_DAY,
        is_covered=earliest <= SWAP_DAY <= latest,
        length=latest - earliest + 1,
        others=len(named) < len(report.changes),
    )


def _until(rows: DriftRows, day: int) -> DriftRows:
    kept = rows.day < day
    return DriftRows(
        day=rows.day[kept],
        customer=rows.customer[kept],
        campaign=rows.campaign.where(kept),
        family=rows.family.where(kept),
        segment=rows.segment.where(kept),
        probability=rows.probability[kept],
        reward=rows.reward[kept],
        predicted=rows.predicted[kept],
    )


def _alarm_row(world: DriftingWorld, counts: Counts, runs: int, most: int) -> tuple[str, ...]:
    own, *controls = counts.tolist()
    shares = (f"{count * CONTROLS / runs:.2f}" for count in controls)
    return world.name, f"{own / runs:.3f}", "yes" if own <= most else "**no**", *shares


def _swap_row(world: DriftingWorld, read: list[list[_Swap]]) -> tuple[str, ...]:
    shares = [np.mean([run[place].is_found for run in read]) for place in range(len(AFTER))]
    last = [run[-1] for run in read if run[-1].is_found]
    errors = np.abs([one.error for one in last]) if last else np.zeros(0)
    dates = (
        f"{np.median(errors):.0f}, {np.quantile(errors, 0.9):.0f} days",
        f"{np.mean([one.is_covered for one in last]):.2f}",
        f"{np.mean([one.length for one in last]):.1f} days",
        f"{np.mean([one.others for one in last]):.2f}",
    )
    return (
        f"{world.name}; {world.daily:,} a day",
        *(f"{share:.2f}" for share in shares),
        *(dates if last else ("–",) * 4),
    )


if __name__ == "__main__":
    main(NAME, measure)
