"""Reward: the number learned from, made of the outcomes that joined a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from banditsvc.core.attribution import JoinedOutcome
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import Measure, RewardSpec, RewardWeight

Gains = tuple[float, ...]
"""What each term adds to the reward of no answer; see gains_of."""


@dataclass(frozen=True, slots=True)
class Reward:
    """The reward of one decision."""

    raw: float
    """Sum of weight x measure, less the cost, in the units of the RewardSpec."""
    clipped: float
    """The same within [least, greatest]."""
    scaled: float
    """The clipped one scaled to [0, 1]: what is learned."""
    was_clipped: bool


def reward_of(joined: Sequence[JoinedOutcome], spec: RewardSpec, is_no_contact: bool) -> Reward:
    """Returns the reward of a decision; the order of joined does not matter, bit for bit.

    Outcomes of types without a weight, and opens and clicks by machines unless the spec includes them, count as if they
    had not joined. Where nothing is left, the spec's default stands for the sum. The cost is not taken off when the
    choice was no contact.
    """
    counted = counted_outcomes(joined, spec)
    total = sum([weight.weight * _measure(weight, counted) for weight in spec.weights]) if counted else spec.default
    raw = total if is_no_contact else total - spec.cost
    clipped = min(max(raw, spec.least), spec.greatest)
    return Reward(raw, clipped, (clipped - spec.least) / (spec.greatest - spec.least), clipped != raw)


def term_count(spec: RewardSpec) -> int:
    """Returns the number of terms of gains_of."""
    return len(spec.weights) + 1


def gains_of(joined: Sequence[JoinedOutcome], spec: RewardSpec, is_no_contact: bool) -> Gains:
    """Returns what each term adds to the scaled reward of a decision that got no answer.

    The terms are the weighted outcome types, in the order of the spec, and last that an answer takes the place of the
    default. They sum to the difference of the two scaled rewards: what clipping cuts off is taken from all alike.
    """
    counted = counted_outcomes(joined, spec)
    if not counted:
        return (0.0,) * term_count(spec)
    parts = [*[weight.weight * _measure(weight, counted) for weight in spec.weights], -spec.default]
    nothing, reward = reward_of((), spec, is_no_contact), reward_of(counted, spec, is_no_contact)
    scale = 1.0 / (spec.greatest - spec.least)
    if nothing.was_clipped or reward.was_clipped:
        whole = reward.raw - nothing.raw
        scale = min(max((reward.scaled - nothing.scaled) / whole, 0.0), scale) if whole else 0.0
    return tuple([scale * part for part in parts])


def counted_outcomes(joined: Sequence[JoinedOutcome], spec: RewardSpec) -> tuple[JoinedOutcome, ...]:
    """Returns by outcome_id the joined outcomes that the reward is made of: with a weight, and not by a machine."""
    if not joined:
        return ()
    counted = [one for one in joined if spec.include_machine or not one.outcome.machine]
    weighed = [one for one in counted if any(_weighs(weight, one) for weight in spec.weights)]
    return tuple(sorted(weighed, key=lambda one: one.outcome.outcome_id))


def _weighs(weight: RewardWeight, joined: JoinedOutcome) -> bool:
    outcome = joined.outcome
    same_name = weight.type is not OutcomeType.CUSTOM or weight.custom_type == outcome.custom_type
    return weight.type is outcome.type and same_name


def _measure(weight: RewardWeight, counted: Sequence[JoinedOutcome]) -> float:
    mine = [one for one in counted if _weighs(weight, one)]
    if weight.measure is Measure.AMOUNT:
        return sum([one.share * one.amount for one in mine])
    count = sum([one.share for one in mine])
    # A share of one outcome is a share of "at least one".
    return min(count, 1.0) if weight.measure is Measure.ANY else count
