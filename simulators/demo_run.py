"""The demo's course: some weeks of the small shop, by real Rank, Activate and Reward calls, a batch a day."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from banditsvc.client import Client
from banditsvc.core.times import DAY_US
from banditsvc.v1.outcome_pb2 import Outcome, OutcomeType
from banditsvc.v1.policy_pb2 import FixedPriority, Policy
from banditsvc.v1.portfolio_pb2 import Feed, Measure, Portfolio, RewardSpec, RewardWeight, SettleSpec
from banditsvc.v1.ranking_pb2 import RankRequest
from simulators.demo_shop import CAMPAIGNS, RESPONSE, SEGMENTS, Customer, campaigns, customers_of_day, expected_orders
from simulators.feedback_pipeline import FeedbackPipeline
from simulators.scheduler import activate_batch, rank_batch
from simulators.shop_setup import set_up_shop
from simulators.simulated_time import next_midnight_us, timestamp

DAYS_A_WEEK = 7
_LONGEST_DELAY_US = 2 * DAY_US


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSettings:
    """How long the demo runs."""

    weeks: int = 8
    customers_a_day: int = 300
    seed: int = 1


@dataclass(slots=True, kw_only=True)
class Week:
    """What one way of deciding did in a week."""

    counts: NDArray[np.int64]
    """Customers by segment and campaign."""
    expected: float = 0.0
    """Orders that the true chances promise for what was chosen."""
    orders: int = 0
    """Orders that came."""

    @property
    def customers(self) -> int:
        """Returns how many were decided for."""
        return int(self.counts.sum())

    @property
    def expected_rate(self) -> float:
        """Returns the expected orders per customer."""
        return self.expected / self.customers if self.customers else 0.0


@dataclass(slots=True, kw_only=True)
class DemoState:
    """Everything that is shown, after each day."""

    settings: DemoSettings
    learned: list[Week]
    """Weeks so far of the portfolio that learns, the present one last."""
    fixed: list[Week]
    """The same of the portfolio that keeps the fixed order."""
    days_over: int = 0
    learned_count: int = 0
    """Decisions that the model has learned from."""


class _ShopPortfolio:
    """One way of deciding for the shop's customers: a portfolio of the service."""

    def __init__(self, client: Client, name: str, policy: Policy | None, seed: int) -> None:
        self._client = client
        self.portfolio_id = f"demo-{name}-{uuid.uuid4().hex[:8]}"
        feed = Feed(type=OutcomeType.OUTCOME_TYPE_CONVERSION)
        self._pipeline = FeedbackPipeline(client, self.portfolio_id, feed)
        self._delays = np.random.default_rng([seed, 7])
        set_up_shop(client, _portfolio(self.portfolio_id, feed), campaigns(), policy)

    def live_a_day(self, customers: list[Customer], now_us: int, week: Week) -> int:
        """Posts what has happened, decides for today's customers, and returns how many decisions are learned."""
        self._pipeline.post(now_us)
        learned_count = self._client.catch_up(self.portfolio_id).learned_count
        decisions = rank_batch(self._client, [self._request(customer, now_us) for customer in customers])
        activate_batch(self._client, decisions, [True] * len(decisions), now_us)
        segments = np.array([customer.segment for customer in customers])
        chosen = np.array([CAMPAIGNS.index(decision.campaign_id) for decision in decisions])
        np.add.at(week.counts, (segments, chosen), 1)
        week.expected += expected_orders(segments, chosen)
        for customer, campaign in zip(customers, chosen.tolist(), strict=True):
            if customer.luck < RESPONSE[customer.segment, campaign]:
                week.orders += 1
                self._expect_order(customer, now_us)
        return learned_count

    def _request(self, customer: Customer, now_us: int) -> RankRequest:
        return RankRequest(
            portfolio_id=self.portfolio_id,
            customer_id=customer.customer_id,
            context=customer.context,
            occasion="daily",
            send_time=timestamp(now_us),
            channel="email",
            defer_activation=True,
        )

    def _expect_order(self, customer: Customer, now_us: int) -> None:
        order = Outcome(type=OutcomeType.OUTCOME_TYPE_CONVERSION, customer_id=customer.customer_id)
        delay_us, twice = int(self._delays.integers(0, _LONGEST_DELAY_US)), bool(self._delays.random() < 0.1)
        self._pipeline.hold(order, now_us, delay_us, twice)


def run_demo(client: Client, settings: DemoSettings) -> Iterator[DemoState]:
    """Yields the state after each day; it is one object that changes.

    Raises:
        SimulationError: The service refused something.
        BanditsvcError: A call failed.
    """
    learning = _ShopPortfolio(client, "learned", None, settings.seed)
    keeping = _ShopPortfolio(client, "fixed", Policy(fixed_priority=FixedPriority()), settings.seed)
    start_us = next_midnight_us(client, learning.portfolio_id)
    state = DemoState(settings=settings, learned=[], fixed=[])
    for day in range(settings.weeks * DAYS_A_WEEK):
        if day % DAYS_A_WEEK == 0:
            state.learned.append(_new_week())
            state.fixed.append(_new_week())
        now_us = start_us + day * DAY_US
        client.set_time(timestamp(now_us))
        customers = customers_of_day(day, settings.customers_a_day, settings.seed)
        state.learned_count = learning.live_a_day(customers, now_us, state.learned[-1])
        keeping.live_a_day(customers, now_us, state.fixed[-1])
        state.days_over = day + 1
        yield state


def _new_week() -> Week:
    return Week(counts=np.zeros((len(SEGMENTS), len(CAMPAIGNS)), dtype=np.int64))


def _portfolio(portfolio_id: str, feed: Feed) -> Portfolio:
    weight = RewardWeight(type=feed.type, measure=Measure.MEASURE_ANY, weight=1.0)
    spec = RewardSpec(weights=[weight], least_reward=0.0, greatest_reward=1.0)
    spec.outcome_window.FromTimedelta(timedelta(days=3))
    return Portfolio(
        portfolio_id=portfolio_id,
        display_name="Demo shop",
        currency="EUR",
        reward_spec=spec,
        settle_spec=SettleSpec(required_feeds=[feed]),
    )
