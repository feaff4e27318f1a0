"""Choices: what evaluation needs of the decisions in a log, as columns of numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from offline_eval.choices.coding import Coded, Codes
from offline_eval.intervals import Floats

Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

EVALUATED_DECIDERS = ("POLICY", "UNIFORM_RANDOM", "RANDOM_SHARE", "HISTORICAL")
"""Who decided by probabilities that give the campaigns a chance; the others decide by rule, or not by choice."""
UNKNOWN = "(unknown)"
"""Segment and lifecycle stage of customers of whom it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """Which families were eligible in which decision: one row for each pair, in the order of the decisions."""

    decision: Integers
    """Place of the decision."""
    family: Codes
    probability: Floats
    """selection_probability of the family: the sum over its campaigns and treatments."""
    predicted: Floats
    """Predicted reward, in reward units: the mean over its entries by their probabilities; NaN without a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Which rules and caps rejected a campaign in which decision: one row for each pair of decision and rule."""

    decision: Integers
    rule: Coded
    """Stage and name of the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """What the model thought best in each decision, in one way of comparing campaigns. NaN without a model.

    Several entries that tie are one best set.
    """

    probability: Floats
    """Chance that one of the best was chosen."""
    was_chosen: Flags
    predicted: Floats
    """Predicted reward of the best set, in reward units: the mean over it by the probabilities."""

    def where(self, chosen: Flags) -> Best:
        """Returns the chosen decisions."""
        return Best(
            probability=self.probability[chosen],
            was_chosen=self.was_chosen[chosen],
            predicted=self.predicted[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Decisions in log order, no tests and no excluded ones among them; arrays have an entry for each decision unless they say otherwise."""

    families: tuple[str, ...]
    """Names of the families, by code; a campaign without one is a family of its own."""
    record_time_us: Integers
    customer: Codes
    segment: Coded
    lifecycle_stage: Coded
    result: Coded
    decided_by: Coded
    group: Coded
    force_reason: Coded
    """Empty where nothing was forced."""
    family: Codes
    """Of what was chosen; -1 where nothing was."""
    family_probability: Floats
    """selection_probability of the chosen family; NaN where nothing was chosen."""
    campaign: Coded
    """What was chosen; the code is -1 where nothing was."""
    campaign_probability: Floats
    """selection_probability of the chosen campaign: the sum over its treatments; NaN where nothing was chosen."""
    campaign_predicted: Floats
    """Predicted reward of what was chosen, in reward units; NaN where nothing was, or without a model."""
    explored: Flags
    has_window: Flags
    """Whether there is an outcome window: false for what was not sent."""
    is_mature: Flags
    """Whether the window is over and its feeds are complete, so that the reward is known."""
    start_time_us: Integers
    """When the outcome window begins, mostly the sending, for those that have one."""
    due_time_us: Integers
    """When the decision was settled, for those that are mature."""
    reward: Floats
    """As known now, in reward units; NaN where it is not known."""
    expected_predicted: Floats
    """Mean of the predicted rewards by the probabilities; NaN without a model."""
    best: Best
    """By predicted rewards weighted with the levers, less the prices, as exploration compares them."""
    best_unlevered: Best
    """By predicted rewards less the prices, without levers."""
    has_levers: Flags
    offers: Offers
    losses: Losses
    tests: int = 0
    """How many decisions were left out because they are tests."""
    unknown_probability: int = 0
    """How many were left out because they are history of which the probabilities are not known."""
    excluded: int = 0
    """How many were left out because an exclusion covers them."""

    def __len__(self) -> int:
        """Returns the number of decisions."""
        return len(self.record_time_us)

    @property
    def is_chosen(self) -> Flags:
        """Returns whether something was chosen, no contact included."""
        return self.family >= 0

    @property
    def is_evaluated(self) -> Flags:
        """Returns whether a decision may be evaluated by its probabilities: by whom it was decided, and that its
        reward is known.
        """
        return self.is_chosen & self.decided_by.is_name(*EVALUATED_DECIDERS) & self.is_mature

    @property
    def is_of_policy(self) -> Flags:
        """Returns whether the policy chose for a customer whom it optimizes."""
        return self.is_chosen & self.decided_by.is_name("POLICY") & self.group.is_name("OPTIMIZED")

    def where(self, chosen: Flags) -> Choices:
        """Returns the chosen decisions; customers and names keep their numbers."""
        place = np.cumsum(chosen) - 1
        offers, losses = chosen[self.offers.decision], chosen[self.losses.decision]
        changed: dict[str, object] = {
            "offers": Offers(
                decision=place[self.offers.decision[offers]],
                family=self.offers.family[offers],
                probability=self.offers.probability[offers],
                predicted=self.offers.predicted[offers],
            ),
            "losses": Losses(decision=place[self.losses.decision[losses]], rule=self.losses.rule.where(losses)),
        }
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                changed[field.name] = value[chosen]
            elif isinstance(value, Coded | Best):
                changed[field.name] = value.where(chosen)
        return replace(self, **changed)  # type: ignore[arg-type]  # of each field's own type

    def between(self, since_us: int | None, until_us: int | None) -> Choices:
        """Returns the decisions recorded at since <= time < until; None is no end."""
        chosen = np.ones(len(self), dtype=np.bool_)
        if since_us is not None:
            chosen &= self.record_time_us >= since_us
        if until_us is not None:
            chosen &= self.record_time_us < until_us
        return self.where(chosen)
