"""A history: what was sent to whom and when, and what was ordered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sends:
    """Past sends, by time; all arrays run beside each other."""

    customers: NDArray[np.int64]
    """Number of each customer, the same in the orders."""
    times: Floats
    """Days since 1970, UTC."""
    campaigns: NDArray[np.int64]
    """Place among the campaign ids of the history."""
    costs: Floats
    """NaN where it is not known."""
    probabilities: Floats
    """Chance with which the campaign was drawn; NaN where it was not drawn, or that is not known."""
    numbers: Mapping[str, Floats] = field(default_factory=dict)
    """What the file says of the customer at that time, by name; NaN where it is not known."""
    texts: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)
    """Likewise, empty where it is not known."""

    def __len__(self) -> int:
        """Returns the number of sends."""
        return len(self.times)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Orders:
    """Past orders, by customer and time."""

    customers: NDArray[np.int64]
    times: Floats
    amounts: Floats

    def __len__(self) -> int:
        """Returns the number of orders."""
        return len(self.times)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """All that a rehearsal knows."""

    sends: Sends
    orders: Orders
    campaign_ids: tuple[str, ...]
    categories: tuple[str, ...]
    """Of each campaign, empty where it has none."""
    customer_count: int
    rejected: int = 0
    """Rows of the files that could not be used."""
    rejects: tuple[str, ...] = ()
    """Files that have them, with the reasons."""
    unused: tuple[str, ...] = ()
    """Columns that nothing was taken from."""

    @property
    def first_time(self) -> float:
        """Returns the time of the first send or order."""
        return float(min(self.sends.times.min(initial=np.inf), self.orders.times.min(initial=np.inf)))

    @property
    def last_time(self) -> float:
        """Returns the time of the last send or order."""
        return float(max(self.sends.times.max(initial=-np.inf), self.orders.times.max(initial=-np.inf)))
