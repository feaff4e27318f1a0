from __future__ import annotations

import pytest

from banditsvc.core.baseline import reward_baseline, scaled_baseline
from banditsvc.core.decision import LearnedState
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import RewardSpec, RewardWeight


def _spec(default: float) -> RewardSpec:
    weight = RewardWeight(type=OutcomeType.REVENUE, weight=1.0)
    return RewardSpec(weights=(weight,), window_us=1, least=-5.0, greatest=15.0, default=default)


@pytest.mark.parametrize(("default", "expected"), [(0.0, 0.0), (-9.0, -5.0), (99.0, 15.0)])
def test_before_anything_is_learned_it_is_the_default_reward(default: float, expected: float) -> None:
    """Nothing known is predicted at the default reward, clipped."""
    assert expected == reward_baseline(LearnedState(), _spec(default))
    assert (expected + 5.0) / 20.0 == scaled_baseline(0, 0.0, _spec(default))


def test_then_it_is_the_mean() -> None:
    """Once something is learned, it is the mean reward, the same on both scales."""
    learned = LearnedState(4, 3.0, 1.0)

    assert 3.0 == reward_baseline(learned, _spec(0.0))
    assert (3.0 + 5.0) / 20.0 == pytest.approx(scaled_baseline(4, 4 * 0.4, _spec(0.0)))


def test_it_stays_in_range_whatever_rounding_does() -> None:
    """A mean of rewards at the end of the scale is no further than the end."""
    assert 1.0 == scaled_baseline(3, 3.0000000000000004, _spec(0.0))
