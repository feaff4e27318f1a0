"""Frequencies beside logged probabilities, and replay, with everything around the bandit switched on."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.store import SqliteLog
from figures.page import Page, Table
from figures.run import Track, main
from tests.core.test_sampling import LEVEL
from tests.serving.guarded_world import BATCH, COLUMNS, KINDS, Played, p_value, p_value_of_groups, play

NAME = "funnel"
DECISIONS = 100_000
SEEDS, SHORT_SEEDS = 10, 2
FIRST_SEED = 100


def measure(*, short: bool, track: Track) -> Page:
    """Returns the test of 10 runs of 100,000 decisions; 2 runs in the short form."""
    seeds = SHORT_SEEDS if short else SEEDS
    steps, done = DECISIONS // BATCH, 0

    def on_batch() -> None:
        nonlocal done
        done += 1
        track(done, seeds * steps)

    rows = []
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        with tempfile.TemporaryDirectory(prefix="banditsvc-funnel-") as folder:
            log = SqliteLog(Path(folder) / "log.db")
            try:
                rows.append(_row(seed, asyncio.run(play(log, seed, DECISIONS, on_batch))))
            finally:
                log.close()
    return Page(
        title="Frequencies and replay with groups, funnel, treatments, limits, capacity and floors on",
        shows=(
            f"{DECISIONS:,} decisions a run over 20 days for customers who come about five times each, on the SQLite log. "
            "Five campaigns, three of them with treatments, and NO_CONTACT; rules, caps over the organization and the "
            "portfolio, an exclusion, a daily volume and a weekly budget that run out, business weights, a floor of .1, "
            "limits on exploration (none for customers of high value, .1 for a segment, .05 for a campaign), and a "
            "shadow; the organization holds out 5 %, and of the rest the portfolio 15 %, as many as it gives to an equal draw "
            "and to business as usual. The statistic is (O - E)' V^- (O - E) with V = sum of diag(p) - pp' over pairs of campaign and "
            "treatment: chi-square where the logged probabilities are true. It is also taken over campaigns alone, "
            "for customers of high value and the others, and for each assignment group, of HOLDOUT over what "
            "held-out customers would have got. Business as usual is certain of what it does, so its p-value is 1 or 0. The "
            "last p-value is that of how many customers are in each group under the logged shares. A decision is reproduced "
            "when its probabilities, its choice and its shadow, or its ghost, follow from the log bit for bit."
        ),
        scale=f"{seeds} runs of {DECISIONS:,} decisions.",
        tables=(
            Table(
                headers=(
                    "run",
                    "p-value, pairs",
                    "p-value, campaigns",
                    *(f"p-value, {kind}" for kind in KINDS),
                    *(f"p-value, {group.name}" for group in AssignmentGroup),
                    "p-value, groups",
                    f"accepted at {LEVEL}",
                    "contacts",
                    "ghosts",
                    "rejections",
                    "reproduced",
                ),
                rows=rows,
            ),
        ),
    )


def _row(seed: int, played: Played) -> tuple[str, ...]:
    names = sorted({campaign_id for campaign_id, _ in COLUMNS})
    of_campaign = np.array([names.index(campaign_id) for campaign_id, _ in COLUMNS])
    by_campaign = np.zeros((len(played.probabilities), len(names)))
    np.add.at(by_campaign.T, of_campaign, played.probabilities.T)
    values = [p_value(played.probabilities, played.chosen), p_value(by_campaign, of_campaign[played.chosen])]
    values += [_among(played, played.kind == kind) for kind in range(len(KINDS))]
    values += [_among(played, played.group == group) for group in AssignmentGroup]
    values.append(p_value_of_groups(played.decisions))
    accepted = all(value > LEVEL for value in values)
    contacts = sum(decision.contact is not None for decision in played.decisions)
    ghosts = sum(decision.would_have_sent is not None for decision in played.decisions)
    rejections = sum(len(decision.rejections) for decision in played.decisions)
    shown = (f"{value:.3f}" for value in values)
    counts = (f"{count:,}" for count in (contacts, ghosts, rejections))
    reproduced = f"{played.reproduced:,} of {len(played.decisions):,}"
    return str(seed), *shown, "yes" if accepted else "**no**", *counts, reproduced


def _among(played: Played, rows: NDArray[np.bool_]) -> float:
    return p_value(played.probabilities[rows], played.chosen[rows])


if __name__ == "__main__":
    main(NAME, measure)
