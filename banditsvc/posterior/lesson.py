"""Lesson: what is learned from a decision, at whatever age."""

from __future__ import annotations

from typing import NamedTuple

from banditsvc.core.encoded import EncodedCampaign, EncodedContext


class Lesson(NamedTuple):
    """A decision as the learner sees it, the same at every age."""

    context: EncodedContext
    campaign: EncodedCampaign
    nothing: float
    """Scaled reward if nobody answers."""
    weight: float = 1.0
    """How much it counts beside others."""
    send_time_us: int = 0
