"""Lift that is read every day: how often its intervals err."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from scipy.stats import binom

from figures.page import Page, Table
from figures.run import Track, main
from tests.offline_eval.daily_reading import ANYTIME, Errors, read_daily
from tests.offline_eval.skewed_world import DAYS, WORLDS

NAME = "lift"
EXPERIMENTS, SHORT_EXPERIMENTS = 1_000, 100
LIFTS = (0.0, 0.2)
FIRST_SEED = 500
MISS = 0.05
MARGIN_LEVEL = 0.001


def measure(*, short: bool, track: Track) -> Page:
    """Returns the errors of 1,000 experiments of each kind; of 100 in the short form."""
    experiments = SHORT_EXPERIMENTS if short else EXPERIMENTS
    done, total = 0, experiments * len(WORLDS) * len(LIFTS)

    def on_played(count: int) -> None:
        nonlocal done
        done += count
        track(done, total)

    most = int(binom.isf(MARGIN_LEVEL, experiments, MISS)) / experiments
    return Page(
        title="Lift that is read every day",
        shows=_shows(most),
        scale=f"{experiments:,} experiments of each row read on {DAYS} days.",
        tables=(
            Table(
                headers=(
                    "customers",
                    "true lift",
                    "anytime",
                    "anytime, relative lift",
                    "within the margin",
                    "fixed, read daily",
                    "anytime, by customer's day",
                    "concluded by day 60",
                ),
                rows=_error_rows(experiments, on_played),
                caption="Share of experiments whose 95 % interval excluded the true lift at one reading or more:",
            ),
        ),
    )


def _shows(most: float) -> str:
    return (
        "Customers differ in how often and how much they buy, buy again, and mostly buy nothing; amounts are lognormal. "
        "The first row has the share of buyers, the number of customers and the spread of amounts of Hillstrom's trial. "
        f"Each customer counts once, with the revenue of a whole horizon; the lift is read at the end of each of {DAYS} "
        f"days once each group has {ANYTIME.least_customers:.0f} customers and {ANYTIME.least_uncommon:.0f} buyers. At "
        f"most 5 % may err, with the binomial margin at {MARGIN_LEVEL}: {most:.3f}. Two controls show that the "
        "experiments bite: the interval for one reading (Welch), read every day, and the anytime interval made as "
        "though each day of a customer were a customer."
    )


def _error_rows(experiments: int, on_played: Callable[[int], None]) -> list[tuple[str, ...]]:
    most = binom.isf(MARGIN_LEVEL, experiments, MISS)
    rows = []
    for seed, (world, lift) in enumerate(((world, lift) for world in WORLDS for lift in LIFTS), FIRST_SEED):
        errors = read_daily(replace(world, lift=lift), seed, experiments, on_played)
        rows.append(
            (world.name, f"{lift:.0%}", *_shares(errors, bool(max(errors.anytime, errors.anytime_relative) <= most)))
        )
    return rows


def _shares(errors: Errors, holds: bool) -> tuple[str, ...]:
    def share(count: int) -> str:
        return f"{count / errors.experiments:.3f}"

    return (
        share(errors.anytime),
        share(errors.anytime_relative),
        "yes" if holds else "**no**",
        share(errors.fixed),
        share(errors.by_day),
        share(errors.concluded),
    )


if __name__ == "__main__":
    main(NAME, measure)
