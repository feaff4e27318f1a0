"""Columns: what estimators average, a number for each decision of a sample."""

from __future__ import annotations

from collections.abc import Callable

from offline_eval.estimators.sample import Sample
from offline_eval.intervals import Floats

Column = Callable[[Sample], Floats]
"""Gives the numbers of a sample; two of them are the same column where they are equal."""


def weight(sample: Sample) -> Floats:
    """Returns w."""
    return sample.weight


def weighted_reward(sample: Sample) -> Floats:
    """Returns w r."""
    return sample.weight * sample.reward


def modeled_target(sample: Sample) -> Floats:
    """Returns the model's mean reward under the target.

    Raises:
        ValueError: The sample has no modeled rewards.
    """
    return _modeled(sample)[1]


def residual(sample: Sample) -> Floats:
    """Returns the reward less what the model says of the choice.

    Raises:
        ValueError: The sample has no modeled rewards.
    """
    return sample.reward - _modeled(sample)[0]


def weighted_residual(sample: Sample) -> Floats:
    """Returns w times the residual.

    Raises:
        ValueError: The sample has no modeled rewards.
    """
    return sample.weight * residual(sample)


def _modeled(sample: Sample) -> tuple[Floats, Floats]:
    if sample.modeled_choice is None or sample.modeled_target is None:
        raise ValueError("DM and the estimators of the DR family need a reward model: give sample_of one")
    return sample.modeled_choice, sample.modeled_target
