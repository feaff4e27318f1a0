"""The baseline: what is predicted where nothing more is known, so that the model learns differences from it.

A linear model with zero weights predicts 0. Left at that, a campaign of which nothing is known would be predicted at
the least reward, and one that comes late would never be tried. So the model learns each reward less the mean of those
before it, and predictions add the mean of all: what is not known starts as the average.
"""

from __future__ import annotations

from banditsvc.core.decision import LearnedState
from banditsvc.core.portfolio import RewardSpec


def reward_baseline(learned: LearnedState, reward: RewardSpec) -> float:
    """Returns the mean reward learned from, in raw units; the clipped default reward before the first."""
    if learned.learned_count:
        return learned.reward_mean
    return min(max(reward.default, reward.least), reward.greatest)


def scaled_baseline(weight_sum: float, reward_sum: float, reward: RewardSpec) -> float:
    """Returns the same on the scale of learning, in [0, 1], from the sums of the weights and of the scaled rewards."""
    if weight_sum:
        return min(1.0, max(0.0, reward_sum / weight_sum))
    return (reward_baseline(LearnedState(), reward) - reward.least) / (reward.greatest - reward.least)
