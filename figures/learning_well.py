"""Learning well: the default, Thompson sampling on the posterior, and others, in worlds that each ask for something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import mean

import numpy as np

from banditsvc.core.exploration import EpsilonGreedy, SquareCB
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.policy import Policy, default_policy
from banditsvc.core.portfolio import POSTERIOR_TRAIN, LearnerSpec, RewardSpec, RewardWeight, TrainSpec
from banditsvc.core.times import DAY_US
from figures.page import Page, Table
from figures.run import Track, main
from figures.trial_data import trial_file
from figures.trial_replay import replay, replayed_trial
from simulators.batch_worlds import (
    BatchWorld,
    Played,
    crossed_segments,
    dominant,
    launch,
    many_campaigns,
    play,
    seasonal,
    swap,
    weekly_promotions,
)
from simulators.counting_thompson import CountingThompson
from simulators.runs.policy import LearningPolicy
from simulators.runs.service_policy import ServicePolicy

NAME = "learning_well"
SEEDS, SHORT_SEEDS = 10, 3
MANY_SEEDS, MANY_DECISIONS, SHORT_MANY_DECISIONS = 1, 300_000, 50_000
PORTFOLIO_ID = "shop"
REWARD = RewardSpec(weights=(RewardWeight(type=OutcomeType.CONVERSION, weight=1.0),), window_us=DAY_US)
TRIALS = (
    ("hillstrom", "visit", 4),
    ("hillstrom", "conversion", 5),
    ("hillstrom", "spend", 3),
    ("charitable", "gave", 5),
    ("charitable", "amount", 3),
)

Maker = Callable[[RewardSpec], LearningPolicy]


@dataclass(frozen=True, slots=True)
class Row:
    """What is read from the runs in a world."""

    name: str
    world: BatchWorld
    read: Callable[[Played], float]
    bar: str


def _crossed(played: Played, start: int) -> float:
    return float((played.value[start:].mean() - 0.03) / 0.01)


def _launched(played: Played) -> float:
    part = slice(-15_000, None)
    return float(played.newest[part][played.segment[part] == 0].mean())


def _swapped(start: int, end: int) -> Callable[[Played], float]:
    return lambda played: float((played.value[50_000 + start : 50_000 + end].mean() - 0.02) / 0.02)


def rows(*, short: bool) -> list[Row]:
    """Returns the rows of the table of worlds but for the last, which is long."""
    two, five, ten = crossed_segments(2), crossed_segments(5), crossed_segments(10)
    swapping = swap()
    found = [
        Row("two segments, all decisions", two, lambda played: _crossed(played, 0), ".78"),
        Row("two segments, the last 10,000 of 50,000", two, lambda played: _crossed(played, -10_000), ".92"),
        Row("the same with 5 campaigns, the last 10,000", five, lambda played: _crossed(played, -10_000), ".9"),
        Row("the same with 10 campaigns, the last 10,000", ten, lambda played: _crossed(played, -10_000), ""),
        Row("launch: share of the segment, decisions 10,001 to 25,000", launch(), _launched, ".92, each .8"),
        Row("weekly promotions: gain from uniform to oracle", weekly_promotions(), lambda one: one.gain(0), ".6"),
        Row("swap: decisions 20,001 to 30,000 after it", swapping, _swapped(20_000, 30_000), ".8"),
        Row("swap: decisions 40,001 to 50,000 after it", swapping, _swapped(40_000, 50_000), ""),
        Row("seasonal: gain from uniform to oracle", seasonal(), lambda played: played.gain(0), ""),
        Row(
            "dominant: of its rate, second half",
            dominant(),
            lambda played: float(played.value[25_000:].mean() / 0.04),
            ".97",
        ),
    ]
    return [row for row in found if not row.name.startswith("seasonal")] if short else found


def policies() -> Mapping[str, Maker]:
    """Returns the policies compared, each made anew for every run."""

    def service(policy: Policy, train: TrainSpec) -> Maker:
        return lambda reward: ServicePolicy(policy=policy, learner=LearnerSpec(reward=reward, train=train))

    square_cb = Policy(portfolio_id=PORTFOLIO_ID, exploration=SquareCB(), floor=0.01)
    epsilon = Policy(portfolio_id=PORTFOLIO_ID, exploration=EpsilonGreedy(epsilon=0.05))
    return {
        "default (thompson, posterior)": service(default_policy(PORTFOLIO_ID), POSTERIOR_TRAIN),
        "square_cb, posterior": service(square_cb, POSTERIOR_TRAIN),
        "square_cb, Vowpal Wabbit": service(square_cb, TrainSpec()),
        "epsilon_greedy .05, Vowpal Wabbit": service(epsilon, TrainSpec()),
        "Thompson on counts, no context": lambda _: CountingThompson(),
    }


def measure(*, short: bool, track: Track) -> Page:
    """Returns the tables of worlds and of trials over 10 seeds; over 3, without the longest, in the short form."""
    seeds = SHORT_SEEDS if short else SEEDS
    compared, wanted = policies(), rows(short=short)
    worlds = list(dict.fromkeys(row.world for row in wanted))
    trials = TRIALS[:1] if short else TRIALS
    total, done = len(compared) * (len(worlds) + 1 + len(trials)), 0
    cells: dict[tuple[str, str], str] = {}
    for name, maker in compared.items():
        for world in worlds:
            played = [play(world, maker(REWARD), seed) for seed in range(seeds)]
            for row in wanted:
                if row.world is world:
                    cells[row.name, name] = _cell([row.read(one) for one in played])
            done += 1
            track(done, total)
        many = many_campaigns(SHORT_MANY_DECISIONS if short else MANY_DECISIONS)
        gains = [play(many, maker(REWARD), seed).gain(0) for seed in range(1 if short else MANY_SEEDS)]
        cells["200 campaigns, 20 segments: gain", name] = _cell(gains)
        done += 1
        track(done, total)
        for trial, reward, digits in trials:
            data = replayed_trial(trial_file(trial), trial, reward)
            means = [replay(data, maker(data.reward), seed) for seed in range(seeds)]
            error = np.std(means, ddof=1) / np.sqrt(len(means))
            cells[f"{trial}, {reward}", name] = f"{mean(means):.{digits}f} ({error:.{digits}f})"
            done += 1
            track(done, total)
    return _page(cells, list(compared), wanted, seeds, short=short)


def _cell(values: list[float]) -> str:
    return f"{mean(values):.3f} ({min(values):.2f})"


def _page(cells: dict[tuple[str, str], str], names: list[str], wanted: list[Row], seeds: int, *, short: bool) -> Page:
    many = "200 campaigns, 20 segments: gain"
    bars = {row.name: row.bar for row in wanted} | {many: "the best"}
    in_trials = [name for name in dict.fromkeys(row for row, _ in cells) if name not in bars]
    count = SHORT_MANY_DECISIONS if short else MANY_DECISIONS
    return Page(
        title="Learning well",
        shows=(
            "Worlds that each ask for something else, decided in batches of 500 that are learned two batches later (the "
            "promotions 14 later, the 200 campaigns in batches of 2,000), by the service's own policy, learner and scorer. "
            "Figures are true expected rewards of the selection probabilities: in two segments the share of the way from "
            "the best single campaign to the best policy, after a swap that from the worse campaign to the better; in "
            "brackets the least of the seeds. The trials are replayed by rejection in the same batches: the mean reward "
            "of the accepted events, learning included, in brackets its standard error over shuffles."
        ),
        scale=f"{seeds} seeds and shuffles; of the 200 campaigns {1 if short else MANY_SEEDS}, {count:,} decisions.",
        tables=(
            Table(
                headers=("world", *names, "bar"),
                rows=[(row, *(cells[row, name] for name in names), bar) for row, bar in bars.items()],
            ),
            Table(headers=("trial", *names), rows=[(row, *(cells[row, name] for name in names)) for row in in_trials]),
        ),
    )


if __name__ == "__main__":
    main(NAME, measure)
