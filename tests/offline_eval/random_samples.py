"""Random samples for laws of estimators."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from offline_eval.estimators import Sample
from offline_eval.intervals import Floats

Row = tuple[float, float, float, float, int]
"""Weight, reward, modeled choice, modeled target, unit."""

amounts = st.sampled_from([0.0, 0.0, 1.0, 2.5, -3.0])
rows = st.tuples(
    st.sampled_from([0.0, 0.5, 1.0, 1.0 / 0.3, 20.0]), amounts, amounts, amounts, st.integers(min_value=0, max_value=4)
)


def sample_with(rows: list[Row], *, units: bool) -> Sample:
    """Returns the rows as a sample."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    return Sample(
        weight=table[:, 0],
        reward=table[:, 1],
        modeled_choice=table[:, 2],
        modeled_target=table[:, 3],
        unit=table[:, 4].astype(np.int32) if units else None,
        greatest_weight=25.0,
    )


def random_log(seed: int, decisions: int, campaigns: int = 5) -> tuple[Floats, Floats, Floats]:
    """Returns logged probability, reward and target probability of the choices of a log."""
    rng = np.random.default_rng(seed)
    logged = rng.dirichlet(np.ones(campaigns), decisions)
    target = rng.dirichlet(np.full(campaigns, 0.5), decisions)
    chosen = np.minimum((rng.random(decisions)[:, None] > np.cumsum(logged, axis=1)).sum(axis=1), campaigns - 1)
    place = np.arange(decisions)
    rewards = (rng.random(decisions) < 0.1 + 0.5 * chosen / campaigns) * rng.choice([1.0, 1.0, 0.5], decisions)
    return logged[place, chosen], rewards, target[place, chosen]


def logged_sample(logged: Floats, rewards: Floats, target: Floats, greatest_weight: float = math.inf) -> Sample:
    """Returns the sample of a random log."""
    return Sample(weight=target / logged, reward=rewards, greatest_weight=greatest_weight, reward_range=(0.0, 1.0))
