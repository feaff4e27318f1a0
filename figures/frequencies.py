"""How often each campaign is chosen, beside the probabilities that the service logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from banditsvc.client import Client, ClientOptions
from banditsvc.v1.ranking_pb2 import BatchRankResponse
from figures.page import Page, Table
from figures.run import Track, main
from simulators.own_server import own_server
from tests.core.test_sampling import LEVEL, count_of, statistic, with_planted_error

NAME = "frequencies"
DECISIONS = 100_000
SEEDS, SHORT_SEEDS = 10, 2
BATCH = 1_000
TAUGHT = 5_000
"""Decisions that the model learns from before the frequencies are counted."""
CAMPAIGNS = 8
SEGMENTS = 4
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def measure(*, short: bool, track: Track) -> Page:
    """Returns the test of 10 runs of 100,000 decisions through BatchRank; 2 runs in the short form."""
    seeds = SHORT_SEEDS if short else SEEDS
    steps = (TAUGHT + DECISIONS) // BATCH
    rows = []
    with own_server() as address, Client(address, ClientOptions(timeout_seconds=300.0)) as client:
        for seed in range(seeds):
            counter = iter(range(seed * steps, (seed + 1) * steps))
            played = _play(client, seed, lambda counter=counter: track(next(counter) + 1, seeds * steps))  # type: ignore[misc]
            rows.append(_row(seed, *played))
    return Page(
        title="Chosen frequencies and logged probabilities",
        shows=(
            f"{DECISIONS:,} decisions a run through BatchRank of a running service, with the default policy, a model "
            f"that has learned from {TAUGHT:,} decisions, and 2 to {CAMPAIGNS} candidates. O counts how often each "
            "campaign was chosen, E sums the probabilities in the answers; (O - E)' V^- (O - E) with V = sum of "
            "diag(p) - pp' is chi-square where the probabilities are true. The planted error makes the probability of "
            "the campaign that is chosen most often 2 % smaller, and the others' larger in proportion."
        ),
        scale=f"{seeds} runs of {DECISIONS:,} decisions.",
        tables=(
            Table(
                headers=("run", "statistic", f"bound at {LEVEL}", "p-value", "accepted", "planted 2 % error", "caught"),
                rows=rows,
            ),
        ),
    )


def _row(seed: int, probabilities: NDArray[np.float64], chosen: NDArray[np.intp]) -> tuple[str, ...]:
    # The planted error is one of the first column.
    order = np.argsort(-probabilities.sum(axis=0), kind="stable")
    probabilities, counts = probabilities[:, order], count_of(chosen)[order]
    value, rank = statistic(probabilities, counts)
    planted, planted_rank = statistic(with_planted_error(probabilities), counts)
    bound = float(chi2.isf(LEVEL, rank))
    caught = planted > float(chi2.isf(LEVEL, planted_rank))
    shown = (f"{value:.2f}", f"{bound:.2f}", f"{float(chi2.sf(value, rank)):.3f}", _yes(value < bound))
    return str(seed), *shown, f"{planted:.1f}", _yes(caught)


def _play(client: Client, seed: int, on_batch: Callable[[], object]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    rng = np.random.default_rng(seed)
    portfolio_id = f"frequencies-{seed}"
    now = START + 10 * seed * DAY
    client.set_time(now)
    _set_up(client, portfolio_id)
    for number in range(TAUGHT // BATCH):
        _teach(client, portfolio_id, f"t-{seed}-{number}", rng, now)
        on_batch()
    client.set_time(now + 2 * DAY)
    client.catch_up(portfolio_id)
    parts = []
    for number in range(DECISIONS // BATCH):
        parts.append(_read(_rank(client, portfolio_id, f"d-{seed}-{number}", rng)))
        on_batch()
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _set_up(client: Client, portfolio_id: str) -> None:
    client.create_portfolio(
        {
            "portfolio_id": portfolio_id,
            "currency": "EUR",
            "reward_spec": {
                "weights": [{"type": "CLICK", "measure": "ANY", "weight": 1.0}],
                "greatest_reward": 1.0,
                "outcome_window": DAY,
            },
        }
    )
    for number in range(CAMPAIGNS):
        client.create_campaign(portfolio_id, {"campaign_id": f"c{number}", "family": f"family-{number % 3}"})


def _rank(client: Client, portfolio_id: str, name: str, rng: np.random.Generator) -> BatchRankResponse:
    segments = rng.integers(SEGMENTS, size=BATCH).tolist()
    recencies = rng.integers(400, size=BATCH).tolist()
    sizes = rng.integers(2, CAMPAIGNS + 1, size=BATCH).tolist()
    return client.batch_rank(
        {
            "portfolio_id": portfolio_id,
            "customer_id": f"{name}-{place}",
            "decision_id": f"{name}-{place}",
            "context": {"segment": f"s{segments[place]}", "recency_days": recencies[place]},
            "candidates": [f"c{k}" for k in range(sizes[place])],
        }
        for place in range(BATCH)
    )


def _teach(client: Client, portfolio_id: str, name: str, rng: np.random.Generator, now: datetime) -> None:
    """Lets a batch be learned from in which the first campaign is the best."""
    decisions = [result.response.decision for result in _rank(client, portfolio_id, name, rng).results]
    rates = [0.1 if decision.campaign_id == "c0" else 0.05 for decision in decisions]
    clicked = rng.random(BATCH) < rates
    client.batch_reward(
        (
            {"type": "CLICK", "decision_id": decision.decision_id, "occur_time": now + timedelta(hours=1)}
            for decision, has_clicked in zip(decisions, clicked.tolist(), strict=True)
            if has_clicked
        ),
        portfolio_id,
    )


def _read(answer: BatchRankResponse) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    probabilities = np.zeros((len(answer.results), CAMPAIGNS))
    chosen = np.zeros(len(answer.results), dtype=np.intp)
    for row, result in enumerate(answer.results):
        decision = result.response.decision
        for ranked in decision.ranking:
            probabilities[row, int(ranked.campaign_id[1:])] = ranked.selection_probability
        chosen[row] = int(decision.campaign_id[1:])
    return probabilities, chosen


def _yes(holds: bool) -> str:
    return "yes" if holds else "**no**"


if __name__ == "__main__":
    main(NAME, measure)
