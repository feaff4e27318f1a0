"""The optimum: what choices at prices earn beside the linear programme, and beside choices in an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from banditsvc.core.decision import LearnedState
from banditsvc.core.exploration import Exploration, Greedy, SquareCB, Thompson
from banditsvc.core.optimum.find_prices import FoundPrices, find_prices
from banditsvc.core.optimum.policy_rows import policy_rows
from banditsvc.core.optimum.volume_limit import VolumeLimit
from banditsvc.core.policy import Policy
from figures.page import Page, Table
from figures.run import Track, main
from tests.core.optimum.audience_world import Audience, made_audience, programme_value, tight_limits
from tests.core.optimum.in_order import chosen_in_order, used_of, value_of

NAME = "optimum"
CUSTOMERS, SHORT_CUSTOMERS = 20_000, 2_000
CAMPAIGNS = 20
SEEDS, SHORT_SEEDS = 3, 1
MANY, SHORT_MANY = 500_000, 100_000
SAMPLE = 65_536
LEARNED = LearnedState(20_000, 0.02, 0.1)
EXPLORATIONS: tuple[tuple[str, Exploration], ...] = (
    ("greedy", Greedy()),
    ("SquareCB", SquareCB()),
    ("Thompson", Thompson()),
)


def measure(*, short: bool, track: Track) -> Page:
    """Returns the figures of three audiences of 20,000 customers; of one of 2,000 in the short form."""
    customers, seeds = (SHORT_CUSTOMERS, SHORT_SEEDS) if short else (CUSTOMERS, SEEDS)
    many = SHORT_MANY if short else MANY
    done, total = 0, 2 * seeds + len(EXPLORATIONS) + 1

    def step() -> None:
        nonlocal done
        done += 1
        track(done, total)

    beside, orders = [], []
    for seed in range(seeds):
        audience = made_audience(customers, CAMPAIGNS, seed)
        beside.append(_beside_programme(audience, seed))
        step()
        orders.append(_beside_orders(audience, seed))
        step()
    explored = []
    for name, exploration in EXPLORATIONS:
        explored.append(_explored(made_audience(customers, CAMPAIGNS, 0), name, exploration))
        step()
    sampled = [_sampled(many)]
    step()
    return Page(
        title="Budgets and volumes by one optimum",
        shows=SHOWS,
        scale=f"{customers:,} customers and {CAMPAIGNS} campaigns, {seeds} audiences; {many:,} customers from a sample.",
        tables=(
            Table(
                headers=(
                    "audience",
                    "programme",
                    "at prices",
                    "of it",
                    "furthest off a limit",
                    "bound of the dual",
                ),
                rows=beside,
                caption=(
                    "Greedy choice at the prices, customer by customer, each capacity closing when it is used up, beside the "
                    "linear programme (HiGHS) within the same limits: contacts in all, a budget, three volumes, two minimums and "
                    "a minimum share."
                ),
            ),
            Table(
                headers=(
                    "audience",
                    "by priority",
                    "best that has room, in order",
                    "at prices",
                    "more than by priority",
                    "more than in order",
                ),
                rows=orders,
                caption=(
                    "Earned within the upper limits alone, which orders know: the first by priority that has room, the best "
                    "that has room in a random order of the customers, and the choice at prices."
                ),
            ),
            Table(
                headers=("exploration", "expected, of the dual's bound", "without limits", "furthest off a limit"),
                rows=explored,
                caption="Policies with a floor of .01, in expectation, within all limits of the first audience:",
            ),
            Table(
                headers=("customers", "sample", "furthest over an upper limit", "least volumes reached"),
                rows=sampled,
                caption="Prices found from a sample, and what all customers use at them before any capacity closes (greedy):",
            ),
        ),
    )


SHOWS = (
    "Expected revenues are lognormal in 12 features, with an effect of each feature on each campaign; 7 in 10 campaigns are "
    "eligible for a customer, and nothing may be sent. Limits are set where the customers would go by themselves: half of them "
    "contacted, two fifths of the cost, two fifths of the volume of the three most wanted campaigns, 3 % for each of the two least "
    "wanted, and 30 % of contacts for a group of campaigns."
)


def _found(
    audience: Audience, limits: Sequence[VolumeLimit], exploration: Exploration, *, floor: float, customers: int
) -> FoundPrices:
    policy = Policy(portfolio_id="p", exploration=exploration, floor=floor)
    deviations = audience.deviations if isinstance(exploration, Thompson) else None
    rows = policy_rows(policy, LEARNED, audience.rewards, audience.eligible, deviations)
    return find_prices(rows, limits, customers)


def _beside_programme(audience: Audience, seed: int) -> tuple[str, ...]:
    limits = tight_limits(audience)
    best = programme_value(audience, limits)
    prices = _found(audience, limits, Greedy(), floor=0.0, customers=len(audience.rewards))
    chosen = chosen_in_order(audience, audience.rewards - prices.entry_prices, limits)
    earned = value_of(audience, chosen)
    contacts = float((chosen > 0).sum())
    used = [used_of(limit, chosen) for limit in limits]
    return (
        f"{seed + 1}",
        f"{best:,.2f}",
        f"{earned:,.2f}",
        f"{earned / best:.4f}",
        f"{max(_off(limits, used, contacts)):.2%}",
        f"{prices.most_reward / best:.4f}",
    )


def _beside_orders(audience: Audience, seed: int) -> tuple[str, ...]:
    limits = [limit for limit in tight_limits(audience) if not limit.is_least and limit.bound > 0.0]
    prices = _found(audience, limits, Greedy(), floor=0.0, customers=len(audience.rewards))
    # The campaign that would be chosen most often is the first, as one would list them; nothing is the last.
    wanted = np.bincount(np.where(audience.eligible, audience.rewards, -np.inf).argmax(axis=1), minlength=CAMPAIGNS)
    wanted[0] = -1
    priority = np.broadcast_to(wanted.astype(np.float64), audience.rewards.shape)
    scores = (priority, audience.rewards, audience.rewards - prices.entry_prices)
    by_priority, in_order, at_prices = (value_of(audience, chosen_in_order(audience, one, limits)) for one in scores)
    return (
        f"{seed + 1}",
        f"{by_priority:,.2f}",
        f"{in_order:,.2f}",
        f"{at_prices:,.2f}",
        f"{at_prices / by_priority - 1.0:+.1%}",
        f"{at_prices / in_order - 1.0:+.1%}",
    )


def _explored(audience: Audience, name: str, exploration: Exploration) -> tuple[str, ...]:
    limits = tight_limits(audience)
    prices = _found(audience, limits, exploration, floor=0.01, customers=len(audience.rewards))
    used = [one.expected for one in prices.limits]
    return (
        name,
        f"{prices.reward / prices.most_reward:.4f}",
        f"{prices.reward_without / prices.most_reward:.4f}",
        f"{max(_off(limits, used, float(prices.counts[1:].sum()))):.2%}",
    )


def _sampled(customers: int) -> tuple[str, ...]:
    audience = made_audience(customers, CAMPAIGNS, 9)
    limits = tight_limits(audience)
    prices = _found(audience.part(slice(0, SAMPLE)), limits, Greedy(), floor=0.0, customers=customers)
    chosen = np.where(audience.eligible, audience.rewards - prices.entry_prices, -np.inf).argmax(axis=1)
    contacts = float((chosen > 0).sum())
    off = dict(
        zip([id(one) for one in limits], _off(limits, [used_of(one, chosen) for one in limits], contacts), strict=True)
    )
    least = [limit for limit in limits if limit.is_least or limit.bound == 0.0]
    return (
        f"{customers:,}",
        f"{SAMPLE:,}",
        f"{max(off[id(one)] for one in limits if one not in least):.2%}",
        f"{sum(off[id(one)] <= 0.0 for one in least)} of {len(least)}",
    )


def _off(limits: Sequence[VolumeLimit], used: Sequence[float], contacts: float) -> Iterator[float]:
    """Yields how far each limit is from held, as a share of its bound; the share asked for is of all contacts."""
    for limit, one in zip(limits, used, strict=True):
        over = limit.bound - one if limit.is_least else one - limit.bound
        yield max(0.0, over) / (limit.bound or float(limit.use.max()) * contacts)


if __name__ == "__main__":
    main(NAME, measure)
