"""Ghosts through the Rank path: how much they sharpen lift, and that they come as often as contacts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ttest_1samp
from structlog.testing import capture_logs

from banditsvc.serving.contact_book import ContactBook
from figures.page import Page, Table
from figures.run import Track, main
from tests.serving.ghost_rates import ContactCounts, WithoutGhostCounters, contact_counts
from tests.serving.ghost_traffic import EFFECT, KEEN_SHARE, WEEKS, LiftRun, lift_run

NAME = "ghosts"
RUNS, SHORT_RUNS = 300, 30
CUSTOMERS = 4_000
SEEDS, SHORT_SEEDS = 10, 2
DAILY_CUSTOMERS, DAYS = 4_000, 28
FIRST_SEED = 700
LEVEL = 0.001
_BOOKS = {"counted": ContactBook, "not counted (control)": WithoutGhostCounters}


def measure(*, short: bool, track: Track) -> Page:
    """Returns 300 runs of lift and 10 of rates with and without counters; 30 and 2 in the short form."""
    runs, seeds = (SHORT_RUNS, SHORT_SEEDS) if short else (RUNS, SEEDS)
    done, total = 0, runs + seeds * len(_BOOKS)

    def on_run() -> None:
        nonlocal done
        done += 1
        track(done, total)

    # Each run is a service of its own, and tells of its model.
    with capture_logs():
        lifts = _lifts(runs, on_run)
        rates = {name: _rates(seeds, book_type, on_run) for name, book_type in _BOOKS.items()}
    ratio = _relative_error(lifts, "anchored") / _relative_error(lifts, "intention")
    contacted = float(np.mean([run.contacted_share for run in lifts]))
    return Page(
        title="Ghosts: what held-out customers would have got",
        shows=_shows(contacted),
        scale=f"{runs} runs of lift, {seeds} of rates, each with and without counters.",
        tables=(
            Table(
                headers=(
                    "estimate",
                    "true lift",
                    "mean estimate",
                    "p-value of no bias",
                    "standard error",
                    "over the lift",
                ),
                rows=[
                    _lift_row(lifts, "intention", "intention to treat, per customer enrolled"),
                    _lift_row(lifts, "anchored", "ghost-anchored, per customer who would be contacted"),
                ],
                caption=f"{CUSTOMERS:,} customers a run, half of them in the holdout; revenue per customer:",
            ),
            Table(
                headers=(
                    "ghosts, for ghosts",
                    "group",
                    "customers",
                    "contacts each",
                    *map(str, range(DAYS // 7 + 1)),
                    "more",
                ),
                rows=[row for name, counts in rates.items() for row in _rate_rows(name, counts)],
                caption=(
                    f"Ranked daily for {DAYS} days under a cap of one contact in 7 days, {DAILY_CUSTOMERS:,} customers a run; "
                    "customers by number of contacts or ghosts, all runs together:"
                ),
            ),
            Table(
                headers=("run", *(f"{name}: {test}" for name in rates for test in ("equal means", "equal counts"))),
                rows=_test_rows(list(rates.values())),
                caption="p-values of equal means (Welch) and of equal counts (chi-square), run by run:",
            ),
        ),
        verdict=(
            f"Anchored at the first would-be contact the standard error, over the lift, is {ratio:.2f} of "
            f"intention-to-treat's: {1.0 / ratio**2:.1f} times fewer customers do for the same certainty. {_verdict(rates)}"
        ),
    )


def _shows(contacted: float) -> str:
    return (
        "Everything here goes through the Rank path in process: a shop with a trained model, epsilon-greedy exploration, "
        f"NO_CONTACT allowed, a weekly cap, and a holdout of half. For lift, customers are ranked once a week for {WEEKS} "
        f"weeks; campaigns are eligible for {KEEN_SHARE:.0%} of them, who order twice as often, and the policy mostly "
        f"sends nothing, so {contacted:.1%} would be contacted. After a first contact a customer orders {EFFECT:.0%} more. "
        "Orders are posted for everyone, and `lift_of_log` reads the table of customers from the log; the true lift of a run "
        "is the effect on its very customers. For the rates every customer could be contacted any day. The control is the "
        "same service with a contact book that does not count ghosts for ghosts."
    )


def _lifts(runs: int, on_run: Callable[[], None]) -> list[LiftRun]:
    found = []
    for seed in range(FIRST_SEED, FIRST_SEED + runs):
        found.append(lift_run(seed, CUSTOMERS))
        on_run()
    return found


def _rates(seeds: int, book_type: type[ContactBook], on_run: Callable[[], None]) -> list[ContactCounts]:
    found = []
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        found.append(contact_counts(seed, customers=DAILY_CUSTOMERS, days=DAYS, book_type=book_type))
        on_run()
    return found


def _of(lifts: Sequence[LiftRun], name: str) -> NDArray[np.float64]:
    return np.array([getattr(run, name) for run in lifts])


def _relative_error(lifts: Sequence[LiftRun], name: str) -> float:
    return float(_of(lifts, f"{name}_error").mean() / _of(lifts, f"true_{name}").mean())


def _lift_row(lifts: Sequence[LiftRun], name: str, title: str) -> tuple[str, ...]:
    estimates, truths = _of(lifts, name), _of(lifts, f"true_{name}")
    return (
        title,
        f"{truths.mean():.3f}",
        f"{estimates.mean():.3f}",
        f"{float(ttest_1samp(estimates - truths, 0.0).pvalue):.3f}",
        f"{_of(lifts, f'{name}_error').mean():.3f}",
        f"{_relative_error(lifts, name):.2f}",
    )


def _rate_rows(name: str, counts: Sequence[ContactCounts]) -> list[tuple[str, ...]]:
    rows = []
    for group, of in (("target", [one.target for one in counts]), ("holdout", [one.holdout for one in counts])):
        contacts = np.concatenate(of)
        by_number = np.bincount(np.minimum(contacts, DAYS // 7 + 1), minlength=DAYS // 7 + 2)
        numbers = (f"{number:,}" for number in by_number)
        rows.append((name, group, f"{contacts.size:,}", f"{contacts.mean():.4f}", *numbers))
    return rows


def _test_rows(rates: Sequence[Sequence[ContactCounts]]) -> list[tuple[str, ...]]:
    return [
        (str(FIRST_SEED + place), *(_p(p) for one in found for p in (one.p_value_of_means, one.p_value_of_counts)))
        for place, found in enumerate(zip(*rates, strict=True))
    ]


def _verdict(rates: dict[str, list[ContactCounts]]) -> str:
    said = []
    for name, counts in rates.items():
        rejected = sum(min(one.p_value_of_means, one.p_value_of_counts) < LEVEL for one in counts)
        said.append(f"in {rejected} of {len(counts)} runs with ghosts {name}")
    return f"Equal rates of contacts and ghosts are rejected at {LEVEL} {', and '.join(said)}."


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= LEVEL else f"below {LEVEL}"


if __name__ == "__main__":
    main(NAME, measure)
