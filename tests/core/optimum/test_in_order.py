"""What prices earn beside choices in an order: the short form of the figure."""

from __future__ import annotations

import numpy as np

from banditsvc.core.decision import LearnedState
from banditsvc.core.exploration import Greedy
from banditsvc.core.optimum.find_prices import find_prices
from banditsvc.core.optimum.policy_rows import policy_rows
from banditsvc.core.policy import Policy
from tests.core.optimum.audience_world import made_audience, programme_value, tight_limits
from tests.core.optimum.in_order import chosen_in_order, used_of, value_of


def test_prices_with_rooms_earn_what_the_programme_does_and_orders_do_not() -> None:
    """With each capacity closing when it is used up, choices at prices are within 1 % of the programme and pass nothing.

    In a random order of the customers, or by priority, a third is lost.
    """
    audience = made_audience(2_000, 20, 0)
    limits = [limit for limit in tight_limits(audience) if not limit.is_least and limit.bound > 0.0]
    policy = Policy(portfolio_id="p", exploration=Greedy())
    rows = policy_rows(policy, LearnedState(), audience.rewards, audience.eligible)
    prices = find_prices(rows, limits, 2_000).entry_prices
    priority = np.broadcast_to(np.arange(20.0, 0.0, -1.0), audience.rewards.shape).copy()
    priority[:, 0] = 0.0
    scores = (audience.rewards - prices, audience.rewards, priority)
    chosen = [chosen_in_order(audience, one, limits) for one in scores]
    at_prices, in_order, by_priority = (value_of(audience, one) for one in chosen)

    best = programme_value(audience, limits)
    assert 0.99 * best <= at_prices <= best
    assert max(in_order, by_priority) < 0.75 * best
    for limit in limits:
        assert all(used_of(limit, one) <= limit.bound + 1e-9 for one in chosen)
