"""Learning from history: what does it bring on the first days, and what does it cost where it misleads?"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from figures.page import Page, Table
from figures.policies import JOBS, mean_and_error
from figures.run import Track, main
from simulators.warm_start import Past, WarmStartSettings, run_warm_start

NAME = "history"
WEIGHTS = (0.1, 0.25, 0.5, 1.0)
SEEDS, SHORT_SEEDS = 20, 4


def measure(*, short: bool, track: Track) -> Page:
    """Returns the shares of 20 seeds, of 4 in the short form."""
    seeds = SHORT_SEEDS if short else SEEDS
    rows = [(Past.COIN, 0.0), *((past, weight) for past in Past for weight in WEIGHTS)]
    found: list[NDArray[np.float64]] = []
    # Spawned, not forked: the parent has gRPC's threads.
    with ProcessPoolExecutor(max_workers=JOBS, mp_context=get_context("spawn")) as pool:
        for done, (past, weight) in enumerate(rows, 1):
            settings = WarmStartSettings(past=past, weight=weight)
            found.append(np.array(list(pool.map(partial(run_warm_start, settings=settings), range(seeds)))))
            track(done, len(rows))
    return Page(
        title="Learning from history",
        shows=(
            "The world of two segments (half of the customers respond to one campaign with 4 % and to the other with 2 %, "
            "the other half the other way round). Before 30,000 decisions of the default policy 10,000 past sends are "
            "learned with a weight each. They were drawn equally in the same world; or chosen by a rule: one campaign "
            "mostly for lively customers, who buy four times as often whatever they get, and nobody recorded who is "
            "lively, so that it looks best in both segments; or drawn equally while the segments liked the campaigns "
            "the other way round. The share is the true expected reward of the probabilities, from the best single "
            "campaign (0) to the best policy (1); below 0 it is worse than the best single campaign. Outcomes come two "
            "batches of 500 late."
        ),
        scale=f"{seeds} seeds.",
        tables=(
            Table(
                headers=("history", "weight", "decisions 1 to 5,000", "5,001 to 10,000", "10,001 to 30,000"),
                rows=[_row(past, weight, shares) for (past, weight), shares in zip(rows, found, strict=True)],
            ),
        ),
        verdict="Mean share with its standard error in brackets; every row has the same customers and responses.",
    )


def _row(past: Past, weight: float, shares: NDArray[np.float64]) -> tuple[str, ...]:
    periods = (shares[:, 0], shares[:, 1], shares[:, 2:].mean(axis=1))
    name = past.value if weight else "none"
    return (name, f"{weight:g}", *(mean_and_error(period.tolist(), 2) for period in periods))


if __name__ == "__main__":
    main(NAME, measure)
