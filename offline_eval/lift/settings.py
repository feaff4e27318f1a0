"""What a lift report is asked for; all of it declared before the first reading."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

from banditsvc.core.errors import FieldViolation, InvalidRequest
from offline_eval.intervals import IntervalSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftSettings:
    """How lift is to be judged.

    Raises:
        InvalidRequest: It names every field at fault.
    """

    shares: Mapping[str, float]
    """Share of the customers that each assignment group was to get; in each pair of groups the one named first is the
    target group and the other the control group. Shares may sum to less than 1: the rest is in no group."""
    interval: IntervalSpec = field(default_factory=IntervalSpec)
    tightest_group: float | None = None
    """Customers of the smaller group of a pair, by the shares, at which an ANYTIME interval of that pair is tightest; None:
    `interval.tightest_at` holds for every pair."""
    horizon_days: int = 30
    """Days from a customer's entry over which the outcomes were summed; said in the report."""
    greatest_value: float | None = None
    """Revenue of a customer above this counts as this (winsorised); None: none is."""
    slices: tuple[str, ...] = ()
    """Columns with the customer's segment, stage and such at entry."""
    anchored_slices: tuple[str, ...] = ()
    """Columns, such as the first would-be campaign, whose slices are compared among those who would have been contacted
    alone: of nobody else is it known. They are corrected for by themselves."""
    planned_slices: int = 0
    """How many slices to correct for; at least those that there are. Say the most there may ever be where customers
    of new slices may still come."""
    revenue_refusal: str = ""
    """Why revenue cannot be compared, such as several currencies; empty where it can."""
    smallest_lift: float = 0.05
    """The smallest relative lift that would matter; needed customers and days are reckoned for it."""
    power: float = 0.8
    """Chance of seeing the smallest lift, should it be true, with the needed customers."""
    sample_ratio_level: float = 0.001
    """Chance that the sample-ratio check fails, ever, although customers are assigned as they should be."""
    anchored_pairs: frozenset[tuple[str, str]] = frozenset({("OPTIMIZED", "HOLDOUT")})
    """Pairs of target and control whose would-be contacts come from the same decider, so that those who would have
    been contacted are the same kind of customers in both."""
    sure_conversion: float = 0.5
    """Customers of a slice are sure things where at least this share of both groups converts."""

    def __post_init__(self) -> None:
        violations = [FieldViolation(*found) for found in self._faults()]
        if violations:
            raise InvalidRequest(violations)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Returns all pairs of target and control group."""
        return tuple(combinations(self.shares, 2))

    def tuned(self, spec: IntervalSpec, pair: tuple[str, str]) -> IntervalSpec:
        """Returns the specification of an interval as it is for a pair of groups."""
        if self.tightest_group is None:
            return spec
        shares = [self.shares[group] for group in pair]
        return replace(spec, tightest_at=self.tightest_group * sum(shares) / min(shares))

    def _faults(self) -> list[tuple[str, str]]:
        shares = list(self.shares.values())
        rules = (
            ("shares", len(shares) >= 2, "at least two groups are needed"),
            ("shares", all(0.0 < share <= 1.0 for share in shares), "each must be above 0 and at most 1"),
            ("shares", math.fsum(shares) <= 1.0 + 1e-9, "together they must not be above 1"),
            ("horizon_days", self.horizon_days >= 1, "must be at least 1"),
            ("tightest_group", self.tightest_group is None or self.tightest_group > 0.0, "must be positive"),
            ("greatest_value", self.greatest_value is None or self.greatest_value > 0.0, "must be positive"),
            ("smallest_lift", 0.0 < self.smallest_lift < math.inf, "must be positive"),
            ("power", 0.5 <= self.power < 1.0, "must be at least .5 and below 1"),
            ("sample_ratio_level", 0.0 < self.sample_ratio_level < 1.0, "must be between 0 and 1"),
            ("sure_conversion", 0.0 < self.sure_conversion <= 1.0, "must be above 0 and at most 1"),
        )
        return [(name, text) for name, holds, text in rules if not holds]
