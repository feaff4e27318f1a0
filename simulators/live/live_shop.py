"""The shop of a live run: a portfolio of the service with its catalogue, its scheduler and its feedback pipeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.client import Client
from banditsvc.core.campaign import NO_CONTACT, CampaignType
from banditsvc.core.times import DAY_US
from simulators.engine.purchases import Purchases
from simulators.engine.visit import Visit
from simulators.engine.world_time import start_us
from simulators.live.catalogue import Catalogue
from simulators.live.day_scheduler import Answers, DayScheduler
from simulators.live.live_policy import LivePolicy, learner_of
from simulators.live.world_pipeline import WorldPipeline
from simulators.live.world_settings import portfolio_message
from simulators.runs.contact_limits import Chosen
from simulators.runs.decision_id import occasion
from simulators.runs.service_policy import ServicePolicy
from simulators.worlds.world_spec import WorldSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopPlan:
    """What a shop is to play."""

    world: WorldSpec
    policy: ServicePolicy
    seed: int
    shop_id: str
    """Of its portfolio; an organization of the same id exists."""
    start_us: int
    """The service's time at which day 0 starts."""


class LiveShop:
    """A shop with one portfolio, for one seed of a world."""

    def __init__(self, client: Client, plan: ShopPlan) -> None:
        """Creates the portfolio and puts the policy to work."""
        self._client = client
        self._plan = plan
        self.portfolio_id = plan.shop_id
        client.create_portfolio(portfolio_message(plan.world, plan.shop_id, learner_of(plan.policy)))
        self.catalogue = Catalogue(client, plan.shop_id, plan.start_us - start_us(plan.world))
        self.pipeline = WorldPipeline(client, plan.shop_id, plan.world, plan.seed, plan.start_us)
        self.policy = LivePolicy(client, plan.shop_id, plan.policy.policy)
        self.policy.begin()
        self._scheduler = DayScheduler(client, plan.shop_id)
        self._learned_count = 0
        self._unsubscribing: list[str] = []
        self._files: defaultdict[int, list[str]] = defaultdict(list)
        """By day of the round, the customers of the last file."""
        self.refused = 0
        """Requests for customers who had withdrawn their consent; all were refused."""

    def begin_day(self, day: int) -> int:
        """Posts what is known by now and waits until it is learned; returns how many decisions were."""
        self.pipeline.unsubscribe(self._unsubscribing, day - 1)
        self._unsubscribing = []
        self.pipeline.post(day)
        count = self._client.catch_up(self.portfolio_id).learned_count
        learned, self._learned_count = count - self._learned_count, count
        return learned

    def decide(self, visit: Visit) -> Chosen:
        """Returns what the service chooses for the day's customers.

        Raises:
            SimulationError: It refused a request, or chose something for a customer who has withdrawn consent.
        """
        if self.catalogue.keep(visit.live):
            self.policy.follow(visit.live)
        self._ask_for_gone(visit)
        asked = np.flatnonzero(visit.eligible.mask.any(axis=1))
        found = self.ask(visit, asked).chosen
        shape = visit.eligible.mask.shape
        chosen = Chosen(
            np.full(shape[0], -1, dtype=np.intp), np.ones(shape[0]), np.zeros(shape, np.bool_), np.zeros(shape)
        )
        chosen.column[asked], chosen.probability[asked] = found.column, found.probability
        chosen.mask[asked], chosen.pmf[asked] = found.mask, found.pmf
        return chosen

    def ask(self, visit: Visit, rows: NDArray[np.intp]) -> Answers:
        """Asks for some customers of a visit whom something qualifies. To ask again changes nothing."""
        ids = visit.customer_ids
        return self._scheduler.ask(
            [ids[row] for row in rows.tolist()],
            visit.contexts.take(rows),
            visit.eligible.take(rows),
            occasion(visit.day),
            self._send_time_us(visit.day),
        )

    def end_day(self, opted_out: Sequence[str], purchases: Purchases, customer_ids: list[str]) -> None:
        """Takes in who opted out today and what was bought, each purchase with whose it is."""
        self._unsubscribing = list(opted_out)
        self.pipeline.hold(purchases, customer_ids)

    def _ask_for_gone(self, visit: Visit) -> None:
        """Asks for those of the last file of this turn who are not due any more: they have withdrawn their consent."""
        if self._plan.world.stateless:
            return
        turn, ids = visit.day % self._plan.world.visits.every_days, visit.customer_ids
        due = set(ids)
        gone = [customer_id for customer_id in self._files[turn] if customer_id not in due]
        # What is transactional needs no consent.
        campaign_ids = [
            one.campaign_id
            for one in visit.live.campaigns
            if one.campaign_id != NO_CONTACT and one.type is not CampaignType.TRANSACTIONAL
        ]
        self._files[turn] = ids
        if campaign_ids:
            self._scheduler.ask_for_withdrawn(gone, campaign_ids, occasion(visit.day), self._send_time_us(visit.day))
            self.refused += len(gone)

    def _send_time_us(self, day: int) -> int:
        return self._plan.start_us + day * DAY_US
