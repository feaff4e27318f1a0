"""What happens to purchases besides being made: refunds, and what the feedback pipeline makes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.engine.feed_calendar import arrival_day
from simulators.engine.keyed_draws import Stream, uniform
from simulators.engine.purchases import NEVER, Purchases
from simulators.worlds.world_spec import WorldSpec

WRONG_AMOUNT = 1.5
"""What a purchase that is revised is first said to be worth, as a multiple."""


def happened(
    spec: WorldSpec,
    keys: NDArray[np.uint64],
    rows: NDArray[np.intp],
    day: int,
    *,
    time: NDArray[np.float64],
    amount: NDArray[np.float64],
    cause_day: NDArray[np.int32],
    cause_campaign: NDArray[np.int32],
) -> Purchases:
    """Returns the purchases of a day, of one customer at most one organic and one caused, with all that comes of them.

    Args:
        spec: The world.
        keys: Keys of all customers.
        rows: Which customers.
        day: The day.
        time: See Purchases; likewise the others.
        amount: What was paid.
        cause_day: Day of the contact that caused it.
        cause_campaign: Its campaign.
    """
    faults, feed = spec.faults, spec.feed
    # An organic purchase and one that was caused have draws of their own.
    own = keys[rows] ^ (cause_campaign < 0).astype(np.uint64)
    is_refunded = uniform(own, Stream.REFUNDED, day) < faults.refunded_share
    is_lost = uniform(own, Stream.LOST, day) < faults.lost_share
    is_revised = (uniform(own, Stream.REVISED, day) < faults.revised_share) & ~is_lost
    arrival = np.where(is_lost, NEVER, arrival_day(feed, time))
    return Purchases(
        rows=rows,
        time=time,
        amount=amount,
        cause_day=cause_day,
        cause_campaign=cause_campaign,
        is_refunded=is_refunded,
        arrival=arrival,
        is_duplicated=(uniform(own, Stream.DUPLICATED, day) < faults.duplicated_share) & ~is_lost,
        first_amount=np.where(is_revised, np.round(WRONG_AMOUNT * amount, 2), amount),
        revision_arrival=np.where(is_revised, arrival_day(feed, time + faults.revised_days), NEVER),
        refund_arrival=np.where(is_refunded & ~is_lost, arrival_day(feed, time + faults.refunded_days), NEVER),
    )
