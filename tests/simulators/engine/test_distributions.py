"""What the engine draws has the distributions that a world file declares."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, expon, kstest, lognorm, norm

from simulators.engine.world import World
from simulators.laws.play import equal_draw, play
from simulators.laws.truth_laws import martingale_bound
from simulators.worlds.order_value import OrderValue
from simulators.worlds.read_world import parse_world
from simulators.worlds.world_spec import WorldSpec

LEVEL = 0.001
Z = float(norm.isf(LEVEL / 2.0))


def _world(**tables: Any) -> WorldSpec:
    campaign = {"campaign_id": "sale", "base_rate": 0.04} | tables.pop("campaign", {})
    return parse_world({"name": "drawn", "customers": 20_000, "campaigns": [campaign]} | tables, "drawn")


def test_organic_purchases_come_at_the_declared_rates() -> None:
    """Organic purchases less their chances by segment, gap and silence are 0 (Freedman's bound, level .001)."""
    segments = {"often": {"share": 0.5, "organic_factor": 2.0}, "seldom": {"share": 0.5, "organic_factor": 0.5}}
    world = World(_world(population={"segments": segments, "organic": {"rate_factor": 1.5, "silent_share": 0.3}}), [3])
    customers = world.customers
    factors = 1.5 * np.array([2.0, 0.5])
    for segment in (0, 1):
        excess = variance = 0.0
        for _ in range(15):
            may_buy = (customers.segment == segment) & ~customers.is_silent
            chance = np.where(may_buy, 1.0 - np.exp(-factors[segment] / customers.gap_days), 0.0)
            bought = world.end_day()
            excess += float((customers.segment[bought.rows] == segment).sum() - chance.sum())
            variance += float((chance * (1.0 - chance)).sum())
        assert abs(excess) <= martingale_bound(variance, LEVEL / 2.0)


def test_customers_fall_silent_as_often_as_declared() -> None:
    """After an organic purchase the declared share has fallen silent (binomial variance, normal bound, level .001)."""
    world = World(_world(population={"organic": {"silent_share": 0.3}}), [3])
    rows = np.concatenate([world.end_day().rows for _ in range(20)])

    silent = world.customers.is_silent[np.unique(rows)].sum()
    # Nobody who has fallen silent buys again: of each who bought the last purchase silenced, or none did.
    assert abs(silent - 0.3 * len(rows)) <= Z * math.sqrt(0.3 * 0.7 * len(rows))


@pytest.mark.parametrize("tail_share", [0.0, 0.3])
def test_order_values_are_as_declared(tail_share: float) -> None:
    """Order values are lognormal (Kolmogorov-Smirnov), and with a tail the declared share of them is above a high value."""
    value = OrderValue(median=40.0, sigma=0.5, tail_share=tail_share, tail_alpha=1.5)
    world = World(_world(population={"order_value": value.model_dump(), "organic": {"gap_days": 5.0}}), [4])
    amounts = np.concatenate([world.end_day().amount for _ in range(6)])
    body = lognorm(s=0.5, scale=40.0)

    if tail_share == 0.0:
        assert kstest(amounts, body.cdf).pvalue > LEVEL
    # P(value x Pareto > x) is the mean of min(1, (value / x)^alpha) over the lognormal part.
    high = 200.0
    parts = body.ppf((np.arange(20_000) + 0.5) / 20_000)
    in_tail = float(np.minimum(1.0, (parts / high) ** 1.5).mean())
    share = (1.0 - tail_share) * float(body.sf(high)) + tail_share * in_tail
    found = (amounts > high).sum()
    assert abs(found - share * len(amounts)) <= Z * math.sqrt(share * (1.0 - share) * len(amounts))


@pytest.mark.parametrize("exponent", [0.0, 1.0])
def test_delays_are_exponential_about_a_mean_that_may_grow_with_the_order(exponent: float) -> None:
    """Delays divided by their means, which grow with the order value where declared, are exponential (KS, level .001)."""
    delay = {"mean_days": 3.0, "reward_exponent": exponent}
    organic = {"rate_factor": 0.0}
    tables = {"stateless": True, "visits": {"every_days": 1}, "days": 5, "population": {"organic": organic}}
    world = _world(customers=3000, campaign={"base_rate": 0.3, "delay": delay}, **tables)
    played = play(World, world, [5], equal_draw)
    bought = [day.purchases for day in played.days] + [played.world.end_day() for _ in range(400)]
    wait, amount = (
        np.concatenate([getattr(one, name) - (one.cause_day if name == "time" else 0) for one in bought])
        for name in ("time", "amount")
    )

    assert kstest(wait / (3.0 * (amount / 40.0) ** exponent), expon.cdf).pvalue > LEVEL


def test_the_share_that_never_answers_is_missing() -> None:
    """With a share that never answers responses are that much rarer (normal bound, level .001)."""
    tables = {
        "stateless": True,
        "visits": {"every_days": 1},
        "days": 2,
        "population": {"organic": {"rate_factor": 0.0}},
    }
    world = _world(campaign={"base_rate": 0.3, "delay": {"never_share": 0.5}}, **tables)
    played = play(World, world, [6], equal_draw)
    count = sum([len(day.rows) for day in played.days])
    responses = sum([int(day.sent.has_responded.sum()) for day in played.days])

    assert abs(responses - 0.15 * count) <= Z * math.sqrt(0.15 * 0.85 * count)


def test_segments_have_their_shares_and_customers_move_between_them() -> None:
    """Segments start with their shares (chi-square), and on a day the declared chance of each moves (normal, .001)."""
    segments = {"a": {"share": 0.5, "moves": {"b": 0.05, "c": 0.02}}, "b": {"share": 0.3}, "c": {"share": 0.2}}
    world = World(_world(population={"segments": segments}), [7])
    before = world.customers.segment.copy()
    counts, wanted = np.bincount(before), np.array([0.5, 0.3, 0.2]) * len(before)
    world.end_day()
    after = world.customers.segment

    assert float(((counts - wanted) ** 2 / wanted).sum()) <= chi2.isf(LEVEL, 2)
    for target, chance in ((1, 0.05), (2, 0.02)):
        moved = ((before == 0) & (after == target)).sum()
        assert abs(moved - chance * counts[0]) <= Z * math.sqrt(chance * (1.0 - chance) * counts[0])
    assert np.array_equal(before[before > 0], after[before > 0])


def test_weeks_of_a_family_differ_by_the_declared_spread() -> None:
    """Log-odds of the weeks of a family are normal about the family's with the declared spread (KS, level .001)."""
    world = World(_world(days=1400, customers=1, campaign={"weekly": True, "id_spread": 0.4}), range(1, 11))
    offsets = world.calendar.id_offsets(world.seeds)

    assert (10, 200) == offsets.shape
    assert kstest(offsets.ravel() / 0.4, norm.cdf).pvalue > LEVEL


def test_carts_are_left_at_the_declared_rate() -> None:
    """On each day the declared share of customers leaves a cart behind (normal bound over ten days, level .001)."""
    world = World(_world(population={"organic": {"cart_rate": 0.03}}), [8])
    left = 0
    for day in range(10):
        world.end_day()
        left += int((world.customers.last_cart == day).sum())

    assert abs(left - 0.03 * 200_000) <= Z * math.sqrt(0.03 * 0.97 * 200_000)
