"""Triggers: which customers a lifecycle campaign qualifies on a day."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from simulators.table_faults import TableFaults
from simulators.worlds.table import Count, Days, Positive, Table


class TriggerKind(StrEnum):
    """What qualifies a customer. Days are since the last purchase unless said otherwise."""

    FIRST_TO_REPEAT = "first_to_repeat"
    """Bought once, from_days to to_days ago."""
    CROSS_SELL = "cross_sell"
    """Bought at most to_days ago, and never in the campaign's category."""
    FREQUENCY = "frequency"
    """Bought at least `count` times, and is due: a personal gap ago or longer, at most to_days."""
    ON_THE_BRINK = "on_the_brink"
    """`times` personal gaps ago or longer, and not yet from_days."""
    WIN_BACK = "win_back"
    """from_days ago or longer, or `times` personal gaps, whichever is sooner."""
    ANNIVERSARY = "anniversary"
    """The first purchase is a whole number of years ago, to within to_days."""
    MILESTONE = "milestone"
    """The number of purchases is a multiple of `count`, and the last is at most to_days ago."""
    REPLENISHMENT = "replenishment"
    """Bought in the campaign's category from_days to to_days ago, and not since."""
    CART_ABANDON = "cart_abandon"
    """Left a full cart behind at most to_days ago."""


class TriggerSpec(Table):
    """One trigger with its numbers."""

    kind: TriggerKind
    from_days: Days = 0.0
    to_days: Days = 90.0
    times: Positive = 2.0
    count: Count = 5

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.kind in _SPANS and self.to_days <= self.from_days:
            raise TableFaults([(("to_days",), f"{self.to_days:g} is not after from_days {self.from_days:g}")])
        if self.kind in _NEED_FROM_DAYS and self.from_days == 0.0:
            raise TableFaults([(("from_days",), f"must be above 0 for {self.kind.value}")])
        return self


_SPANS = frozenset({TriggerKind.FIRST_TO_REPEAT, TriggerKind.REPLENISHMENT})
_NEED_FROM_DAYS = frozenset({TriggerKind.ON_THE_BRINK, TriggerKind.WIN_BACK})
