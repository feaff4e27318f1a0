"""What levers cost: what would have been gained had the model's best been judged without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.choices import Best, Choices
from offline_eval.intervals import Floats, IntervalSpec
from offline_eval.value import VALUE_INTERVAL, Estimate, weighted_gain


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverCost:
    """Levers in decisions of the policy, for customers whom it optimizes."""

    decisions: int
    """In which some eligible campaign had a lever, whether their reward is known or not."""
    mature: int
    """Decisions whose reward is known: the estimate is about these."""
    gain: Estimate
    """Reward per decision of the best by predicted reward alone, less that of the best weighted by the levers. Below 0:
    the levers brought more."""
    predicted_gain: float
    """The same per decision by the model's own word, over all the decisions. No estimate from outcomes, and so without
    interval; NaN where there are no decisions."""


def lever_cost(choices: Choices, spec: IntervalSpec = VALUE_INTERVAL) -> LeverCost:
    """Returns what levers cost in some decisions, by inverse probability weighting.

    Decisions in which one of the two bests had no chance are left out.
    """
    has_chance = (choices.best.probability > 0.0) & (choices.best_unlevered.probability > 0.0)
    own = choices.where(choices.is_of_policy & choices.has_levers & has_chance)
    known = own.where(own.is_mature)
    weights, base = _weights(known.best_unlevered), _weights(known.best)
    return LeverCost(
        decisions=len(own),
        mature=len(known),
        gain=weighted_gain(weights, base, known.reward, known.customer, spec),
        predicted_gain=float((own.best_unlevered.predicted - own.best.predicted).mean()) if len(own) else np.nan,
    )


def _weights(best: Best) -> Floats:
    return np.where(best.was_chosen, 1.0 / best.probability, 0.0)
