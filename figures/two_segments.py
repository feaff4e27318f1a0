"""Two segments with opposite best campaigns: does the default policy personalise?"""

from __future__ import annotations

from figures.page import Page, Table
from figures.policies import DEFAULT, POLICIES, mean_and_error, two_segments_shares
from figures.run import Track, main

NAME = "two_segments"
SEEDS, SHORT_SEEDS = 20, 4
DECISIONS = 50_000
AIM = 0.75


def measure(*, short: bool, track: Track) -> Page:
    """Returns the share of 20 seeds, of 4 in the short form."""
    seeds = SHORT_SEEDS if short else SEEDS
    counter = iter(range(1, seeds + 1))
    shares = two_segments_shares(POLICIES[DEFAULT], seeds, DECISIONS, lambda: track(next(counter), seeds))
    row = (DEFAULT, mean_and_error(shares, 3), f"{min(shares):.3f}", f"{max(shares):.3f}", f"{AIM}")
    return Page(
        title="Two segments",
        shows=(
            "Half of the customers respond to one campaign with 4 % and to the other with 2 %, the other half the "
            "other way round; six features of five levels say nothing. Outcomes come two batches of 500 late. The "
            "share is the true expected reward of the probabilities over the last 10,000 of 50,000 decisions, from "
            "the best single campaign (0) to the best policy (1)."
        ),
        scale=f"{seeds} seeds of {DECISIONS:,} decisions.",
        tables=(Table(headers=("policy", "mean share (standard error)", "least", "greatest", "aim"), rows=[row]),),
    )


if __name__ == "__main__":
    main(NAME, measure)
