"""The law of triggers: whom a lifecycle campaign qualifies, worked out from each customer's own purchases."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Play, PlayedDay
from simulators.worlds.trigger_spec import TriggerKind, TriggerSpec

_YEAR_DAYS = 365.0


@dataclass(slots=True)
class _History:
    """What one customer has bought, and when."""

    gap_days: float
    frequency: int
    first: float
    last: float
    last_in: dict[str, float] = field(default_factory=dict)
    """Last purchase in each category in which there was one."""
    last_cart: float = -math.inf

    def buy(self, time: float, category: str | None) -> None:
        # Of two on one day the later one is the last.
        self.last = max(self.last, time)
        self.first = self.last if self.frequency == 0 else self.first
        self.frequency += 1
        if category is not None:
            self.last_in[category] = self.last


def check_triggers(played: Play) -> None:
    """Checks every trigger for every customer who is decided for, one by one, in the words of TriggerKind.

    The category of an organic purchase is taken from the customers' counts by category; all else from the purchases.

    Raises:
        LawBroken: A customer qualifies who should not, or does not who should.
    """
    spec = played.spec
    if not any(campaign.trigger for campaign in spec.campaigns):
        return
    histories = _start(played)
    for number, day in enumerate(played.days):
        for row, cart in enumerate(day.last_cart.tolist()):
            histories[row].last_cart = cart
        _check_day(day, histories)
        after = played.days[number + 1].category_count if number + 1 < len(played.days) else None
        if after is not None:
            _take_in(played, day, after - day.category_count, histories)


def _check_day(day: PlayedDay, histories: list[_History]) -> None:
    for column, entry in enumerate(day.live.entries):
        trigger = None if entry.spec is None else entry.spec.trigger
        for row, found in zip(day.rows.tolist(), day.qualified[:, column].tolist(), strict=True):
            wanted = trigger is None or _qualifies(trigger, entry.campaign.category, histories[row], day.day)
            if found != wanted:
                does = "qualifies" if found else "does not qualify"
                raise LawBroken(
                    f"On day {day.day} customer {row} {does} for {entry.campaign.campaign_id!r}, against its trigger."
                )


def _qualifies(trigger: TriggerSpec, category: str, of: _History, day: int) -> bool:
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


def _qualifies_by_last(trigger: TriggerSpec, category: str, of: _History, since: float) -> bool:
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


def _start(played: Play) -> list[_History]:
    names, start = played.spec.population.categories, played.start
    histories = []
    for row in range(len(played.world.customers)):
        last_in = np.asarray(start["last_in_category"])[row].tolist()
        histories.append(
            _History(
                float(np.asarray(start["gap_days"])[row]),
                int(np.asarray(start["frequency"])[row]),
                float(np.asarray(start["first_purchase"])[row]),
                float(np.asarray(start["last_purchase"])[row]),
                {name: time for name, time in zip(names, last_in, strict=True) if math.isfinite(time)},
            )
        )
    return histories


def _take_in(played: Play, day: PlayedDay, counted: NDArray[np.int32], histories: list[_History]) -> None:
    """Adds a day's purchases; counted says how many of each category each customer made."""
    left = counted.copy()
    names, bought = list(played.spec.population.categories), day.purchases
    # What contacts caused comes first: its category is the campaign's, and what is left over is the organic one's.
    for row, time, place in zip(
        bought.rows.tolist(), bought.time.tolist(), bought.cause_campaign.tolist(), strict=True
    ):
        category: str | None = None
        if place >= 0:
            category = played.world.calendar.entries[place].campaign.category or None
        elif left[row].max() > 0:
            category = names[int(left[row].argmax())]
        if category is not None:
            left[row, names.index(category)] -= 1
        histories[row].buy(time, category)
    if left.any():
        row = int(np.flatnonzero(left.any(axis=1))[0])
        raise LawBroken(f"On day {day.day} the purchases of customer {row} by category are not those that were made.")
