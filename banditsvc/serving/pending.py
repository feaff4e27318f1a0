"""Writes that are on their way to the log, so that a repeat that comes meanwhile waits for the first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from banditsvc.core.activation import Activation
from banditsvc.core.decision import Decision
from banditsvc.core.outcome import Outcome
from banditsvc.ports import Recorded


@dataclass(frozen=True, slots=True)
class Pending:
    """One per serving process, shared by Rank, Activate and Reward."""

    decisions: dict[str, asyncio.Future[Recorded[Decision]]] = field(default_factory=dict)
    """By decision_id."""
    activations: dict[str, asyncio.Future[Recorded[Activation]]] = field(default_factory=dict)
    """By decision_id."""
    outcomes: dict[tuple[str, str], list[tuple[Outcome, asyncio.Future[None]]]] = field(default_factory=dict)
    """By portfolio_id and outcome_id, in the order in which they came."""
