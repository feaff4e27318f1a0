"""A planted harm: how soon a guardrail stops it, and how often it stops where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import binom

from figures.page import Page, Table
from figures.run import Track, main
from tests.core.harm_world import CHANCE, DELAYS, HarmWorld, Stops, play

NAME = "guardrails"
RUNS, SHORT_RUNS = 1_000, 100
QUIET_DAYS, HARM_DAYS = 365, 365
TRAFFIC = (500, 2_000, 10_000, 50_000)
"""Contacts a day."""
LOOSE_LIMIT = 0.003
"""A limit above the usual rate, as one would set it."""
FIRST_SEED = 900
MARGIN_LEVEL = 0.001


def measure(*, short: bool, track: Track) -> Page:
    """Returns false alarms and times to stop in 1,000 runs of each kind; 100 in the short form."""
    runs = SHORT_RUNS if short else RUNS
    quiet = [HarmWorld(contacts_a_day=traffic, days=QUIET_DAYS) for traffic in TRAFFIC]
    harms = [
        HarmWorld(contacts_a_day=traffic, days=harm_day + HARM_DAYS - 1, harm_day=harm_day)
        for harm_day in (1, 30)
        for traffic in TRAFFIC
    ]
    harms += [replace(world, limit=LOOSE_LIMIT) for world in harms[len(TRAFFIC) :]]
    total = len(quiet) + len(harms)
    quiet_rows, harm_rows = [], []
    for number, world in enumerate(quiet):
        quiet_rows.append(_quiet_row(world, play(world, FIRST_SEED + number, runs), runs))
        track(number + 1, total)
    for number, world in enumerate(harms, len(quiet)):
        harm_rows.append(_harm_row(world, play(world, FIRST_SEED + number, runs)))
        track(number + 1, total)
    most = int(binom.isf(MARGIN_LEVEL, runs, CHANCE)) / runs
    return Page(
        title="Guardrails and a planted harm",
        shows=_shows(most),
        scale=f"{runs:,} runs of each row.",
        tables=(
            Table(
                headers=("contacts a day", "guardrail", "within the margin", "z-test, read daily"),
                rows=quiet_rows,
                caption=f"No harm, .2 % unsubscribe, limit .2 %: share of runs stopped in {QUIET_DAYS} days.",
            ),
            Table(
                headers=(
                    "harm",
                    "contacts a day",
                    "stopped before the harm",
                    f"stopped within {HARM_DAYS} days of it",
                    "days to stop, median",
                    "90 %",
                    "contacts to stop, median",
                    "90 %",
                    "excess unsubscribes by then, median",
                ),
                rows=harm_rows,
                caption="Harm: the unsubscribe rate doubles from .2 % to .4 %. The day on which it begins is the first.",
            ),
        ),
        verdict=(
            "With little traffic it is the contacts that decide how long it takes, with much of it the days after which "
            "unsubscribes come. Harm that begins after a month without any takes about half as many contacts again as "
            "harm from the first day; a limit halfway between the usual and the harmful rate takes several times as many."
        ),
    )


def _shows(most: float) -> str:
    delays = ", ".join(f"{100.0 * share:g} %" for share in DELAYS)
    return (
        "The same number of contacts goes out on each day. Each is followed by an unsubscribe with the same chance, "
        f"known on the day of the contact or later ({delays} of them on that day, the next, and so on). The guardrail "
        f"counts contacts at once and unsubscribes when they come, has a chance of {CHANCE:.0%} of ever tripping while "
        "its limit is kept, and is read here at the end of each day; the service reads it every second. At the limit it "
        f"may stop {most:.3f} of the runs, the binomial margin at {MARGIN_LEVEL} included. Beside it, as a control that "
        f"the test bites, stands a one-sided z-test at {CHANCE:.0%} of all days whose unsubscribes are all known, made "
        "anew each day."
    )


def _quiet_row(world: HarmWorld, stops: Stops, runs: int) -> tuple[str, ...]:
    most = binom.isf(MARGIN_LEVEL, runs, CHANCE)
    tripped, naive = np.count_nonzero(stops.guardrail), np.count_nonzero(stops.naive)
    return (
        f"{world.contacts_a_day:,}",
        f"{tripped / runs:.3f}",
        "yes" if tripped <= most else "**no**",
        f"{naive / runs:.3f}",
    )


def _harm_row(world: HarmWorld, stops: Stops) -> tuple[str, ...]:
    stop = stops.guardrail
    assert world.harm_day is not None
    is_early = (stop > 0) & (stop < world.harm_day)
    is_due = ~is_early
    days = np.where(stop[is_due] > 0, stop[is_due] - world.harm_day + 1.0, np.inf)
    median, late = np.quantile(days, (0.5, 0.9), method="inverted_cdf")
    excess = world.harmful_rate - world.usual_rate

    def counted(value: float) -> str:
        return f"{value:,.0f}" if np.isfinite(value) else "not in time"

    return (
        f"from day {world.harm_day}, limit {100 * world.limit:.1f} %",
        f"{world.contacts_a_day:,}",
        f"{np.mean(is_early):.3f}",
        f"{np.mean(np.isfinite(days)):.3f}",
        counted(float(median)),
        counted(float(late)),
        counted(float(median) * world.contacts_a_day),
        counted(float(late) * world.contacts_a_day),
        counted(float(median) * world.contacts_a_day * excess),
    )


if __name__ == "__main__":
    main(NAME, measure)
