"""How many customers, and how many days, it takes to see a lift."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.stats import norm

from offline_eval.intervals import IntervalKind, IntervalSpec, Moments, sequence_standard_errors

MOST_CUSTOMERS = 1e12
"""Beyond this the answer is that no number would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What it takes to conclude."""

    smallest_lift: float
    """The relative lift it is reckoned for."""
    absolute_lift: float
    """The same in units of the metric, at the control's present mean."""
    power: float
    target_customers: int
    """Whole number of customers of the target group, those already counted included."""
    control_customers: int
    days: int | None
    """Further days at the present rate; 0: there are enough already; None: the rate is not known."""


def needed_customers(
    target: Moments, control: Moments, *, target_share: float, lift: float, power: float, spec: IntervalSpec
) -> tuple[int, int] | None:
    """Returns how many customers of each group show an absolute lift with that power, at the present spreads.

    The interval excludes 0 with chance `power` where lift = (w + z) sqrt(s1^2 / n1 + s0^2 / n0), w being the half
    width in standard errors and z the normal quantile of the power. An ANYTIME interval may conclude earlier, as it
    is read all along: for it this is the number at which one reading alone has that power.

    Returns:
        None where a spread is unknown or the lift is 0, so that no number would do.
    """
    spread = float(target.variance) / target_share + float(control.variance) / (1.0 - target_share)
    if not (math.isfinite(spread) and spread > 0.0 and math.isfinite(lift) and lift != 0.0):
        return None
    reach = float(norm.ppf(power))

    def is_enough(total: float) -> bool:
        return (_width(total, spec) + reach) * math.sqrt(spread / total) <= abs(lift)

    low = max(_least(target, spec) / target_share, _least(control, spec) / (1.0 - target_share))
    if not low < MOST_CUSTOMERS or not is_enough(MOST_CUSTOMERS):
        return None
    total = low if is_enough(low) else _bisect(is_enough, low, MOST_CUSTOMERS)
    return math.ceil(total * target_share), math.ceil(total * (1.0 - target_share))


def _width(total: float, spec: IntervalSpec) -> float:
    if spec.kind is IntervalKind.ANYTIME:
        return float(sequence_standard_errors(total, spec.level, spec.tightest_at))
    return float(norm.ppf(0.5 + 0.5 * spec.level))


def _least(sample: Moments, spec: IntervalSpec) -> float:
    """Returns with how many customers a group has what an interval asks for, at the present share of uncommon values."""
    found = float(sample.uncommon)
    for_uncommon = math.inf if found == 0.0 else spec.least_uncommon * float(sample.count) / found
    return max(spec.least_customers, for_uncommon)


def _bisect(is_enough: Callable[[float], bool], low: float, high: float) -> float:
    """Returns the least number that is enough, to a thousandth of itself; `high` is enough and `low` is not."""
    while high > low * 1.001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
