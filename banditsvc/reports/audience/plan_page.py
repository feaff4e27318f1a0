"""The plan of an audience as a page."""

from __future__ import annotations

import math
from collections import Counter

from banditsvc.core.audience_limit import LimitKind
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.limit_texts import limit_text
from banditsvc.core.portfolio_prices import LimitPrice
from banditsvc.reports.audience.plan_report import PlanReport, PlanRow, RoomUse
from banditsvc.reports.html import ForestRow, Volume, forest_plot, render_page, volume_plot
from banditsvc.reports.number_words import NOTHING, amount, between, percent

_MOST_PLOTTED = 30
_MOST_CELLS = 400
"""Rows of campaign and segment on the page; plan.parquet has all."""
_COLUMNS = (
    ">customers",
    ">contacts",
    ">last run",
    ">explored",
    ">expected reward",
    ">interval, 95 %",
    ">cost",
    ">cost of exploration",
)


def plan_page(report: PlanReport) -> str:
    """Returns the plan as one HTML document that needs no network."""
    total, sent = report.total, [row for row in report.campaigns if row.campaign_id not in ("", NO_CONTACT)]
    shown = sent[:_MOST_PLOTTED]
    stages: Counter[str] = Counter()
    for (_, stage, _), customers in report.tally.rejections.items():
        stages[stage] += customers
    expected = [row for row in shown if row.contacts and math.isfinite(row.reward)]
    return render_page(
        "plan.html",
        report=report,
        cards=[
            ("customers", f"{report.tally.customers:,}", f"{report.rejected_rows:,} rows rejected"),
            ("contacts", f"{total.contacts:,}", _against(report, total.contacts)),
            ("expected reward", amount(total.reward) if total.predicted else NOTHING, "sum of the model's predictions"),
            (
                "explored",
                percent(total.explored / total.contacts) if total.contacts else NOTHING,
                f"costs {amount(total.exploration_cost)} of expected reward",
            ),
        ],
        volumes=volume_plot(
            [Volume(label=row.campaign_id, now=row.contacts, before=row.last_run) for row in shown],
            name="Contacts by campaign",
            axis="contacts",
            before="last run",
        )
        if shown
        else "",
        rewards=forest_plot(
            [
                ForestRow(
                    label=row.campaign_id,
                    value=row.reward / row.contacts,
                    low=row.low / row.contacts,
                    high=row.high / row.contacts,
                )
                for row in expected
            ],
            name="Expected reward per contact by campaign",
            axis="predicted reward of one contact",
            show=amount,
            reference=None,
        )
        if expected
        else "",
        columns=("campaign", *_COLUMNS),
        rows=[(_campaign(row), *_cells(row)) for row in report.campaigns],
        cell_columns=("campaign", "segment", *_COLUMNS),
        cell_rows=[(_campaign(row), row.segment or "not known", *_cells(row)) for row in report.cells[:_MOST_CELLS]],
        more_cells=max(0, len(report.cells) - _MOST_CELLS),
        room_rows=[_room(room, report.currency) for room in report.rooms],
        price_rows=[_price(one) for one in report.prices],
        results=[(name, f"{count:,}") for name, count in report.tally.results.most_common()],
        groups=[(name, f"{count:,}") for name, count in report.tally.groups.most_common()],
        decided_by=[(name, f"{count:,}") for name, count in report.tally.decided_by.most_common()],
        stage_rows=[(stage, f"{customers:,}") for stage, customers in stages.most_common()],
        rejection_rows=[
            (campaign_id, stage, rule, f"{customers:,}")
            for (campaign_id, stage, rule), customers in report.tally.rejections.most_common(_MOST_CELLS)
        ],
    )


def _against(report: PlanReport, contacts: int) -> str:
    before = sum(row.last_run or 0 for row in report.campaigns)
    if not before:
        return "no run before to compare with" if not report.last_run_id else f"none in run {report.last_run_id}"
    return f"{percent(contacts / before - 1.0, sign=True)} on run {report.last_run_id}"


def _campaign(row: PlanRow) -> str:
    return row.campaign_id or "nothing chosen"


def _cells(row: PlanRow) -> tuple[str, ...]:
    return (
        f"{row.customers:,}",
        f"{row.contacts:,}",
        NOTHING if row.last_run is None else f"{row.last_run:,}",
        percent(row.exploration_share),
        amount(row.reward),
        between(row.low, row.high, amount) if math.isfinite(row.low) else NOTHING,
        amount(row.cost),
        amount(row.exploration_cost),
    )


def _price(one: LimitPrice) -> tuple[str, ...]:
    bound = one.limit.share if one.limit.kind is LimitKind.LEAST_SHARE else one.bound
    earns = f"{'costs' if one.limit.is_least else 'earns'} {amount(one.price)}" if one.price else NOTHING
    held = "yes" if one.is_met else "no" if one.limit.is_least else "by room"
    return one.limit.name, limit_text(one.limit, bound), f"{one.expected:,.0f}", held, earns


def _room(room: RoomUse, currency: str) -> tuple[str, ...]:
    def show(value: float) -> str:
        return amount(value, currency) if room.is_cost else f"{value:,.0f}"

    share = percent(room.taken / room.before) if room.before > 0 else NOTHING
    return (
        room.name,
        "cost" if room.is_cost else "contacts",
        show(room.before),
        show(room.taken),
        share,
        show(room.after),
    )
