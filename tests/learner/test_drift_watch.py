"""Laws of the drift watch: it tells a change of the world and where, and is silent without one."""

from __future__ import annotations

import numpy as np
import pytest

from banditsvc.learner.running_model import RunningModel
from banditsvc.posterior.drift_watch import DriftWatch
from banditsvc.posterior.statistics import CONSTANT
from tests.learner.posterior_world import ENTRIES, bits_of, context, spec

QUIET_RUNS = 200


def _shop(running: RunningModel, count: int, chances: tuple[float, float], seed: int, weight: float = 1.0) -> None:
    """Learns decisions of two campaigns with such chances of a response."""
    rng = np.random.default_rng(seed)
    asked = [context(segment, level) for segment in "pqr" for level in range(3)]
    for _ in range(count):
        place = int(rng.integers(2))
        running.learn(
            asked[int(rng.integers(len(asked)))],
            ENTRIES[2 + place],
            scaled_reward=float(rng.random() < chances[place]),
            selection_probability=0.5,
            eligible_count=2,
            weight=weight,
        )


def _weights(running: RunningModel) -> list[float]:
    """Returns what was learned of either campaign, in decisions."""
    running.weights()
    statistics = running._trainer._statistics  # type: ignore[union-attr]  # what the laws are about
    nodes = [statistics.node_of[entry.ancestry[-1]] for entry in ENTRIES[2:4]]
    return [float(statistics.gram[node, CONSTANT, CONSTANT]) for node in nodes]


def test_what_has_changed_counts_for_little_and_the_rest_stays() -> None:
    """Where one campaign's responses fall by half, what was learned of it goes, and that of the other stays."""
    running = RunningModel(spec())
    _shop(running, 12_000, (0.2, 0.1), 1)
    before = _weights(running)
    _shop(running, 6_000, (0.1, 0.1), 2)
    changed, same = _weights(running)
    assert changed < 0.7 * before[0]
    assert same > before[1] + 2_500


def test_without_a_change_all_stays() -> None:
    """Where nothing changes everything counts: 40,000 decisions, in five windows, beside a hundredth of the chance of a false alarm."""
    running = RunningModel(spec())
    _shop(running, 40_000, (0.05, 0.03), 3)
    assert 40_000.0 == pytest.approx(sum(_weights(running)))


def test_history_that_counts_for_less_is_no_sign_of_a_change() -> None:
    """Where nothing changes everything counts, also beside history: 20,000 decisions at a tenth, then 6,000 of now."""
    running = RunningModel(spec())
    _shop(running, 20_000, (0.2, 0.1), 6, weight=0.1)
    _shop(running, 6_000, (0.2, 0.1), 7)
    assert 8_000.0 == pytest.approx(sum(_weights(running)))


def test_a_state_keeps_the_watch() -> None:
    """Stopped between a change and its discovery and gone on from its bytes, it is discovered at the same decision."""
    through = RunningModel(spec())
    _shop(through, 12_000, (0.2, 0.1), 1)
    _shop(through, 700, (0.1, 0.1), 2)
    resumed = RunningModel(spec(), through.serialize(), through.sums)
    for running in (through, resumed):
        _shop(running, 4_000, (0.1, 0.1), 4)
    assert bits_of(through) == bits_of(resumed)


def test_false_alarms_are_as_rare_as_normal_numbers_so_far_out() -> None:
    """Over windows of rewards as predicted the count of alarms stays below the .001 bound of 5 deviations: none of 200."""
    rng = np.random.default_rng(5)
    for _ in range(QUIET_RUNS):
        watch = DriftWatch()
        watch.refer(np.zeros((1, 1)), np.zeros(1), centre=0.04, noise=0.04 * 0.96)
        rewards = (rng.random(8_000) < 0.04).astype(np.float64)
        nothing = np.zeros((8_000, 1), dtype=np.intp)
        watch.add(np.zeros(8_000, dtype=np.intp), nothing, np.ones((8_000, 1)), rewards)
        assert [] == watch.changed()


def test_a_new_campaign_is_not_watched() -> None:
    """What the reference does not know has no predictions, and so no alarms."""
    watch = DriftWatch()
    watch.refer(np.zeros((1, 1)), np.zeros(1), centre=0.0, noise=0.01)
    watch.add(np.ones(1_000, dtype=np.intp), np.zeros((1_000, 1), dtype=np.intp), np.ones((1_000, 1)), np.ones(1_000))
    assert [] == watch.changed()
