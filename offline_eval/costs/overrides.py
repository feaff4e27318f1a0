"""What overrides did: pins and campaigns that callers forced."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.choices import Choices, Flags
from offline_eval.intervals import IntervalSpec
from offline_eval.value import VALUE_INTERVAL, Estimate, weighted_value

NOT_ESTIMATED = "cannot be estimated: nothing else had a chance, so there is nothing to compare with"
"""What forced decisions cost. Other decisions for the same segment are no control: whoever forces a campaign, or pins it to
an audience, does so for customers who differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Forced decisions of one reason."""

    reason: str
    """The caller's, or `pin:` with the pin's name."""
    decisions: int
    customers: int
    refused: int
    """Decisions in which a hard limit refused what was forced, so that nothing went out."""
    mean_reward: Estimate
    """Of those whose reward is known: what was got, not what it cost."""


def overrides(choices: Choices, spec: IntervalSpec = VALUE_INTERVAL) -> tuple[Override, ...]:
    """Returns the overrides by reason, those with the most decisions first."""
    forced = choices.decided_by.is_name("FORCED")
    reasons = choices.force_reason
    found = [
        _override(choices, reasons.names[code], forced & (reasons.codes == code), spec)
        for code in np.unique(reasons.codes[forced]).tolist()
    ]
    return tuple(sorted(found, key=lambda one: (-one.decisions, one.reason)))


def _override(choices: Choices, reason: str, chosen: Flags, spec: IntervalSpec) -> Override:
    own = choices.where(chosen)
    known = own.where(own.is_chosen & own.is_mature)
    ones = np.ones(len(known))
    return Override(
        reason=reason,
        decisions=len(own),
        customers=len(np.unique(own.customer)),
        refused=int((~own.is_chosen).sum()),
        mean_reward=weighted_value(ones, known.reward, known.customer, decisions=len(known), spec=spec),
    )
