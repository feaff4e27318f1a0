"""The Monday page as HTML."""

from __future__ import annotations

import math
from dataclasses import astuple
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from banditsvc.core.times import SECOND_US
from banditsvc.reports.html import ForestRow, Line, Tone, band_plot, forest_plot, render_page
from banditsvc.reports.lift_words import GROUPS
from banditsvc.reports.monday.monday_report import FamilyLearned, MondayReport
from banditsvc.reports.monday.sent import CampaignSent
from banditsvc.reports.number_words import NOTHING, amount, between, percent

_MOST_CAMPAIGNS = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def monday_page(report: MondayReport) -> str:
    """Returns the page: one HTML document that asks for nothing from elsewhere."""
    week = report.week
    shown = report.sent.campaigns[:_MOST_CAMPAIGNS]
    return render_page(
        "monday.html",
        report=report,
        earned=report.earned,
        span=f"{week.monday:%-d %B} to {week.sunday:%-d %B %Y}",
        read=(_EPOCH + timedelta(seconds=report.read_us / SECOND_US)).strftime("%Y-%m-%d %H:%M UTC"),
        sent_note=_change(report.sent.contacts, report.sent.contacts_before),
        sent_sentence=_sent_sentence(report),
        sent_rows=[_sent_row(one, report) for one in shown],
        left_out=len(report.sent.campaigns) - len(shown),
        path=_path(report),
        learned=_learned(report),
        learned_rows=[_learned_row(one) for one in report.learned],
        unknown_rows=[
            (one.segment, one.family, f"{one.decisions:,}", NOTHING if one.days is None else _about_days(one.days))
            for one in report.unknown
        ],
        earned_rows=[astuple(row) for row in report.earned.rows],
        cost_rows=[(one.name, one.what, one.estimate) for one in report.costs],
        urgent=sum(item.urgency == 1 for item in report.agenda),
    )


def _change(now: int, before: int) -> str:
    if not before:
        return "none in the week before"
    return f"{percent(now / before - 1.0, sign=True)} on the week before ({before:,})"


def _sent_sentence(report: MondayReport) -> str:
    sentences = [f"{report.sent.contacts:,} contacts, {_change(report.sent.contacts, report.sent.contacts_before)}."]
    for result, words in (
        ("HELD_OUT", "times nothing was sent because the customer is held out."),
        ("NO_CONTACT", "times the choice was to send nothing."),
        ("NO_ELIGIBLE", "times no campaign was left after rules and caps."),
    ):
        if report.results.get(result):
            sentences.append(f"{report.results[result]:,} {words}")
    return " ".join(sentences)


def _sent_row(one: CampaignSent, report: MondayReport) -> tuple[str, ...]:
    total = report.sent.contacts
    return (
        one.campaign_id,
        one.family or NOTHING,
        f"{one.contacts:,}",
        percent(one.contacts / total) if total else NOTHING,
        f"{one.contacts_before:,}",
        amount(one.cost, report.currency) if one.cost else NOTHING,
    )


def _path(report: MondayReport) -> Markup | None:
    main, path = report.earned.main, report.path
    # One reading is no course.
    if main is None or path is None or (path["high"] < math.inf).sum() < 2:
        return None
    line = Line(
        times_us=path["reading_us"].to_numpy(),
        values=path["absolute"].to_numpy(),
        low=path["low"].to_numpy(),
        high=path["high"].to_numpy(),
        tone=Tone.BELOW if report.earned.tone == "below" else Tone.ABOVE,
    )
    return band_plot(
        [line],
        name=f"What the policy brought over {GROUPS[main.control]}, as it was read day by day",
        axis=f"{report.currency} per customer in {report.earned.main_days} days",
        show=lambda value: amount(value, sign=True),
    )


def _learned(report: MondayReport) -> Markup | None:
    rows = [
        ForestRow(
            label=one.family,
            value=one.mean_reward,
            low=one.low,
            high=one.high,
            note=one.word,
            tone=Tone.PLAIN if math.isfinite(one.low) else Tone.OPEN,
        )
        for one in report.learned
        if math.isfinite(one.mean_reward)
    ]
    if not rows:
        return None
    return forest_plot(
        rows,
        name="Mean reward of each campaign family where it may be chosen",
        axis="mean reward of a decision, were the family always chosen",
        show=amount,
        reference=None,
    )


def _learned_row(one: FamilyLearned) -> tuple[str, ...]:
    return (
        one.family,
        percent(one.share_before),
        percent(one.share),
        amount(one.mean_reward),
        between(one.low, one.high, amount),
        one.word,
    )


def _about_days(days: int) -> str:
    """Returns how many more days it takes: where so little is missing that none is counted, one."""
    return "1 day" if days <= 1 else f"{days:,} days"
