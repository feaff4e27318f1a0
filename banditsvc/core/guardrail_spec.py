"""Guardrail specifications: what turns a portfolio to business as usual by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from banditsvc.core.times import SECOND_US


class Guardrail(IntEnum):
    """What is watched."""

    UNSUBSCRIBE_RATE = 1
    COMPLAINT_RATE = 2
    FALLBACK_SHARE = 3
    ENTROPY = 4
    SILENCE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailSpec:
    """Limits of what is watched; None: not watched."""

    max_unsubscribe_rate: float | None = None
    """Greatest share of the policy's contacts that are followed by an UNSUBSCRIBE, 0 to 1."""
    max_complaint_rate: float | None = None
    """The same of a COMPLAINT."""
    max_fallback_share: float | None = None
    """Greatest share of decisions, of those that the policy was to make, that fell back to business as usual, 0 to 1."""
    min_entropy: float | None = None
    """Least mean entropy of the policy's probabilities, over decisions between two campaigns or more, each divided by the
    logarithm of the number of campaigns: 0 is no exploration at all, 1 an equal draw."""
    max_silence_us: int | None = None
    """Longest time without any outcome and any feed mark, while contacts go out."""
    false_alarm_chance: float = 0.01
    """Chance, for each of the first four, that it ever trips although its limit is kept."""

    def limits(self) -> dict[Guardrail, float]:
        """Returns the limit of each guardrail that has one: a rate, a share, an entropy or seconds."""
        silence = self.max_silence_us
        limits = {
            Guardrail.UNSUBSCRIBE_RATE: self.max_unsubscribe_rate,
            Guardrail.COMPLAINT_RATE: self.max_complaint_rate,
            Guardrail.FALLBACK_SHARE: self.max_fallback_share,
            Guardrail.ENTROPY: self.min_entropy,
            Guardrail.SILENCE: None if silence is None else silence / SECOND_US,
        }
        return {guardrail: limit for guardrail, limit in limits.items() if limit is not None}
