"""Delays: how long after a contact the purchase comes that it caused."""

from __future__ import annotations

from simulators.worlds.table import NotNegative, Share, SomeDays, Table


class DelaySpec(Table):
    """Exponential, longer for greater orders where it is tied to the reward, and for a share without end."""

    mean_days: SomeDays = 1.5
    """Mean delay of an order of the median value."""
    reward_exponent: NotNegative = 0.0
    """The mean is multiplied by (order value / median)^exponent: above 0, great orders come late."""
    never_share: Share = 0.0
    """Share of responses of which nobody ever hears."""
