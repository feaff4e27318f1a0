"""A policy's run through a service: one seed of a world, day by day, with the frames of a run in process."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banditsvc.client import Client
from simulators.engine.purchases import Purchases
from simulators.engine.visit import Visit
from simulators.engine.world import World
from simulators.live.live_shop import LiveShop, ShopPlan
from simulators.live.settled_rewards import SettledRewards
from simulators.runs.campaign_tally import CampaignTally
from simulators.runs.contact_limits import Chosen
from simulators.runs.daily_tally import DailyTally
from simulators.runs.decision_id import decision_id
from simulators.runs.kept_decisions import KeptDecisions
from simulators.runs.run_frames import RunFrames
from simulators.runs.settling import day_decisions
from simulators.runs.tallied_choices import tallied_choices


class LiveRun:
    """One policy in one world with one seed, decided by a service that is told what a shop would tell it."""

    def __init__(self, client: Client, plan: ShopPlan, *, name: str, days: int, keep_decisions: bool = False) -> None:
        """Sets up the shop; the service's clock stands where day 0 starts."""
        self.world = World(plan.world, [plan.seed])
        self.shop = LiveShop(client, plan)
        self.name = name
        """Of the policy, in the frames."""
        self._daily = DailyTally(self.world, days)
        self._campaigns = CampaignTally(self.world, days)
        self._kept = KeptDecisions(self.world, keep_decisions)
        self._rewards = SettledRewards(client)

    def live_a_day(self) -> None:
        """Plays a day from its midnight, at which the service's clock stands.

        Raises:
            SimulationError: The service answered otherwise than a shop relies on.
            BanditsvcError: A call failed.
        """
        visit = self.begin_day()
        self.send(visit, self.shop.decide(visit))

    def begin_day(self) -> Visit:
        """Tells the service what is known by now, and returns who is to be decided for."""
        day = self.world.day
        learned = self.shop.begin_day(day)
        self._daily.learned(day, np.zeros(learned, dtype=np.intp))
        for settled in self._rewards.settle():
            if settled.reward is not None:
                self._kept.settled(settled.decisions, settled.reward)
        self._daily.begun(day)
        return self.world.begin_day()

    def send(self, visit: Visit, chosen: Chosen) -> None:
        """Sends what was chosen and lets the day pass."""
        world = self.world
        sent = world.send(visit, chosen.column)
        choices = tallied_choices(world, visit, chosen, sent)
        self._daily.decided(visit, chosen, sent, choices)
        self._campaigns.add(visit, choices)
        if self._kept.keeps:
            self._keep(visit, chosen)
        ids, opted_out = visit.customer_ids, np.flatnonzero(sent.has_opted_out).tolist()
        day, purchases = world.day, world.end_day()
        self._daily.bought(day, purchases)
        self.shop.end_day(
            [ids[row] for row in opted_out], purchases, world.customer_ids(purchases.rows, self._days_of(purchases))
        )

    def frames(self) -> RunFrames:
        """Returns what came of the days so far."""
        return RunFrames(
            daily=self._daily.frame(self.name),
            shares=self._campaigns.shares(self.name),
            campaigns=self._campaigns.campaigns(self.name),
            finds=self._campaigns.finds(self.name),
            decisions=self._kept.frame(self.name),
        )

    def _keep(self, visit: Visit, chosen: Chosen) -> None:
        places = np.flatnonzero(chosen.column >= 0)
        decisions = day_decisions(visit, chosen, with_contexts=False)
        ids = visit.customer_ids
        self._rewards.decided(
            decisions, [decision_id(self.shop.portfolio_id, visit.day, ids[place]) for place in places.tolist()]
        )
        self._kept.decided(visit, chosen, decisions)

    def _days_of(self, purchases: Purchases) -> NDArray[np.int32]:
        """Returns the day of the customer of each purchase, which tells customers of a stateless world apart."""
        today = np.full(len(purchases), self.world.day - 1, dtype=np.int32)
        return np.where(purchases.cause_day < 0, today, purchases.cause_day)
