"""The daily tally: what the daily frame is made of, added up for each seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulators.engine.purchases import Purchases
from simulators.engine.visit import Visit
from simulators.engine.world import Sent, World
from simulators.runs.contact_limits import Chosen
from simulators.runs.keyed_frame import keyed_frame
from simulators.runs.run_frames import DAILY_COLUMNS
from simulators.runs.seed_sums import Values, add_at
from simulators.runs.tallied_choices import TalliedChoices

_COUNTS = frozenset(
    ["new_customers", "decisions", "no_eligible", "contacts", "responses", "orders", "opt_outs", "learned"]
)


class DailyTally:
    """Adds up one policy's run in a world."""

    def __init__(self, world: World, days: int) -> None:
        self._world = world
        self._days = days
        self._sums = {name: np.zeros((days, len(world.seeds))) for name in DAILY_COLUMNS if name != "day"}

    def begun(self, day: int) -> None:
        """Takes in that a day has begun."""
        if day == 0 or self._world.spec.stateless:
            self._sums["new_customers"][day] = self._world.spec.customers

    def decided(self, visit: Visit, chosen: Chosen, sent: Sent, choices: TalliedChoices) -> None:
        """Takes in what was decided for and sent to some customers of a day."""
        places, day = visit.seed_places, visit.day
        self._add(day, "decisions", places)
        self._add(day, "no_eligible", places, chosen.column < 0)
        self._add(day, "contacts", places, sent.is_contact)
        self._add(day, "responses", places, sent.has_responded)
        self._add(day, "opt_outs", places, sent.has_opted_out)
        costs = np.array([*[entry.campaign.cost for entry in visit.live.entries], 0.0])
        self._add(day, "contact_cost", places, costs[chosen.column])
        self._add(day, "explored", choices.seed_places, 1.0 - choices.greatest)
        self._add(day, "expected_reward", choices.seed_places, choices.expected)
        self._add(day, "expected_policy", choices.seed_places, choices.of_pmf)
        self._add(day, "likeliest_expected", choices.seed_places, choices.likeliest)
        self._add(day, "best_expected", choices.seed_places, choices.best_expected)

    def learned(self, day: int, seed_places: NDArray[np.intp]) -> None:
        """Takes in that decisions were learned on a day: the seed of each."""
        self._add(day, "learned", seed_places)

    def bought(self, day: int, purchases: Purchases) -> None:
        """Takes in what was bought on a day."""
        places = purchases.rows // self._world.spec.customers
        self._add(day, "orders", places)
        self._add(day, "revenue", places, purchases.net)
        self._add(day, "squared_revenue", places, purchases.net**2)
        self._add(day, "organic_revenue", places, np.where(purchases.is_organic, purchases.net, 0.0))

    def _add(self, day: int, name: str, places: NDArray[np.intp], values: Values | None = None) -> None:
        add_at(self._sums[name][day], places, values)

    def frame(self, policy: str) -> pd.DataFrame:
        """Returns the daily frame, by seed and then by day."""
        seeds = len(self._world.seeds)
        self._sums["profit"][:] = self._world.spec.margin * self._sums["revenue"] - self._sums["contact_cost"]
        columns: dict[str, NDArray[Any]] = {"day": np.tile(np.arange(self._days), seeds)}
        for name in DAILY_COLUMNS[1:]:
            flat = self._sums[name].T.ravel()
            columns[name] = np.rint(flat).astype(np.int64) if name in _COUNTS else flat
        return keyed_frame(self._world, policy, np.repeat(np.arange(seeds), self._days), columns)
