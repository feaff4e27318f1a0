"""The law of triggers: whom a lifecycle campaign qualifies, worked out from each customer's own purchases."""

from __future__ import annotations

import math

from simulators.laws.customer_history import CustomerHistory, histories
from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Play, PlayedDay
from simulators.worlds.trigger_spec import TriggerKind, TriggerSpec

_YEAR_DAYS = 365.0


def check_triggers(played: Play) -> None:
    """Checks every trigger for every customer who is decided for, one by one, in the words of TriggerKind.

    Raises:
        LawBroken: A customer qualifies who should not, or does not who should.
    """
    if any(campaign.trigger for campaign in played.spec.campaigns):
        for day, of_customers in histories(played):
            _check_day(day, of_customers)


def _check_day(day: PlayedDay, of_customers: dict[int, CustomerHistory]) -> None:
    for column, entry in enumerate(day.live.entries):
        trigger = None if entry.spec is None else entry.spec.trigger
        for row, found in zip(day.rows.tolist(), day.qualified[:, column].tolist(), strict=True):
            wanted = trigger is None or _qualifies(trigger, entry.campaign.category, of_customers[row], day.day)
            if found != wanted:
                does = "qualifies" if found else "does not qualify"
                raise LawBroken(
                    f"On day {day.day} customer {row} {does} for {entry.campaign.campaign_id!r}, against its trigger."
                )


def _qualifies(trigger: TriggerSpec, category: str, of: CustomerHistory, day: int) -> bool:
    if trigger.kind is TriggerKind.CART_ABANDON:
        return day - of.last_cart <= trigger.to_days
    if of.frequency == 0:
        return False
    if trigger.kind is TriggerKind.ANNIVERSARY:
        years = round((day - of.first) / _YEAR_DAYS)
        return years >= 1 and abs(day - of.first - years * _YEAR_DAYS) <= trigger.to_days
    if trigger.kind is TriggerKind.REPLENISHMENT:
        return trigger.from_days <= day - of.last_in.get(category, -math.inf) <= trigger.to_days
    return _qualifies_by_last(trigger, category, of, day - of.last)


def _qualifies_by_last(trigger: TriggerSpec, category: str, of: CustomerHistory, since: float) -> bool:
    """Returns what a trigger says of a customer who bought last so many days ago."""
    match trigger.kind:
        case TriggerKind.FIRST_TO_REPEAT:
            return of.frequency == 1 and trigger.from_days <= since <= trigger.to_days
        case TriggerKind.CROSS_SELL:
            return since <= trigger.to_days and category not in of.last_in
        case TriggerKind.FREQUENCY:
            return of.frequency >= trigger.count and of.gap_days <= since <= trigger.to_days
        case TriggerKind.ON_THE_BRINK:
            return trigger.times * of.gap_days <= since < trigger.from_days
        case TriggerKind.WIN_BACK:
            return since >= min(trigger.from_days, trigger.times * of.gap_days)
        case TriggerKind.MILESTONE:
            return of.frequency % trigger.count == 0 and since <= trigger.to_days
    raise AssertionError(trigger.kind)
