"""Logging faults: what a faulty logger writes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from simulators.runs.logging_faults import with_logging_faults
from simulators.runs.simulate import simulate
from simulators.worlds.feed_spec import LoggingFaultSpec
from simulators.worlds.read_world import read_world

LEVEL = 0.001
FLOOR = 0.04


@cache
def _decisions() -> pd.DataFrame:
    """Returns the decisions of an epsilon-greedy policy with a floor, logged as they were made."""
    clean = read_world("logging-faults").model_copy(update={"logging_faults": LoggingFaultSpec(), "days": 70})
    policies = [f"epsilon_greedy:0 floor={FLOOR}"]
    return simulate(clean, policies, seeds=[4, 5], keep_decisions=True).decisions


def test_without_faults_nothing_changes() -> None:
    """A logger without faults writes what was decided."""
    pd.testing.assert_frame_equal(_decisions(), with_logging_faults(_decisions(), LoggingFaultSpec(), FLOOR))


def test_wrong_probabilities_are_those_of_an_equal_draw() -> None:
    """The stated share of decisions has 1 / (number of eligible campaigns) (binomial bound at level .001)."""
    faulty = with_logging_faults(_decisions(), LoggingFaultSpec(wrong_probability_share=0.05), FLOOR)
    differ = faulty["selection_probability"] != _decisions()["selection_probability"]

    assert (faulty["selection_probability"][differ] == 1.0 / faulty["eligible_count"][differ]).all()
    low, high = binom.interval(1.0 - LEVEL, len(faulty), 0.05)
    could_differ = _decisions()["selection_probability"] != 1.0 / faulty["eligible_count"]
    assert low * could_differ.mean() - 10 <= differ.sum() <= high


def test_a_missing_floor_leaves_the_exploration_alone() -> None:
    """Without the floor a greedy policy's log says 1 for its best and 0 for what only the floor can choose."""
    faulty = with_logging_faults(_decisions(), LoggingFaultSpec(missing_floor=True), FLOOR)
    logged = faulty["selection_probability"].to_numpy()

    tied = np.isclose(logged, 1.0 / 3.0)
    assert np.allclose(logged[~tied], np.round(logged[~tied]))
    assert {0.0, 1.0} == set(np.round(logged[~tied]).tolist())
    assert (logged >= 0.0).all()


def test_only_decisions_without_a_response_are_dropped() -> None:
    """The stated share of the decisions without a response is missing, and none with one (binomial bound at .001)."""
    before, after = (
        frame["reward"] > 0.0
        for frame in (_decisions(), with_logging_faults(_decisions(), LoggingFaultSpec(dropped_share=0.1), FLOOR))
    )

    assert before.sum() == after.sum()
    low, high = binom.interval(1.0 - LEVEL, (~before).sum(), 0.1)
    assert low <= len(before) - len(after) <= high


@pytest.mark.parametrize("fault", [{"wrong_probability_share": 0.1}, {"missing_floor": True}, {"dropped_share": 0.3}])
def test_a_fault_depends_on_the_decision_alone(fault: dict[str, float]) -> None:
    """What is wrong with a decision is the same in whatever order, and beside whichever others, it is logged."""
    faults = LoggingFaultSpec.model_validate(fault)
    whole = with_logging_faults(_decisions(), faults, FLOOR)
    part = with_logging_faults(_decisions()[::-2].reset_index(drop=True), faults, FLOOR)

    keys = ["seed", "day", "customer_id"]
    joined = part.merge(whole, on=keys, how="left", suffixes=("", "_whole"), validate="1:1")
    assert (joined["selection_probability"] == joined["selection_probability_whole"]).all()


def test_a_run_logs_as_the_world_says() -> None:
    """The decisions of a run in a world with logging faults are those of the same run without, as a faulty log."""
    faulty = read_world("logging-faults").model_copy(update={"days": 70})
    logged = simulate(faulty, [f"epsilon_greedy:0 floor={FLOOR}"], seeds=[4, 5], keep_decisions=True).decisions

    pd.testing.assert_frame_equal(with_logging_faults(_decisions(), faulty.logging_faults, FLOOR), logged)
