"""Rejection: what is accepted is what the policy would have met on line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.column_map import parse_column_map
from simulators.shuffle import LONGEST_DELAY_US, SENT_TWICE_SHARE, accepted, draw_shuffle
from simulators.trial import Trial

MAP = """
currency = "EUR"
arm_columns = ["arm"]
{arms}
[rewards.bought]
outcome = "CONVERSION"
measure = "ANY"
greatest = 1.0
"""
ARM = """
[[arms]]
cells = ["{name}"]
probability = "{share}/{total}"
campaign = {{ campaign_id = "{name}" }}
"""
SIZE = 20_000


def _trial(shares: list[int], seed: int = 0) -> Trial:
    arms = "".join(ARM.format(name=f"arm{k}", share=share, total=sum(shares)) for k, share in enumerate(shares))
    columns = parse_column_map(MAP.format(arms=arms), "map")
    drawn = np.random.default_rng(seed).choice(len(shares), SIZE, p=np.array(shares) / sum(shares))
    return Trial(
        columns=columns,
        reward=columns.reward("bought"),
        contexts=(b"",) * SIZE,
        arms=drawn,
        rewards=np.zeros(SIZE),
    )


@settings(derandomize=True, max_examples=20, deadline=None)
@given(
    shares=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    weights=st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5),
    seed=st.integers(0, 10_000),
)
def test_every_choice_is_accepted_alike(shares: list[int], weights: list[float], seed: int) -> None:
    """Whatever the policy chooses, it is accepted with the probability of the rarest arm, within 5 standard errors."""
    trial = _trial(shares, seed)
    pmf = np.array(weights[: len(shares)]) / sum(weights[: len(shares)])
    choices = np.random.default_rng([seed, 1]).choice(len(shares), SIZE, p=pmf)

    taken = accepted(trial, draw_shuffle(trial, seed, 0), 0, [f"arm{choice}" for choice in choices])

    rarest = min(shares) / sum(shares)
    for arm in range(len(shares)):
        count = int((choices == arm).sum())
        spread = 5 * (count * rarest * (1 - rarest)) ** 0.5
        assert abs(taken[choices == arm].sum() - count * rarest) <= spread + 1


def test_only_the_trials_arm_is_accepted() -> None:
    """A choice other than the trial's arm is never accepted; with equal arms the trial's arm always is."""
    trial = _trial([1, 1, 1])
    shuffle = draw_shuffle(trial, 5, 2)

    taken = accepted(trial, shuffle, 100, ["arm1"] * 700)

    assert (trial.arms[shuffle.rows[100:800]] == 1).tolist() == taken.tolist()


def test_a_shuffle_is_an_order_of_all_customers() -> None:
    """A shuffle has every customer once, delays from 0 to 2 days, and a tenth sent twice within 5 standard errors."""
    shuffle = draw_shuffle(_trial([1, 2]), 1, 0)

    assert list(range(SIZE)) == sorted(shuffle.rows.tolist())
    assert 0 <= shuffle.delays_us.min() <= shuffle.delays_us.max() < LONGEST_DELAY_US
    error = (SENT_TWICE_SHARE * (1 - SENT_TWICE_SHARE) / SIZE) ** 0.5
    assert shuffle.sent_twice.mean() == pytest.approx(SENT_TWICE_SHARE, abs=5 * error)


def test_a_shuffle_is_a_function_of_seed_and_number() -> None:
    """The same seed and number give the same shuffle; another of either gives another order."""
    trial = _trial([1, 2])
    first = draw_shuffle(trial, 1, 0)
    same, other_number, other_seed = (draw_shuffle(trial, seed, n) for seed, n in ((1, 0), (1, 1), (2, 0)))

    assert first.rows.tolist() == same.rows.tolist()
    assert first.kept.tolist() == same.kept.tolist()
    assert first.rows.tolist() != other_number.rows.tolist()
    assert first.rows.tolist() != other_seed.rows.tolist()
