"""Reward as the serving side has it: what is posted, and what is answered. Tuples, as they come by the thousand."""

from __future__ import annotations

from typing import NamedTuple

from banditsvc.core.outcome import Outcome, OutcomeStatus


class RewardCall(NamedTuple):
    """One outcome as posted; without an outcome_id one is derived."""

    outcome: Outcome
    currency: str = ""


class RewardAnswer(NamedTuple):
    """What became of an outcome."""

    status: OutcomeStatus
    outcome_id: str
    joined_decision_ids: tuple[str, ...] = ()
