"""Laws of would-be contacts in logs that the real Rank path has written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import chi2_contingency

from banditsvc.core.contact_policy import ContactCap, ContactPolicy
from banditsvc.core.context import CustomerContext
from banditsvc.core.organization import DEFAULT_ORGANIZATION
from banditsvc.core.policy import Policy
from banditsvc.core.rule import Rule
from banditsvc.core.times import DAY_US
from banditsvc.lift_tables import LiftTables, portfolio_scope, read_tables
from offline_eval.lift import sample_ratio
from tests.serving.grouped_shop import CAMPAIGNS, HALF_HELD_OUT, SHOP, serve_model, stored_shop
from tests.serving.shop import START_US, in_shop, rank_call

CUSTOMERS = 3_000
CHANCE = 0.001
ONE_A_WEEK = ContactPolicy(caps=(ContactCap(name="one a week", max_contacts=1, window_us=7 * DAY_US),))
LAPSED_ONLY = Rule(name="lapsed", expression="recency_days > 100")


def traffic() -> LiftTables:
    """Returns the tables of a shop in which half are held out and the policy contacts some of the lapsed, once a week."""

    async def story() -> LiftTables:
        portfolio = replace(SHOP, assignments=(HALF_HELD_OUT,), allow_no_contact=True, rules=(LAPSED_ONLY,))
        organization = replace(DEFAULT_ORGANIZATION, contact_policy=ONE_A_WEEK)
        policy = Policy(portfolio_id="shop", floor=0.2)
        shop = stored_shop(portfolio, CAMPAIGNS, policy=policy, organization=organization)
        await serve_model(shop)
        rng = np.random.default_rng(3)
        recency = rng.uniform(0.0, 200.0, CUSTOMERS)
        for day in range(3):
            shop.clock.set_us(START_US + day * DAY_US)
            calls = [
                rank_call(
                    f"c{number}",
                    decision_id=f"d{number}-{day}",
                    send_time_us=START_US + day * DAY_US,
                    context=CustomerContext(recency_days=float(days), segment="gold" if number % 3 else "family"),
                )
                for number, days in enumerate(recency)
            ]
            for start in range(0, CUSTOMERS, 500):
                await shop.ranker.rank(calls[start : start + 500])
        return read_tables(shop.log, portfolio_scope(shop.log.read_resources(0), "shop"))

    return in_shop(story())


def test_ghosts_are_of_the_same_customers() -> None:
    """Would-be contacts come as often, on the same days, with the same campaigns and for the same kind of customers."""
    tables = traffic()
    frame = tables.enrolled.frame
    anchored = frame[frame["contact_us"] > 0]
    ratio = sample_ratio(anchored["group"], anchored["contact_us"], {"OPTIMIZED": 0.5, "HOLDOUT": 0.5}, CHANCE)

    assert CUSTOMERS == len(frame)
    assert 0.2 < len(anchored) / len(frame) < 0.5
    assert {"91-180 days", "181-365 days"} == set(anchored["recency"].astype(str))
    assert ratio.passed, ratio.text
    for name in ("campaign", "segment", "recency", "contact_us"):
        table = (
            anchored.groupby([anchored[name].astype(str), anchored["group"].astype(str)]).size().unstack(fill_value=0)
        )
        assert table.shape[0] > 1
        assert chi2_contingency(table.to_numpy()).pvalue > CHANCE, table


def test_the_log_has_no_contact_of_the_held_out() -> None:
    """Nobody who is held out counts as contacted all the same."""
    tables = traffic()

    assert (0, 0, 0) == (tables.enrolled.contaminated, tables.enrolled.changed_group, tables.enrolled.outside)
