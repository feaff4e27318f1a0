"""A shop that ranks its customers week by week through the real Rank path, holds half of them out, and counts orders."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.exploration import EpsilonGreedy
from banditsvc.core.lift_spec import LiftSpec
from banditsvc.core.organization import Organization
from banditsvc.core.outcome import Feed, Outcome, OutcomeType
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rule import Rule
from banditsvc.core.times import DAY_US
from banditsvc.reports.lift_of_log import lift_of_log
from banditsvc.serving.contact_book import ContactBook
from banditsvc.store.memory import MemoryLog
from offline_eval.intervals import Floats, moments_of
from tests.serving.grouped_shop import HALF_HELD_OUT, SHOP, serve_model, stored_shop
from tests.serving.shop import START_US, Shop, rank_call
from tests.serving.stories import ONE_A_WEEK, organization

BATCH = 1_000
KEEN_SHARE = 0.4
"""Of customers: those for whom campaigns are eligible. They order twice as often as the others."""
RATE_A_DAY = 0.004
"""Orders a day of a customer on average."""
EFFECT = 0.3
"""How many more orders there are after the first contact, relatively."""
LOG_AMOUNT, AMOUNT_SPREAD = 4.0, 0.6
MEAN_AMOUNT = float(np.exp(LOG_AMOUNT + 0.5 * AMOUNT_SPREAD**2))
KEEN_RATE = RATE_A_DAY * 2.0 / (1.0 + KEEN_SHARE)
HORIZON_DAYS = 30
WEEKS = 4
MODEL_SEED = 4
"""The model mostly predicts best for sending nothing, and for some recencies a campaign: in four weeks about half of the
keen, one customer of five, are contacted."""

KEEN = Rule(name="keen", expression="segment == 'keen'")
PORTFOLIO: Portfolio = replace(
    SHOP,
    allow_no_contact=True,
    rules=(KEEN,),
    assignments=(HALF_HELD_OUT,),
    lift=LiftSpec(
        conversion_outcomes=(Feed(type=OutcomeType.REVENUE),), revenue_outcomes=(Feed(type=OutcomeType.REVENUE),)
    ),
)
CAMPAIGNS = (Campaign(campaign_id="news", lever=0.95), Campaign(campaign_id="sale", lever=0.95))
POLICY = Policy(portfolio_id="shop", exploration=EpsilonGreedy(epsilon=0.2))
WEEKLY: Organization = organization(ONE_A_WEEK)


async def open_shop(
    seed: int,
    *,
    policy: Policy = POLICY,
    portfolio: Portfolio = PORTFOLIO,
    book_type: type[ContactBook] = ContactBook,
) -> Shop:
    """Returns a shop with a weekly cap and a model; its salts follow from the seed."""
    division = replace(HALF_HELD_OUT, salt=f"division {seed}")
    salted = replace(portfolio, salt=f"salt {seed}", assignments=(division,))
    shop = stored_shop(salted, CAMPAIGNS, policy=policy, organization=WEEKLY, log=MemoryLog(), book_type=book_type)
    await serve_model(shop, seed=MODEL_SEED)
    return shop


async def rank_all(shop: Shop, rng: np.random.Generator, keen: np.ndarray, day: int) -> None:
    """Ranks all customers on a day; what is known of each but for its segment is another thing each time."""
    now_us = max(START_US + day * DAY_US, shop.log.watermark().time_us)
    shop.clock.set_us(now_us)
    recency = rng.integers(400, size=keen.size).tolist()
    for start in range(0, keen.size, BATCH):
        calls = [
            rank_call(
                f"c{number}",
                decision_id=f"d{day}-{number}",
                send_time_us=now_us,
                context=CustomerContext(
                    recency_days=float(recency[number]), segment="keen" if keen[number] else "calm"
                ),
            )
            for number in range(start, min(start + BATCH, keen.size))
        ]
        answers = await shop.ranker.rank(calls)
        failed = [answer for answer in answers if isinstance(answer, Exception)]
        assert not failed, failed[0]


@dataclass(frozen=True, slots=True)
class LiftRun:
    """Both estimates of one run, and what they estimate: the effect on the very customers of the run."""

    intention: float
    intention_error: float
    true_intention: float
    """Per customer enrolled, within a horizon from entry on."""
    anchored: float
    anchored_error: float
    true_anchored: float
    """Per customer who was or would have been contacted, within a horizon from then on."""
    contacted_share: float
    """Of customers, in both groups."""


def lift_run(seed: int, customers: int) -> LiftRun:
    """Ranks customers once a week, lets them order, and reads the lift from the log."""
    return asyncio.run(_lift_run(seed, customers))


async def _lift_run(seed: int, customers: int) -> LiftRun:
    rng = np.random.default_rng(seed)
    shop = await open_shop(seed)
    keen = rng.random(customers) < KEEN_SHARE
    for week in range(WEEKS):
        await rank_all(shop, rng, keen, 7 * week)
    rate = np.where(keen, KEEN_RATE, 0.5 * KEEN_RATE)
    shop.log.append(_orders(rng, rate, _contact_days(shop, customers)), START_US + 70 * DAY_US)
    [horizon] = lift_of_log(shop.log, "shop", horizons=[HORIZON_DAYS]).horizons
    return _run(horizon.table, rate)


def _contact_days(shop: Shop, customers: int) -> Floats:
    """Returns the day on which each customer was contacted for the first time, infinity for never."""
    days = np.full(customers, np.inf)
    after = 0
    while batch := shop.log.read_decisions("shop", after, BATCH):
        for one in batch:
            contact = one.value.contact
            if contact is not None:
                number = int(one.value.input.customer_id[1:])
                days[number] = min(days[number], (contact.contact_time_us - START_US) / DAY_US)
        after = batch[-1].position
    return days


def _orders(rng: np.random.Generator, rate: Floats, contact_days: Floats) -> list[Outcome]:
    """Returns the orders of 60 days; after the first contact a customer orders more often."""
    orders: list[Outcome] = []
    before = np.minimum(contact_days, 60.0)
    for start, length, factor in ((np.zeros_like(rate), before, 1.0), (before, 60.0 - before, 1.0 + EFFECT)):
        counts = rng.poisson(factor * rate * length)
        buyer = np.repeat(np.arange(rate.size), counts)
        days = start[buyer] + rng.random(buyer.size) * length[buyer]
        amounts = rng.lognormal(LOG_AMOUNT, AMOUNT_SPREAD, buyer.size)
        for number, day, amount in zip(buyer.tolist(), days.tolist(), amounts.tolist(), strict=True):
            orders.append(
                Outcome(
                    portfolio_id="shop",
                    outcome_id=f"o{len(orders)}",
                    type=OutcomeType.REVENUE,
                    # After the contact's own commit, not in the same microsecond.
                    occur_time_us=START_US + int(day * DAY_US) + 1_000,
                    amount=amount,
                    customer_id=f"c{number}",
                )
            )
    return orders


def _run(table: pd.DataFrame, rate: Floats) -> LiftRun:
    anchored = table[table["anchored"]]
    rates = rate[anchored["customer_id"].str[1:].astype(int)]
    days_left = HORIZON_DAYS - (anchored["contact_us"] - anchored["entry_us"]).to_numpy() / DAY_US
    return LiftRun(
        *_lift(table, "value"),
        EFFECT * MEAN_AMOUNT * float((rates * days_left).sum()) / len(table),
        *_lift(anchored, "anchored_value"),
        EFFECT * MEAN_AMOUNT * float(rates.mean()) * HORIZON_DAYS,
        len(anchored) / len(table),
    )


def _lift(table: pd.DataFrame, column: str) -> tuple[float, float]:
    values, in_target = table[column].to_numpy(dtype=np.float64), (table["group"] == "OPTIMIZED").to_numpy()
    target, control = moments_of(values[in_target]), moments_of(values[~in_target])
    error = float(np.sqrt(target.squared_error + control.squared_error))
    return float(target.mean - control.mean), error
