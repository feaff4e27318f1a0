"""What each customer of a play has bought and been sent, followed one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Columns, Play, PlayedDay, spread_rows


@dataclass(slots=True)
class CustomerHistory:
    """One customer, as of the morning of a day. Times are days with fractions."""

    gap_days: float
    frequency: int
    monetary: float
    first: float
    last: float
    counts: dict[str, int] = field(default_factory=dict)
    """Purchases by category."""
    last_in: dict[str, float] = field(default_factory=dict)
    """Last purchase in each category in which there was one."""
    last_cart: float = -math.inf
    silence_before_last: float = 0.0
    """How long the customer had been silent when the last purchase came; 0 for the first one."""
    contact_days: list[int] = field(default_factory=list)

    def buy(self, time: float, amount: float, category: str | None) -> None:
        """Takes in a purchase."""
        # Of two on one day the later one is the last.
        time = max(self.last, time)
        self.silence_before_last = time - self.last if self.frequency else 0.0
        self.first = time if self.frequency == 0 else self.first
        self.last = time
        self.frequency += 1
        self.monetary += amount
        if category is not None:
            self.counts[category] = self.counts.get(category, 0) + 1
            self.last_in[category] = time


_START = (
    "gap_days",
    "frequency",
    "monetary",
    "first_purchase",
    "last_purchase",
    "category_count",
    "last_in_category",
)
"""Columns of the state that a history starts with."""


def histories(played: Play) -> Iterator[tuple[PlayedDay, dict[int, CustomerHistory]]]:
    """Yields each day with the history of every customer as of its morning, by row.

    The category of an organic purchase is taken from the customers' counts by category, carts from their last one; all
    else is from purchases and contacts. A stateless world has new customers each day: there all is as they come, for those
    whom laws look at one by one.

    Raises:
        LawBroken: The counts by category are not those of the purchases.
    """
    names = list(played.spec.population.categories)
    found = _of_columns(played.start, range(len(played.world.customers)), names)
    for number, day in enumerate(played.days):
        if played.spec.stateless:
            places = list(spread_rows(day))
            columns = {name: column[places] for name, column in day.state.items()}
            yield day, _of_columns(columns, day.rows[places].tolist(), names)
            continue
        for row, cart in enumerate(day.last_cart.tolist()):
            found[row].last_cart = cart
        yield day, found
        for row in day.rows[day.sent.is_contact].tolist():
            found[row].contact_days.append(day.day)
        if number + 1 < len(played.days):
            _take_in(played, day, played.days[number + 1].category_count - day.category_count, found)


def _of_columns(columns: Columns, rows: range | list[int], names: list[str]) -> dict[int, CustomerHistory]:
    lists = {name: np.asarray(columns[name]).tolist() for name in _START}
    found = {}
    for place, row in enumerate(rows):
        gap_days, frequency, monetary, first, last, counts, last_in = (lists[name][place] for name in _START)
        found[row] = CustomerHistory(
            gap_days,
            frequency,
            monetary,
            first,
            last,
            {name: count for name, count in zip(names, counts, strict=True) if count},
            {name: time for name, time in zip(names, last_in, strict=True) if math.isfinite(time)},
        )
    return found


def _take_in(played: Play, day: PlayedDay, counted: NDArray[np.int32], found: dict[int, CustomerHistory]) -> None:
    """Adds a day's purchases; counted says how many of each category each customer made."""
    left = counted.copy()
    names, bought = list(played.spec.population.categories), day.purchases
    # What contacts caused comes first: its category is the campaign's, and what is left over is the organic one's.
    columns = (bought.rows, bought.time, bought.amount, bought.cause_campaign)
    for row, time, amount, place in zip(*[column.tolist() for column in columns], strict=True):
        category: str | None = None
        if place >= 0:
            category = played.world.calendar.entries[place].campaign.category or None
        elif left[row].max() > 0:
            category = names[int(left[row].argmax())]
        if category is not None:
            left[row, names.index(category)] -= 1
        found[row].buy(time, amount, category)
    if left.any():
        row = int(np.flatnonzero(left.any(axis=1))[0])
        raise LawBroken(f"On day {day.day} the purchases of customer {row} by category are not those that were made.")
