"""A visit: the customers who are decided for on a day, as the world shows them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulators.engine.triggers import qualifies
from simulators.engine.world_time import day_us
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible

if TYPE_CHECKING:
    from simulators.engine.campaign_calendar import LiveCampaigns
    from simulators.engine.world import World


class Visit:
    """Some customers at the start of a day. Everything is worked out when first asked for, and before anything is sent."""

    def __init__(self, world: World, rows: NDArray[np.intp]) -> None:
        self._world = world
        self.rows = rows
        """Which customers, among all of all seeds: rising, so those of the first seed come first."""
        self.day = world.day

    def __len__(self) -> int:
        """Returns the number of customers."""
        return len(self.rows)

    @property
    def live(self) -> LiveCampaigns:
        """Returns the campaigns of the day."""
        return self._world.calendar.live(self.day)

    @cached_property
    def seed_places(self) -> NDArray[np.intp]:
        """Returns the place of each customer's seed among the seeds."""
        return self.rows // self._world.spec.customers

    @property
    def customer_keys(self) -> NDArray[np.uint64]:
        """Returns the key of each customer's draws."""
        return self._world.customers.keys[self.rows]

    @cached_property
    def customer_ids(self) -> list[str]:
        """Returns the id of each customer within its seed."""
        return self._world.customer_ids(self.rows)

    @cached_property
    def contexts(self) -> Contexts:
        """Returns what is known of them."""
        columns = self._world.customers.contexts(self.rows, self.day)
        return Contexts(columns, self.day, day_us(self._world.spec, self.day))

    @cached_property
    def eligible(self) -> Eligible:
        """Returns which live campaigns qualify them. Some may have none."""
        mask = np.ones((len(self.rows), len(self.live.entries)), dtype=np.bool_)
        for column, entry in enumerate(self.live.entries):
            if entry.spec is not None and entry.spec.trigger is not None:
                trigger, category = entry.spec.trigger, entry.spec.category
                mask[:, column] = qualifies(trigger, category, self._world.customers, self.rows, self.day)
        return Eligible(self.live.campaigns, mask)

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Returns the true chance of a response to each live campaign, shape (rows, campaigns)."""
        world = self._world
        return world.responses.probabilities(
            self.live,
            self.contexts.columns,
            customers=world.customers,
            rows=self.rows,
            seed_places=self.seed_places,
            day=self.day,
        )

    @cached_property
    def expected(self) -> NDArray[np.float64]:
        """Returns the true immediate expected reward of each live campaign, shape (rows, campaigns)."""
        world = self._world
        return world.responses.expected(self.live, self.probabilities, world.customers, self.rows, self.day)

    def fix(self) -> None:
        """Works out everything that sending will change: the world does this before it sends."""
        _ = self.contexts, self.eligible, self.expected

    def parts(self, size: int) -> Iterator[Visit]:
        """Yields the same customers in parts of at most so many, which takes less memory.

        Where a seed's customers are parted depends on its own alone, so that sums by part are those of the seed alone.
        """
        if len(self.rows) <= size:
            yield self
            return
        bounds = np.searchsorted(self.seed_places, np.arange(len(self._world.seeds) + 1)).tolist()
        chunks = [
            (start, min(start + size, last)) for first, last in pairwise(bounds) for start in range(first, last, size)
        ]
        begin = 0
        for start, end in chunks:
            # All but the last chunk of a seed are whole, so no two of a seed come together.
            if end - begin > size:
                yield Visit(self._world, self.rows[begin:start])
                begin = start
        yield Visit(self._world, self.rows[begin:])
