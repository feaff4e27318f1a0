"""Promises: what an interval of an off-policy value says, how far it can be relied on, and under what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offline_eval.intervals.interval import Interval, IntervalKind


class Method(StrEnum):
    """How an interval is made."""

    CRESSIE_READ = "CRESSIE_READ"
    """The default: the profile of the Cressie-Read divergence, with the largest weight that there can be."""
    NORMAL = "NORMAL"
    """The mean and its standard error."""
    BOOTSTRAP = "BOOTSTRAP"
    """Percentiles of means of resampled units."""
    CLOPPER_PEARSON = "CLOPPER_PEARSON"
    """Of counts in units of the largest weight."""
    EMPIRICAL_BERNSTEIN = "EMPIRICAL_BERNSTEIN"
    """Maurer and Pontil's bound."""
    BETTING = "BETTING"
    """The confidence sequence by betting."""


class Guarantee(StrEnum):
    """How far the level can be relied on."""

    FINITE_SAMPLE = "FINITE_SAMPLE"
    """It holds at every sample size, for every distribution within the bounds."""
    ASYMPTOTIC = "ASYMPTOTIC"
    """It holds the better the more units there are."""
    NONE = "NONE"
    """It is not proved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What an interval promises."""

    method: Method
    guarantee: Guarantee
    kind: IntervalKind
    level: float
    assumptions: tuple[str, ...]
    """What it takes for granted, a clause each."""

    def __str__(self) -> str:
        """Returns the promise as one sentence."""
        often = {
            IntervalKind.ANYTIME: "read as often as one likes",
            IntervalKind.FIXED: "read once, at a size fixed beforehand",
        }[self.kind]
        sure = {
            Guarantee.FINITE_SAMPLE: "at every sample size",
            Guarantee.ASYMPTOTIC: "in large samples",
            Guarantee.NONE: "where experience shows it, without a proof",
        }[self.guarantee]
        return f"In {self.level:.4g} of cases it holds the truth, {often}, {sure}, if {', '.join(self.assumptions)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedInterval:
    """An interval of an off-policy value or difference with its promise, or the reason why there is none."""

    method: Method | None
    """None where no method could have made one."""
    interval: Interval | None = None
    promise: Promise | None = None
    """None where there is no interval."""
    refusal: str = ""
    """Why there is no interval, and what would give one."""
    thin: str = ""
    """Why nothing should be concluded from it yet, although it stands; empty where conclusions may be drawn."""

    def is_above(self, value: float) -> bool:
        """Returns whether one may conclude that the truth is greater: never from thin data or without an interval."""
        return self.interval is not None and not self.thin and self.interval.low > value

    def is_below(self, value: float) -> bool:
        """Returns whether one may conclude that the truth is less: never from thin data or without an interval."""
        return self.interval is not None and not self.thin and self.interval.high < value


def refused(method: Method | None, why: str) -> PromisedInterval:
    """Returns that there is no interval, and why."""
    return PromisedInterval(method=method, refusal=why)


def tuned_interval(setting: str) -> PromisedInterval:
    """Returns that a tuned estimator has no interval.

    With the setting that SLOPE chose and a bootstrap on the same decisions, 95 % intervals of DRos and of Switch-DR on
    the Open Bandit sample both exclude the truth: the choice hides a bias that no resampling shows.

    Args:
        setting: What was chosen on the data, such as "the clipping weight of Switch-DR".
    """
    return refused(None, f"{setting} was chosen on these same decisions, so no interval around it can be certified")
