"""Hillstrom's trial as logs of another policy: how often intervals hold what "always Mens" earned."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from figures.trial_data import trial_file
from offline_eval.estimators import Sample
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import Method, OffPolicySpec, interval_of_value
from simulators.column_map import load_column_map
from simulators.trial import load_trial
from tests.offline_eval.off_policy_worlds import BLOCK, Coverage, coverage

LOGGED = {"NO_CONTACT": 0.6, "MENS": 0.1, "WOMENS": 0.3}
"""Probabilities with which the logs choose."""
ASKED = "MENS"
GREATEST = {"visit": 1.0, "conversion": 1.0, "spend": 500.0}
"""Greatest reward that there can be; of spend somebody has to say so."""
ROWS = (1_000, 5_000, 20_000)
METHODS = (Method.CRESSIE_READ, Method.NORMAL)


@dataclass(frozen=True, slots=True)
class HillstromCoverage:
    """Logs of one reward and size."""

    reward: str
    rows: int
    truth: float
    by_method: dict[Method, Coverage]


def hillstrom_coverage(logs: int, on_read: Callable[[int], None]) -> list[HillstromCoverage]:
    """Returns the coverage for each reward and size; `on_read` is told after each how many logs were read."""
    found = []
    for place, name in enumerate(GREATEST):
        by_arm = _rewards(name)
        truth = float(by_arm[ASKED].mean())
        for rows in ROWS:
            rng = np.random.default_rng([71, place, rows])
            by_method = dict.fromkeys(METHODS, Coverage())
            for start in range(0, logs, BLOCK):
                drawn = [_log(rng, by_arm, rows, GREATEST[name]) for _ in range(min(BLOCK, logs - start))]
                for method in METHODS:
                    by_method[method] += coverage(drawn, truth, OffPolicySpec(method=method))
            found.append(HillstromCoverage(name, rows, truth, by_method))
            on_read(logs)
    return found


def spend_refusal() -> str:
    """Returns what the default interval answers for spend when nobody says what a customer spends at most."""
    log = _log(np.random.default_rng(72), _rewards("spend"), 5_000, math.inf)
    return interval_of_value(log).refusal


def _rewards(name: str) -> dict[str, Floats]:
    trial = load_trial(trial_file("hillstrom"), load_column_map("hillstrom"), name)
    return {arm.campaign_id: trial.rewards[trial.arms == place] for place, arm in enumerate(trial.columns.arms)}


def _log(rng: np.random.Generator, by_arm: dict[str, Floats], rows: int, greatest: float) -> Sample:
    """Returns a log of customers drawn from the trial: each with the reward of one who got what was chosen."""
    counts = rng.multinomial(rows, list(LOGGED.values()))
    reward = np.concatenate([rng.choice(by_arm[name], size) for name, size in zip(LOGGED, counts, strict=True)])
    weight = np.repeat([1.0 / LOGGED[name] if name == ASKED else 0.0 for name in LOGGED], counts)
    order = rng.permutation(rows)
    return Sample(
        weight=weight[order], reward=reward[order], greatest_weight=1.0 / LOGGED[ASKED], reward_range=(0.0, greatest)
    )
