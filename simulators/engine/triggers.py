"""Triggers: whom a lifecycle campaign qualifies on a day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.engine.population import YEAR_DAYS, Population
from simulators.worlds.trigger_spec import TriggerKind, TriggerSpec


def qualifies(
    trigger: TriggerSpec, category: str, customers: Population, rows: NDArray[np.intp], day: int
) -> NDArray[np.bool_]:
    """Returns which of some customers a trigger qualifies, as TriggerKind says it.

    Args:
        trigger: The trigger.
        category: Category of its campaign, empty for none.
        customers: All customers, as of the start of the day.
        rows: The customers asked about.
        day: The day.
    """
    since: NDArray[np.float64] = day - customers.last_purchase[rows]
    gap, frequency = customers.gap_days[rows], customers.frequency[rows]
    from_days, to_days = trigger.from_days, trigger.to_days
    found: NDArray[np.bool_]
    match trigger.kind:
        case TriggerKind.FIRST_TO_REPEAT:
            found = (frequency == 1) & (since >= from_days) & (since <= to_days)
        case TriggerKind.CROSS_SELL:
            found = (since <= to_days) & (_bought_in(customers, rows, category) == 0)
        case TriggerKind.FREQUENCY:
            found = (frequency >= trigger.count) & (since >= gap) & (since <= to_days)
        case TriggerKind.ON_THE_BRINK:
            found = (frequency > 0) & (since >= trigger.times * gap) & (since < from_days)
        case TriggerKind.WIN_BACK:
            found = (frequency > 0) & ((since >= from_days) | (since >= trigger.times * gap))
        case TriggerKind.ANNIVERSARY:
            found = _is_anniversary(day - customers.first_purchase[rows], to_days)
        case TriggerKind.MILESTONE:
            found = (frequency > 0) & (frequency % trigger.count == 0) & (since <= to_days)
        case TriggerKind.REPLENISHMENT:
            in_category = day - _last_in(customers, rows, category)
            found = (in_category >= from_days) & (in_category <= to_days)
        case TriggerKind.CART_ABANDON:
            found = day - customers.last_cart[rows] <= to_days
    return found


def _is_anniversary(age: NDArray[np.float64], within: float) -> NDArray[np.bool_]:
    # Of those who have not bought the age is infinite.
    known = np.where(np.isfinite(age), age, 0.0)
    years = np.round(known / YEAR_DAYS)
    found: NDArray[np.bool_] = (years >= 1.0) & (np.abs(known - years * YEAR_DAYS) <= within)
    return found


def _bought_in(customers: Population, rows: NDArray[np.intp], category: str) -> NDArray[np.int32]:
    if category not in customers.spec.categories:
        return customers.frequency[rows]
    counts: NDArray[np.int32] = customers.category_count[rows, customers.spec.categories.index(category)]
    return counts


def _last_in(customers: Population, rows: NDArray[np.intp], category: str) -> NDArray[np.float64]:
    if category not in customers.spec.categories:
        return np.asarray(customers.last_purchase[rows])
    return np.asarray(customers.last_in_category[rows, customers.spec.categories.index(category)])
