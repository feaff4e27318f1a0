"""What a sweep is to choose by."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from simulators.worlds.table import NotNegative, Table


class SweepMetric(StrEnum):
    """What is to be as great as can be, per customer."""

    PROFIT = "profit"
    REVENUE = "revenue"
    CONVERSIONS = "conversions"


class SweepSpec(Table):
    """Which settings are compared, by what, and the guard rails that a choice must keep."""

    policy: str = ""
    """Label of the policy whose settings are compared; empty: the only one that has several."""
    of: SweepMetric = SweepMetric.PROFIT
    most_opt_outs: NotNegative | None = None
    """Per customer over the whole run, of the mean over seeds and worlds."""
    most_starved: int | None = Field(default=None, ge=0)
    """Campaigns that get less than a twentieth of an equal draw although the oracle would choose them for somebody."""
    most_days_to_find: NotNegative | None = None
    """Median over new campaigns and seeds, from when there was enough to judge by, see time_to_find; where half or more are never found, the guard rail is not kept."""
