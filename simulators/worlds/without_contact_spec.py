"""What customers of a stateless world do when nothing is sent to them."""

from __future__ import annotations

from pydantic import Field

from simulators.worlds.campaign_spec import Odds
from simulators.worlds.delay_spec import DelaySpec
from simulators.worlds.order_value import OrderValue
from simulators.worlds.table import Chance, Table


class WithoutContactSpec(Table):
    """The arm of a trial to which nothing was sent: who visits and gets nothing buys by itself with these chances.

    A contact takes its place: what a customer buys after one is by the campaign's chances alone, and the lift of the
    contact is the difference of the two, which may be below 0.
    """

    base_rate: Chance
    """Chance of a purchase, where all odds are 1."""
    odds: Odds = Field(default_factory=dict)
    order_value: OrderValue | None = None
    """None: the world's."""
    delay: DelaySpec | None = None
    """None: the world's."""
