"""Phases: who decides for the customers who are optimized, from the first day of a portfolio to the policy at work.

A person moves a portfolio on, by its settings; nothing here does it by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Phase(IntEnum):
    """How far a portfolio has come; the numbers are those of the proto file."""

    OBSERVE = 1
    """Business as usual decides, and is learned from."""
    RANDOM_SHARE = 2
    """A stated share is drawn equally among the eligible campaigns, business as usual decides the rest."""
    POLICY = 3
    """The deployed policy decides."""


DEFAULT_RANDOM_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSpec:
    """The phase, and what goes with it."""

    phase: Phase = Phase.POLICY
    random_share: float = DEFAULT_RANDOM_SHARE
    """In RANDOM_SHARE the probability of an equal draw, above 0 and at most 1."""
