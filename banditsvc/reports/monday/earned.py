"""What the policy earned over the control groups, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from banditsvc.reports.lift_words import CONTROLS, GROUPS, TARGET
from banditsvc.reports.number_words import NOTHING, Show, amount, between, percent
from offline_eval.intervals import IntervalKind
from offline_eval.lift import Conclusion, Estimate, LiftReport, Metric, Population

_PREFERRED_DAYS = (30, 7, 90, 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedRow:
    """One comparison as a row of a table, in texts."""

    horizon: str
    against: str
    customers: str
    revenue: str
    """Per customer, with its interval; and so conversion."""
    conversion: str
    conclusion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What was earned, for the top of the page and for the section below."""

    figure: str
    """One number, or that it is not known yet."""
    note: str
    """What the number is, with its interval."""
    tone: str
    """above, below or empty."""
    sentence: str
    """The whole of it in words; where there is no conclusion it says what would do."""
    total: str
    """Over all customers of the target group; empty where there is no conclusion."""
    rows: tuple[EarnedRow, ...]
    main: Estimate | None
    """What figure is about."""
    main_days: int


def earned(reports: Sequence[LiftReport], currency: str) -> Earned:
    """Returns the words on lift reports of several horizons; none of them means that there are no groups."""
    days, main = _main(reports)
    rows = tuple(row for report in reports for row in _rows(report))
    if main is None:
        return Earned(
            figure="not known",
            note="there is no control group to compare with",
            tone="",
            sentence="Without a control group nobody can tell what the policy earned.",
            total="",
            rows=rows,
            main=None,
            main_days=days,
        )
    said = _said(main, days, currency, _kind(reports))
    return Earned(rows=rows, main=main, main_days=days, **said)


def _main(reports: Sequence[LiftReport]) -> tuple[int, Estimate | None]:
    """Returns the horizon and the estimate that say most: a conclusion before an interval, an interval before none."""
    found: list[tuple[int, int, int, Estimate]] = []
    for report in reports:
        place = _PREFERRED_DAYS.index(report.horizon_days) if report.horizon_days in _PREFERRED_DAYS else 9
        for rank, control in enumerate(CONTROLS):
            estimate = _whole(report, control, Metric.REVENUE)
            if estimate is not None:
                refused = estimate.conclusion is Conclusion.REFUSED
                found.append((int(refused), rank, place, estimate))
    if not found:
        return _PREFERRED_DAYS[0], None
    _, _, place, estimate = min(found, key=lambda one: one[:3])
    days = next(report.horizon_days for report in reports if any(one is estimate for one in report.estimates))
    return days, estimate


def _whole(report: LiftReport, control: str, metric: Metric) -> Estimate | None:
    return next(
        (
            one
            for one in report.estimates
            if (one.target, one.control, one.metric) == (TARGET, control, metric)
            and one.population is Population.ENROLLED
            and not one.slice_name
        ),
        None,
    )


def _kind(reports: Sequence[LiftReport]) -> str:
    fixed = any(report.interval_kind is IntervalKind.FIXED for report in reports)
    return "95 %, for one reading" if fixed else "95 %, however often it is read"


def _said(main: Estimate, days: int, currency: str, kind: str) -> dict[str, str]:
    against = GROUPS[main.control]
    if main.absolute_interval is None:
        return {
            "figure": "not known yet",
            "note": f"compared with {against}, within {days} days",
            "tone": "",
            "sentence": f"Too little data to compare the policy with {against}: {main.refusal}.{_needed(main)}",
            "total": "",
        }

    def show(value: float) -> str:
        return amount(value, currency, sign=True)

    low, high = main.absolute_interval.low, main.absolute_interval.high
    interval = between(low, high, show)
    figure = show(main.absolute)
    relative = "" if math.isnan(main.relative) else f" ({percent(main.relative, sign=True)})"
    words = f"{figure} per customer within {days} days compared with {against}{relative}; {interval} ({kind})"
    if main.conclusion is Conclusion.UNDECIDED:
        return {
            "figure": figure,
            "note": f"per customer in {days} days over {against}: may be chance, {interval}",
            "tone": "",
            "sentence": f"The policy brought {words}. That may still be chance.{_needed(main)}",
            "total": "",
        }
    total = main.target_customers * main.absolute
    bounds = between(main.target_customers * low, main.target_customers * high, show)
    return {
        "figure": figure,
        "note": f"per customer in {days} days over {against}: {interval}",
        "tone": "above" if main.conclusion is Conclusion.HIGHER else "below",
        "sentence": f"The policy brought {words}. That is more than chance.",
        "total": f"{show(total)} over {main.target_customers:,} customers whose {days} days are over ({bounds})",
    }


def _needed(main: Estimate) -> str:
    needed = main.needed
    if needed is None:
        return ""
    text = (
        f" To see a lift of {percent(needed.smallest_lift)} it takes {needed.target_customers:,} customers in the "
        f"target and {needed.control_customers:,} in the control group"
    )
    if needed.days is None:
        return f"{text}."
    return f"{text}: at the present rate {needed.days:,} days more."


def _rows(report: LiftReport) -> list[EarnedRow]:
    found = []
    for control in CONTROLS:
        revenue = _whole(report, control, Metric.REVENUE)
        conversion = _whole(report, control, Metric.CONVERSION)
        known = revenue or conversion
        if known is None or not (known.target_customers or known.control_customers):
            continue
        found.append(
            EarnedRow(
                horizon=f"{report.horizon_days} days",
                against=GROUPS[control],
                customers=f"{known.target_customers:,} / {known.control_customers:,}",
                revenue=_with_interval(revenue, lambda value: amount(value, sign=True)),
                conversion=_with_interval(conversion, _points),
                conclusion=_CONCLUSIONS[known.conclusion],
            )
        )
    return found


_CONCLUSIONS = {
    Conclusion.HIGHER: "more",
    Conclusion.LOWER: "less",
    Conclusion.UNDECIDED: "may be chance",
    Conclusion.REFUSED: "too little data",
}


def _points(value: float) -> str:
    return amount(100.0 * value, sign=True)


def _with_interval(estimate: Estimate | None, show: Show) -> str:
    if estimate is None:
        return NOTHING
    interval = estimate.absolute_interval
    if interval is None:
        return show(estimate.absolute)
    return f"{show(estimate.absolute)} ({between(interval.low, interval.high, show)})"
