"""Intervals of coverage: how often they miss where customers come again, and what does not do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from scipy.stats import binom, ttest_1samp

from figures.page import Page, Table
from figures.run import Track, main
from offline_eval.value import VALUE_INTERVAL
from tests.offline_eval.returning_world import AMOUNTS, WORLDS, Readings, Way, anytime, read_often

NAME = "coverage"
RUNS, SHORT_RUNS = 1_000, 60
READINGS, SHORT_READINGS = 15, 10
LEAST = (30.0, 100.0)
FIRST_SEED = 700
MISS = 0.05
MARGIN_LEVEL = 0.001


def measure(*, short: bool, track: Track) -> Page:
    """Returns the misses of 1,000 runs of each kind; of 60 in the short form."""
    runs, readings = (SHORT_RUNS, SHORT_READINGS) if short else (RUNS, READINGS)
    done, total = 0, runs * (len(WORLDS) + 1)

    def on_played(count: int) -> None:
        nonlocal done
        done += count
        track(done, total)

    most = int(binom.isf(MARGIN_LEVEL, runs, MISS))
    found = {
        world: read_often(world, seed, runs, readings, on_played=on_played)
        for seed, world in enumerate(WORLDS, FIRST_SEED)
    }
    rows = [_row(world.name, readings_of, world.truth, most) for world, readings_of in found.items()]
    return Page(
        title="Intervals of coverage",
        shows=_shows(readings, most / runs),
        scale=f"{runs:,} runs of each row, each read {readings} times.",
        tables=(
            Table(
                headers=(
                    "decisions",
                    "anytime, by customer",
                    "within the margin",
                    "as though each decision were of another customer",
                    "for one reading, read every time",
                    "plain mean after the choice",
                    "p-value of no bias",
                ),
                rows=rows,
                caption="Share of runs in which the 95 % interval missed the true mean reward at one reading or more:",
            ),
            Table(
                headers=("customers with another reward than most, at least", "missed", "had an interval"),
                rows=_least_rows(found[AMOUNTS], readings, on_played),
                caption=f"{AMOUNTS.name}: the same with other limits below which there is no interval.",
            ),
        ),
        verdict=f"{VALUE_INTERVAL.least_uncommon:.0f} customers, counted by weight, are what reports ask for.",
    )


def _shows(readings: int, most: float) -> str:
    return (
        "One family, chosen with a probability of .15 for half of the customers and of .5 for the others, who are keener: "
        "the mean reward, were it always chosen, is estimated by the weights 1 / probability. Customers come again, have "
        f"rates and amounts of their own, and the estimate is read at {readings} equal steps, as decisions come. At most "
        f"5 % may miss, with the binomial margin at {MARGIN_LEVEL}: {most:.3f}. Three controls show that the runs bite: the "
        "same interval made as though each decision were of another customer, the interval for one reading, read every "
        "time, and the plain mean of the rewards after the family was chosen."
    )


def _row(name: str, found: Readings, truth: float, most: int) -> tuple[str, ...]:
    shares = {way: f"{count / found.runs:.3f}" for way, count in found.misses.items()}
    return (
        name,
        shares["anytime"],
        "yes" if found.misses["anytime"] <= most else "**no**",
        shares["by_decision"],
        shares["fixed"],
        shares["naive"],
        f"{float(ttest_1samp(found.estimates, truth).pvalue):.3f}",
    )


def _least_rows(usual: Readings, readings: int, on_played: Callable[[int], None]) -> list[tuple[str, ...]]:
    ways: dict[str, Way] = {
        f"{least:.0f}": partial(anytime, spec=replace(VALUE_INTERVAL, least_uncommon=least)) for least in LEAST
    }
    others = read_often(AMOUNTS, FIRST_SEED + len(WORLDS), usual.runs, readings, ways, on_played)
    found = {VALUE_INTERVAL.least_uncommon: (usual, "anytime")}
    found |= {least: (others, f"{least:.0f}") for least in LEAST}
    return [
        (f"{least:.0f}", f"{of.misses[way] / of.runs:.3f}", f"{of.read[way] / of.runs:.3f}")
        for least, (of, way) in sorted(found.items())
    ]


if __name__ == "__main__":
    main(NAME, measure)
