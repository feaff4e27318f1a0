"""A lift report in words, the same in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from banditsvc.reports.lift_result import HorizonLift, LogLift
from banditsvc.reports.number_words import (
    NOTHING,
    Show,
    about,
    amount,
    between,
    percent,
    points,
    signed_amounts,
    signed_percents,
    whole,
)
from offline_eval.intervals import IntervalKind
from offline_eval.lift import Conclusion, Estimate, Metric

GROUPS = {
    "OPTIMIZED": "the policy",
    "UNIFORM_RANDOM": "a coin's choice",
    "BUSINESS_AS_USUAL": "business as usual",
    "HOLDOUT": "sending nothing",
}
TARGET = "OPTIMIZED"
CONTROLS = ("HOLDOUT", "BUSINESS_AS_USUAL", "UNIFORM_RANDOM")
"""Control groups, the one first that says most."""
CONCLUSIONS = {
    Conclusion.HIGHER: "target higher",
    Conclusion.LOWER: "target lower",
    Conclusion.UNDECIDED: "may be chance",
    Conclusion.REFUSED: "no conclusion",
}

THIN = "a group has too few customers, or too few who bought, for an interval"


def metric_words(metric: Metric, currency: str) -> str:
    """Returns the name of a metric, with its unit."""
    if metric is Metric.CONVERSION:
        return "conversion"
    return f"revenue per customer, {currency}" if currency else "revenue per customer"


def slice_words(name: str) -> str:
    """Returns what slices of a name are."""
    return f"first {name} sent, or that would have been" if name in {"campaign", "family"} else f"{name} at entry"


def mean_words(metric: Metric, value: float) -> str:
    """Returns the mean of one group."""
    return percent(value) if metric is Metric.CONVERSION else amount(value)


def absolute_words(estimate: Estimate, currency: str = "") -> str:
    """Returns the absolute lift with its interval, such as `+0.84 EUR (+0.12 to +1.56)`."""
    bounds = bounds_words(estimate)
    return figure_words(estimate, currency) + (f" ({bounds})" if bounds else "")


def figure_words(estimate: Estimate, currency: str = "") -> str:
    """Returns the absolute lift without its interval; that of conversion in percentage points (pp)."""
    unit = "pp" if estimate.metric is Metric.CONVERSION else currency
    figure = _difference(estimate)(estimate.absolute)
    return f"{figure} {unit}" if unit else figure


def bounds_words(estimate: Estimate) -> str:
    """Returns the interval of the absolute lift, such as `+0.12 to +1.56`; empty where there is none."""
    interval = estimate.absolute_interval
    return between(interval.low, interval.high, _difference(estimate)) if interval else ""


def incremental_words(estimate: Estimate) -> str:
    """Returns what the target group brought beyond the control's in all: revenue, or customers who converted."""
    return whole(estimate.incremental)


def relative_words(estimate: Estimate) -> str:
    """Returns the relative lift with its interval."""
    interval = estimate.relative_interval
    bounds = f" ({between(interval.low, interval.high, signed_percents)})" if interval else ""
    return percent(estimate.relative, sign=True) + bounds


def needed_words(estimate: Estimate) -> str:
    """Returns what it would take to conclude; empty where there is a conclusion, or nobody can tell."""
    needed = estimate.needed
    if needed is None:
        return ""
    who = f"about {about(needed.target_customers)} target and {about(needed.control_customers)} control customers"
    aim = f"to see a lift of {percent(needed.smallest_lift)} with a chance of {percent(needed.power)} it takes {who}"
    if needed.days == 0:
        return f"{aim}: there are as many"
    return aim if needed.days is None else f"{aim}: at the present rate {about(needed.days)} more days"


def sentence(estimate: Estimate, days: int, currency: str) -> str:
    """Returns the conclusion on two groups in a sentence."""
    who = f"{estimate.target} ({GROUPS[estimate.target]}) and {estimate.control} ({GROUPS[estimate.control]})"
    metric = metric_words(estimate.metric, "")
    lift = f"{absolute_words(estimate, currency)}, relative {relative_words(estimate)}"
    match estimate.conclusion:
        case Conclusion.REFUSED:
            return f"No conclusion on {who} in {metric} within {days} days: {estimate.refusal}."
        case Conclusion.UNDECIDED:
            return f"What {who} differ by in {metric} within {days} days may be chance: {lift}."
        case Conclusion.HIGHER:
            return f"Within {days} days {estimate.target} had a higher {metric} than {estimate.control}: {lift}."
        case _:
            return f"Within {days} days {estimate.target} had a lower {metric} than {estimate.control}: {lift}."


