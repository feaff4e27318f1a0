"""The exploration frontier: personalising where it pays, and not losing where it does not."""

from __future__ import annotations

from banditsvc.client import Client, ClientOptions
from banditsvc.core.times import DAY_US
from banditsvc.v1.policy_pb2 import Policy
from figures.page import Page, Table
from figures.policies import POLICIES, mean_and_error, two_segments_shares
from figures.run import Track, main
from figures.trial_data import trial_file
from simulators.column_map import load_column_map
from simulators.own_server import own_server
from simulators.shuffle import draw_shuffle
from simulators.simulated_time import next_midnight_us, timestamp
from simulators.trial import Trial, load_trial
from simulators.trial_play import TrialPlay

NAME = "exploration"
SEEDS, SHORT_SEEDS = 6, 2
SHUFFLES, SHORT_SHUFFLES = 3, 1
DECISIONS = 50_000
BATCH = 500
SEED = 1


def measure(*, short: bool, track: Track) -> Page:
    """Returns both figures for every policy, with 6 seeds and 3 shuffles; 2 and 1 in the short form."""
    seeds, shuffles = (SHORT_SEEDS, SHORT_SHUFFLES) if short else (SEEDS, SHUFFLES)
    trial = load_trial(trial_file("hillstrom"), load_column_map("hillstrom"), "visit")
    steps = len(POLICIES) * (seeds + shuffles)
    counter = iter(range(1, steps + 1))

    def on_step() -> None:
        track(next(counter), steps)

    rows = []
    for name, policy in POLICIES.items():
        shares = two_segments_shares(policy, seeds, DECISIONS, on_step)
        rates = []
        for shuffle in range(shuffles):
            rates.append(_visit_rate(trial, policy, shuffle))
            on_step()
        rows.append((name, mean_and_error(shares, 3), mean_and_error(rates, 4)))
    return Page(
        title="Exploration: what each policy costs and finds",
        shows=(
            "Two worlds that ask for opposite things. In the two segments (see [two_segments](two_segments.md)) a "
            "policy must keep exploring to find what differs between customers: 0 is the best single campaign, 1 the "
            "best policy. In Hillstrom's trial (see [trials](trials.md)) nothing can be gained over always sending one "
            "campaign, so all exploration costs: uniform random has .1468, the ceiling is .1828. All policies learn by "
            "the default learner."
        ),
        scale=f"{seeds} seeds of {DECISIONS:,} decisions and {shuffles} shuffle{'s' if shuffles > 1 else ''} of {len(trial):,} customers.",
        tables=(
            Table(
                headers=("policy", "two segments: share (standard error)", "Hillstrom: visit rate (standard error)"),
                rows=rows,
            ),
        ),
    )


def _visit_rate(trial: Trial, policy: Policy | None, number: int) -> float:
    """Plays one shuffle through a service of its own, a batch a day, and returns the mean of the accepted events."""
    with own_server() as address, Client(address, ClientOptions(timeout_seconds=300.0)) as client:
        play = TrialPlay(client, trial, draw_shuffle(trial, SEED, number), f"hillstrom-{number}", policy)
        start_us = next_midnight_us(client, play.portfolio_id)
        for day, start in enumerate(range(0, len(trial), BATCH)):
            now_us = start_us + day * DAY_US
            client.set_time(timestamp(now_us))
            play.play_day(slice(start, min(start + BATCH, len(trial))), now_us)
    return float(play.accepted_rewards().mean())


if __name__ == "__main__":
    main(NAME, measure)
