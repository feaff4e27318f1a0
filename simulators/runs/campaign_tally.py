"""The tally of campaigns: who got which, by week and segment, and how often the best was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulators.engine.visit import Visit
from simulators.engine.world import World
from simulators.runs.keyed_frame import keyed_frame
from simulators.runs.run_frames import CAMPAIGN_COLUMNS, FIND_COLUMNS, SHARE_COLUMNS
from simulators.runs.seed_sums import add_at
from simulators.runs.tallied_choices import TalliedChoices
from simulators.worlds.campaign_span import DAYS_A_WEEK


class CampaignTally:
    """Adds up the choices of one policy's run, for each of its seeds."""

    def __init__(self, world: World, days: int) -> None:
        self._world = world
        seeds, campaigns = len(world.seeds), len(world.calendar.entries)
        self._segments = len(world.spec.population.segments)
        by_week = (-(-days // DAYS_A_WEEK), seeds, self._segments, campaigns)
        self._shares = {name: np.zeros(by_week) for name in ("decisions", "eligible", "expected_reward")}
        self._finds = {name: np.zeros((days, seeds, campaigns)) for name in ("best_for", "best_and_chosen")}
        self._responses = np.zeros((seeds, campaigns))
        self._equal_draw = np.zeros((seeds, campaigns))
        self._first = np.full((seeds, campaigns), -1, dtype=np.int64)
        self._last = np.full((seeds, campaigns), -1, dtype=np.int64)

    def add(self, visit: Visit, choices: TalliedChoices) -> None:
        """Takes in choices of a day."""
        campaigns = len(self._world.calendar.entries)
        live, places = visit.live.places, choices.seed_places
        self._add_shares(visit.day, live, choices)
        chosen = live[choices.column]
        add_at(self._responses, places * campaigns + chosen, choices.has_responded)
        best, is_better = live[choices.best], choices.is_better
        cells = (places * campaigns + best)[is_better]
        add_at(self._finds["best_for"][visit.day], cells)
        add_at(self._finds["best_and_chosen"][visit.day], cells, (chosen == best)[is_better])

    def _add_shares(self, day: int, live: NDArray[np.intp], choices: TalliedChoices) -> None:
        week, seeds, width = day // DAYS_A_WEEK, len(self._world.seeds), len(live)
        cell = choices.seed_places * self._segments + choices.segment
        shape = (seeds, self._segments, width)
        counts, sums, eligible, equal = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros((seeds, width))
        add_at(counts, cell * width + choices.column)
        add_at(sums, cell * width + choices.column, choices.expected)
        part = 1.0 / np.add.reduce(choices.mask, axis=1)
        for column, of_one in enumerate(choices.mask.T):
            add_at(eligible, cell[of_one] * width + column)
            add_at(equal, choices.seed_places[of_one] * width + column, part[of_one])
        for name, found in (("decisions", counts), ("expected_reward", sums), ("eligible", eligible)):
            self._shares[name][week][:, :, live] += found
        self._equal_draw[:, live] += equal
        seed, which = np.nonzero(eligible.sum(axis=1))
        self._last[seed, live[which]] = day
        first = self._first[seed, live[which]]
        self._first[seed, live[which]] = np.where(first < 0, day, first)

    def shares(self, policy: str) -> pd.DataFrame:
        """Returns the shares, by seed, week, segment and campaign; only of campaigns that were eligible."""
        seed, week, segment, campaign = np.nonzero(self._shares["eligible"].transpose(1, 0, 2, 3))
        picked = {name: table[week, seed, segment, campaign] for name, table in self._shares.items()}
        columns = {
            "week": week,
            "segment": _texts(list(self._world.spec.population.segments))[segment],
            **self._names(campaign),
            "decisions": picked["decisions"].astype(np.int64),
            "eligible": picked["eligible"].astype(np.int64),
            "expected_reward": picked["expected_reward"],
        }
        return self._frame(policy, seed, {name: columns[name] for name in SHARE_COLUMNS})

    def campaigns(self, policy: str) -> pd.DataFrame:
        """Returns the campaigns that were eligible for somebody, by seed and campaign."""
        seed, campaign = np.nonzero(self._first >= 0)
        counts = {
            "eligible": self._shares["eligible"].sum(axis=(0, 2)),
            "decisions": self._shares["decisions"].sum(axis=(0, 2)),
            "responses": self._responses,
            "best_for": self._finds["best_for"].sum(axis=0),
            "best_and_chosen": self._finds["best_and_chosen"].sum(axis=0),
        }
        columns: dict[str, NDArray[Any]] = {
            **self._names(campaign),
            "start_day": np.array([one.first_day for one in self._world.calendar.entries])[campaign],
            "first_day": self._first[seed, campaign],
            "last_day": self._last[seed, campaign],
            "equal_draw": self._equal_draw[seed, campaign],
            **{name: table[seed, campaign].astype(np.int64) for name, table in counts.items()},
        }
        return self._frame(policy, seed, {name: columns[name] for name in CAMPAIGN_COLUMNS})

    def finds(self, policy: str) -> pd.DataFrame:
        """Returns for whom each campaign would have been the best, by seed, day and campaign."""
        seed, day, campaign = np.nonzero(self._finds["best_for"].transpose(1, 0, 2))
        columns = {
            "day": day,
            "campaign_id": self._names(campaign)["campaign_id"],
            **{name: table[day, seed, campaign].astype(np.int64) for name, table in self._finds.items()},
        }
        return self._frame(policy, seed, {name: columns[name] for name in FIND_COLUMNS})

    def _names(self, campaign: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        entries = self._world.calendar.entries
        return {
            "campaign_id": _texts([one.campaign.campaign_id for one in entries])[campaign],
            "family": _texts([one.campaign.family for one in entries])[campaign],
        }

    def _frame(self, policy: str, seed: NDArray[np.intp], columns: dict[str, NDArray[Any]]) -> pd.DataFrame:
        return keyed_frame(self._world, policy, seed, columns)


def _texts(names: Sequence[str]) -> NDArray[np.object_]:
    return np.array(list(names), dtype=object)
