"""Purchases: what customers bought, as arrays, and when the feedback pipeline tells of it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

NEVER = np.iinfo(np.int32).max
"""Stands for a day that does not come."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Purchases:
    """Purchases by customer, and of one customer what contacts caused before what is organic; arrays of one length."""

    rows: NDArray[np.intp]
    """Which customer, among all of all seeds."""
    time: NDArray[np.float64]
    """Day, with its fraction, on which it was made."""
    amount: NDArray[np.float64]
    """What was paid, in the world's currency, to the cent."""
    cause_day: NDArray[np.int32]
    """Day of the contact that caused it, or of the visit that it follows without contact; -1 for other organic ones."""
    cause_campaign: NDArray[np.int32]
    """Its campaign's place in the calendar; -1 for organic ones."""
    is_refunded: NDArray[np.bool_]
    arrival: NDArray[np.int32]
    """Day on which the feed delivers it; NEVER where it is lost."""
    is_duplicated: NDArray[np.bool_]
    """Whether it is delivered once more, a file later."""
    first_amount: NDArray[np.float64]
    """Amount as first delivered; another than `amount` where it is revised."""
    revision_arrival: NDArray[np.int32]
    """Day on which the right amount is delivered; NEVER where the first one is right."""
    refund_arrival: NDArray[np.int32]
    """Day on which the refund is delivered; NEVER without one."""

    def __len__(self) -> int:
        """Returns the number of purchases."""
        return len(self.rows)

    @property
    def is_organic(self) -> NDArray[np.bool_]:
        """Returns whether no contact caused it."""
        return self.cause_campaign < 0

    @property
    def net(self) -> NDArray[np.float64]:
        """Returns what it earned in the end: nothing where it was refunded."""
        return np.where(self.is_refunded, 0.0, self.amount)

    def known_amount(self, day: int) -> NDArray[np.float64]:
        """Returns the amount, less the refund, as delivered up to and including a day; see `arrival`."""
        stated = np.where(self.revision_arrival <= day, self.amount, self.first_amount)
        return np.where(self.refund_arrival <= day, 0.0, stated)

    def outcome_ids(self, customer_ids: list[str]) -> list[str]:
        """Returns an id for each, which sorts within a customer as they stand here.

        Args:
            customer_ids: Of each purchase.
        """
        return [
            f"{day:05d}-{customer_id}-{int(organic)}"
            for day, customer_id, organic in zip(
                self.time.astype(np.int64).tolist(), customer_ids, self.is_organic.tolist(), strict=True
            )
        ]

    def where(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Purchases:
        """Returns some of them, by whether or by which."""
        return Purchases(**{one.name: getattr(self, one.name)[which] for one in fields(self)})


def joined_purchases(parts: list[Purchases]) -> Purchases:
    """Returns several parts as one, in their order; at least one."""
    if len(parts) == 1:
        return parts[0]
    return Purchases(
        **{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Purchases)}
    )
