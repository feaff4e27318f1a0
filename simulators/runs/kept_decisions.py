"""Decisions that are kept whole, for whoever wants to look at each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulators.engine.visit import Visit
from simulators.engine.world import World
from simulators.runs.contact_limits import Chosen
from simulators.runs.list_cells import joined_lists
from simulators.runs.run_frames import DECISION_COLUMNS, RUN_KEYS
from simulators.runs.settling import DayDecisions


class KeptDecisions:
    """Gathers the decisions of a run, if they are to be kept."""

    def __init__(self, world: World, keeps: bool) -> None:
        self._world = world
        self.keeps = keeps
        self._parts: list[pd.DataFrame] = []
        self._places: dict[int, list[int]] = {}
        """Parts of each day whose decisions wait for their rewards."""

    def decided(self, visit: Visit, chosen: Chosen, decisions: DayDecisions) -> None:
        """Takes in the decisions for the customers of a visit for whom something was eligible."""
        places = np.flatnonzero(chosen.column >= 0)
        # A part without rows would have columns of other types.
        if not (self.keeps and places.size):
            return
        column = decisions.chosen
        expected = visit.expected[places]
        ids = np.array(visit.customer_ids, dtype=object)
        names = np.array(self._world.customers.segment_names, dtype=object)
        campaigns = np.array([one.campaign_id for one in visit.live.campaigns], dtype=object)
        mask = chosen.mask[places]
        self._places.setdefault(visit.day, []).append(len(self._parts))
        self._parts.append(
            pd.DataFrame(
                {
                    "seed": np.array(self._world.seeds, dtype=np.int64)[decisions.seed_places],
                    "day": visit.day,
                    "customer_id": ids[places],
                    "segment": names[self._world.customers.segment[decisions.rows]],
                    "campaign_id": campaigns[column],
                    "eligible_count": mask.sum(axis=1),
                    "selection_probability": decisions.probability,
                    "expected_reward": expected[np.arange(len(places)), column],
                    "best_expected": np.where(mask, expected, -np.inf).max(axis=1, initial=-np.inf),
                    "reward": np.nan,
                    "eligible_campaigns": joined_lists(np.broadcast_to(campaigns, mask.shape)[mask], mask.sum(axis=1)),
                    "selection_probabilities": joined_lists(chosen.pmf[places][mask], mask.sum(axis=1)),
                }
            )
        )

    def settled(self, decisions: DayDecisions, reward: NDArray[np.float64]) -> None:
        """Takes in the rewards of all decisions of a day, which were taken in before."""
        start = 0
        for place in self._places.pop(decisions.day, []):
            part = self._parts[place]
            part["reward"] = reward[start : start + len(part)]
            start += len(part)

    def frame(self, policy: str) -> pd.DataFrame:
        """Returns all of them, by seed and then in the order in which they were made; empty unless they are kept."""
        if not self._parts:
            return pd.DataFrame()
        joined = pd.concat(self._parts, ignore_index=True).sort_values("seed", kind="stable", ignore_index=True)
        joined.insert(0, "policy", policy)
        joined.insert(0, "world", self._world.spec.name)
        return joined[[*RUN_KEYS, *DECISION_COLUMNS]]
