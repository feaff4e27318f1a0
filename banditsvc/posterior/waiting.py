"""Waiting: decisions that the statistics do not have yet."""

from __future__ import annotations

import msgspec

from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.posterior.provisional import Entry

MOST_WAITING = 1024
_GREATEST_VALUE = 1e18


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A decision that waits, with its final reward or with what comes to a checkpoint or leaves it."""

    context: EncodedContext
    campaign: EncodedCampaign
    reward: float = 0.0
    """Final; likewise its weight and gains."""
    weight: float = 0.0
    gains: tuple[tuple[float, ...] | None, ...] = ()
    entry: Entry | None = None
    """In place of a final reward."""


def check_context(context: EncodedContext) -> None:
    """Checks that a context can be learned.

    Raises:
        ValueError: A value is not finite, or beyond all measure.
    """
    # NaN fails the comparison too.
    if not sum(map(abs, memoryview(context.packed_values).cast("d"))) <= _GREATEST_VALUE:
        raise ValueError("a feature value is not finite, or beyond all measure")
