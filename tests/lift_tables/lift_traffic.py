"""Traffic of a shop that divides its customers: weekly decisions, contacts that bring orders, a stream of records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import Shares
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import DecidedBy
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.times import DAY_US
from banditsvc.ports import DecisionLog, LogRecord
from tests.lift_tables.lift_log import START_US, decided, draw

CAMPAIGNS = (("sale-1", "sale", 0.02), ("sale-2", "sale", 0.03), ("news", "news", 0.0), (NO_CONTACT, "", 0.0))
"""Campaign, family, and by how much a contact with it raises the chance to order in the week."""
EFFECTS = {
    AssignmentGroup.OPTIMIZED: 1.0,
    AssignmentGroup.UNIFORM_RANDOM: 0.6,
    AssignmentGroup.BUSINESS_AS_USUAL: 0.4,
    AssignmentGroup.HOLDOUT: 0.0,
}
"""Part of the effect that there is in each group."""
GROUPS = tuple(AssignmentGroup)
DECIDERS = {
    AssignmentGroup.UNIFORM_RANDOM: DecidedBy.UNIFORM_RANDOM,
    AssignmentGroup.BUSINESS_AS_USUAL: DecidedBy.BUSINESS_AS_USUAL,
}
SEGMENTS = ("family", "gold", "student")


def append_traffic(
    log: DecisionLog,
    *,
    customers: int,
    days: int,
    seed: int = 1,
    shares: Shares = (0.8, 0.0, 0.0, 0.2),
    base: float = 0.02,
    strength: float = 1.0,
) -> None:
    """Appends a day's records at a time: customers come over the first half of the days, each again every week.

    Args:
        log: Where to.
        customers: How many.
        days: How many.
        seed: Of all draws.
        shares: Of each group.
        base: Chance of the first segment to order in a week without any contact; the others have multiples of it.
        strength: By which the effects of campaigns are multiplied.
    """
    for day, records in enumerate(_records(customers, days, seed, shares, base, strength)):
        log.append(records, START_US + day * DAY_US)


def _records(
    customers: int, days: int, seed: int, shares: Shares, base: float, strength: float
) -> Iterator[list[LogRecord]]:
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, max(days // 2, 1), customers)
    group = rng.choice(len(GROUPS), customers, p=shares)
    segment = rng.integers(0, len(SEGMENTS), customers)
    recency = rng.integers(0, 500, customers)
    for day in range(days):
        records: list[LogRecord] = []
        for number in np.flatnonzero((starts <= day) & ((day - starts) % 7 == 0)).tolist():
            campaign_id, family, effect = CAMPAIGNS[int(rng.integers(len(CAMPAIGNS)))]
            own = GROUPS[group[number]]
            name = f"customer-{number:07d}"
            context = CustomerContext(
                segment=SEGMENTS[segment[number]],
                recency_days=float(recency[number]),
                lifecycle_stage=LifecycleStage.ACTIVE if recency[number] < 200 else LifecycleStage.LAPSED,
            )
            records.append(
                decided(
                    name,
                    replace(draw(own), shares=shares),
                    decision_id=f"d-{number}-{day}",
                    day=day,
                    campaign_id=campaign_id,
                    family=family,
                    decided_by=DECIDERS.get(own, DecidedBy.POLICY),
                    context=context,
                )
            )
            chance = base * (1.0 + segment[number]) + EFFECTS[own] * strength * effect
            if rng.random() < chance:
                records.append(_order(name, day + float(rng.uniform(0.0, 6.0)), float(np.exp(rng.normal(3.5, 0.8)))))
        yield records


def _order(customer_id: str, day: float, amount: float) -> Outcome:
    return Outcome(
        portfolio_id="shop",
        outcome_id=f"o-{customer_id}-{day:.6f}",
        type=OutcomeType.CONVERSION,
        customer_id=customer_id,
        amount=round(amount, 2),
        occur_time_us=START_US + round(day * DAY_US),
    )
