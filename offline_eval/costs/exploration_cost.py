"""What exploration cost: what would have been gained had the model's best always been chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.choices import Choices
from offline_eval.intervals import IntervalSpec
from offline_eval.value import VALUE_INTERVAL, Estimate, weighted_gain


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorationCost:
    """Exploration by the policy, for customers whom it optimizes."""

    decisions: int
    """In which a model predicted, whether their reward is known or not."""
    explored: int
    """Decisions in which something else than the model's best was chosen."""
    without_chance: int
    """Further decisions, left out everywhere, in which the policy gave the model's best no chance, because it does not go
    by the model."""
    mature: int
    """Decisions whose reward is known: the estimate is about these."""
    gain: Estimate
    """Reward per decision, had the best by predicted reward, weighted by the levers, always been chosen, less what was
    got. Below 0: exploring brought more than the model's best would have."""
    predicted_gain: float
    """The same per decision by the model's own word, over all the decisions: predicted reward of its best less the mean of
    the predicted rewards by the probabilities. No estimate from outcomes, and so without interval; NaN without any."""

    @property
    def explored_share(self) -> float:
        """Returns the share of the decisions that explored; NaN where there are none."""
        return self.explored / self.decisions if self.decisions else np.nan

    @property
    def predicted_total(self) -> float:
        """Returns the predicted gain over all the decisions together."""
        return self.predicted_gain * self.decisions


def exploration_cost(choices: Choices, spec: IntervalSpec = VALUE_INTERVAL) -> ExplorationCost:
    """Returns what exploration cost in some decisions.

    By inverse probability weighting: a decision whose choice was among the best counts 1 / probability of the best, any
    other 0, so ties need no rule of their own.
    """
    without_chance = choices.is_of_policy & (choices.best.probability == 0.0)
    own = choices.where(choices.is_of_policy & (choices.best.probability > 0.0))
    known = own.where(own.is_mature)
    weights = np.where(known.best.was_chosen, 1.0 / known.best.probability, 0.0)
    return ExplorationCost(
        decisions=len(own),
        explored=int((~own.best.was_chosen).sum()),
        without_chance=int(without_chance.sum()),
        mature=len(known),
        gain=weighted_gain(weights, np.ones(len(known)), known.reward, known.customer, spec),
        predicted_gain=float((own.best.predicted - own.expected_predicted).mean()) if len(own) else np.nan,
    )