def kind_words(kind: IntervalKind, level: float) -> str:
    """Returns what an interval promises."""
    if kind is IntervalKind.ANYTIME:
        return f"{percent(level)}, ANYTIME: they hold however often the report is read"
    return f"{percent(level)}, FIXED: they hold for one reading at a number of customers fixed beforehand"


def head_words(lift: LogLift) -> Iterator[str]:
    """Yields what the report is about: groups, customers, and up to when orders are known."""
    if not lift.assignment_version:
        yield f"nobody is enrolled yet; the division is from {day_words(lift.start_us)}"
    else:
        shares = ", ".join(f"{group} {percent(share)}" for group, share in lift.shares.items())
        yield f"assignment version {lift.assignment_version} from {day_words(lift.start_us)}: {shares}"
        who = f"{lift.customers:,} customers" if lift.customers != 1 else "1 customer"
        span = f"between {day_words(lift.first_entry_us)} and {day_words(lift.last_entry_us)}"
        yield f"{who} enrolled {span}"
    waiting = f", as far as the feed {lift.complete.waiting_for} is complete" if lift.complete.waiting_for else ""
    if lift.complete.through_us:
        yield f"orders known up to {time_words(lift.complete.through_us)}{waiting}"
    else:
        yield f"no horizon is over: the feed {lift.complete.waiting_for} has no complete_through yet"
    if lift.redrawn_us is not None:
        yield f"everyone was drawn anew at {time_words(lift.redrawn_us)}: horizons that end later do not count"


def left_out_words(lift: LogLift) -> Iterator[str]:
    """Yields who is left out, or is not what the group says, over all horizons; nothing where that is nobody."""
    counts = (
        (lift.contaminated, "held out and contacted all the same: they count as held out (intention to treat)"),
        (lift.changed_group, "in another group later on, as their assignment_key changed: the first one counts"),
        (lift.mixed_families, "left out: several ids of theirs were enrolled, in different groups"),
        (lift.merged_families, "left out: several ids of theirs were enrolled, in one group"),
        (lift.outside, "left out: another division decides for them before this one"),
        (lift.not_activated, "left out: no decision of theirs was activated"),
    )
    for number, words in counts:
        if number:
            yield f"{number:,} {'customer' if number == 1 else 'customers'} {words}"


def horizon_words(horizon: HorizonLift) -> Iterator[str]:
    """Yields what is not in a horizon's figures; nothing where that is nothing."""
    out = horizon.left_out
    if out.horizon_not_over:
        yield f"{out.horizon_not_over:,} enrolled customers whose {horizon.days} days are not over do not count yet"
    if out.orders_before_entry:
        yield f"{out.orders_before_entry:,} orders from before the customer was enrolled do not count"
    if out.orders_of_others:
        yield f"{out.orders_of_others:,} orders of customers who are not enrolled, or were left out, do not count"
    for group in horizon.report.groups:
        if group.winsorised_customers:
            yield (
                f"{group.group}: {percent(group.winsorised_customers)} of the customers are above the greatest revenue, "
                f"which takes {percent(group.winsorised_revenue)} off the group's revenue"
            )


def nothing_over_words(horizon: HorizonLift, lift: LogLift) -> str:
    """Returns why a horizon has no figures yet, and when it will have."""
    if horizon.first_end_us is None:
        return "nobody is enrolled yet: Rank enrolls whom it is asked about, EnrollCustomers everybody else"
    if lift.redrawn_us is not None:
        return "no horizon was over before everyone was drawn anew"
    return f"no horizon is over and complete yet; the first ends on {day_words(horizon.first_end_us)}"


def day_words(time_us: int | None) -> str:
    """Returns the day (UTC) of a moment."""
    return NOTHING if time_us is None else f"{datetime.fromtimestamp(time_us / 1e6, UTC):%Y-%m-%d}"


def time_words(time_us: int) -> str:
    """Returns a moment to the minute."""
    return f"{datetime.fromtimestamp(time_us / 1e6, UTC):%Y-%m-%d %H:%M} UTC"


def _difference(estimate: Estimate) -> Show:
    if estimate.metric is Metric.CONVERSION:
        return points
    interval = estimate.absolute_interval
    return signed_amounts(estimate.absolute, *((interval.low, interval.high) if interval else ()))
