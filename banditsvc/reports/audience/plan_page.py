"""The plan of an audience as a page."""

from __future__ import annotations

import math
from collections import Counter

from banditsvc.audience.limit_use import LimitUse
from banditsvc.core.audience_limit import LimitKind
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.portfolio_prices import PortfolioPrices
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
_LIMIT_COLUMNS = ("limit", "it says", ">this run has", ">of it", ">left after", "held", "one more unit")


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
            ("customers", f"{report.tally.customers:,}", _rejected(report)),
            ("contacts", f"{total.contacts:,}", _against(report, total.contacts)),
            (
                "expected reward",
                amount(total.reward) if total.predicted else NOTHING,
                "the model's predictions for the contacts",
            ),
            (
                "explored",
                percent(total.explored / total.contacts) if total.contacts else NOTHING,
                f"costs {amount(total.exploration_cost)} of expected reward",
            ),
            *([] if report.prices is None else [_cost_of_limits(report.prices)]),
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
        limit_columns=_LIMIT_COLUMNS,
        limit_rows=[
            *[_room(room, report.currency) for room in report.rooms],
            *[_minimum(one) for one in report.limits if one.priced.limit.is_least],
        ],
        missed=[one.missed_text for one in report.limits if one.is_missed],
        results=[(name, f"{count:,}") for name, count in report.tally.results.most_common()],
        groups=[(name, f"{count:,}") for name, count in report.tally.groups.most_common()],
        decided_by=[(name, f"{count:,}") for name, count in report.tally.decided_by.most_common()],
        stage_rows=[(stage, f"{customers:,}") for stage, customers in stages.most_common()],
        rejection_rows=[
            (campaign_id, stage, rule, f"{customers:,}")
            for (campaign_id, stage, rule), customers in report.tally.rejections.most_common(_MOST_CELLS)
        ],
    )


def _rejected(report: PlanReport) -> str:
    rows, pairs = report.rejected_rows, report.rejected_pairs
    with_pairs = f" and {pairs:,} {'pair' if pairs == 1 else 'pairs'}" if pairs else ""
    return f"{rows:,} {'row' if rows == 1 else 'rows'}{with_pairs} rejected"


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


def _cost_of_limits(prices: PortfolioPrices) -> tuple[str, str, str]:
    cost, without = prices.reward_without - prices.reward, prices.reward_without
    share = f"{percent(cost / without)} of the " if without > 0.0 else "less than the "
    return "limits cost", amount(cost), f"{share}{amount(without)} expected without them"


def _room(room: RoomUse, currency: str) -> tuple[str, ...]:
    def show(value: float) -> str:
        return amount(value, currency) if room.is_cost else f"{value:,.0f}"

    use = room.limit
    says = use.text if use else f"at most {show(room.before)}{'' if room.is_cost else ' contacts'}"
    held = (use.held, _one_more(use)) if use else (NOTHING, NOTHING)
    return room.name, says, show(room.taken), _share(room.taken, room.before), show(room.after), *held


def _minimum(use: LimitUse) -> tuple[str, ...]:
    is_share = use.priced.limit.kind is LimitKind.LEAST_SHARE
    used = percent(use.used) if is_share else f"{use.used:,.0f}"
    return use.priced.limit.name, use.text, used, _share(use.used, use.bound), NOTHING, use.held, _one_more(use)


def _share(used: float, bound: float) -> str:
    return percent(used / bound) if bound > 0 else NOTHING


def _one_more(use: LimitUse) -> str:
    price = use.priced.price
    return f"{'costs' if use.priced.limit.is_least else 'earns'} {amount(price)}" if price else NOTHING
