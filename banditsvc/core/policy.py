"""Policies: how predicted rewards become selection probabilities, versioned and immutable."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.exploration import Exploration, SquareCB


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a portfolio's exploration settings. It names no learner's arguments."""

    portfolio_id: str
    policy_version: int = 0
    exploration: Exploration = SquareCB()
    floor: float = 0.0
    """Share spread evenly over the eligible campaigns: each has at least floor / K."""
    description: str = ""
