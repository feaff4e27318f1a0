"""A rehearsal as a page. Import it inside banditsvc.reports.extra.reports_extra."""

from __future__ import annotations

import math

import numpy as np
from markupsafe import Markup

from banditsvc.core.times import DAY_US
from banditsvc.reports.html import ForestRow, Line, Tone, band_plot, forest_plot, render_page
from banditsvc.reports.number_words import NOTHING, about, amount, percent
from simulators.rehearse.pilots import Pilot
from simulators.rehearse.rehearsal import HIGH, LOW, Rehearsal
from simulators.rehearse.rehearsal_settings import LEAST_PILOTS
from simulators.rehearse.rehearsal_words import (
    answers,
    assumptions,
    campaign_rows,
    counted,
    headline,
    money,
    policy_rows,
)
from simulators.worlds.campaign_span import DAYS_A_WEEK


def rehearsal_page(rehearsal: Rehearsal) -> str:
    """Returns the answers as one HTML document that needs no network."""
    history = rehearsal.history
    return render_page(
        "rehearsal.html",
        headline=headline(rehearsal),
        tone=("good" if rehearsal.is_provable else "bad") if rehearsal.has_verdict else "",
        too_little=rehearsal.too_little,
        sends=len(history.sends),
        orders=len(history.orders),
        customers=history.customer_count,
        answers=list(answers(rehearsal)),
        cards=_cards(rehearsal),
        shares=_shares_table(rehearsal),
        course=_course(rehearsal) if rehearsal.pilots else None,
        policies=_policies(rehearsal) if rehearsal.pilots else None,
        policy_rows=list(policy_rows(rehearsal)) if rehearsal.pilots else [],
        currency=rehearsal.settings.currency,
        campaign_rows=list(campaign_rows(rehearsal)),
        assumptions=list(assumptions(rehearsal)),
        played=f"{counted(len(rehearsal.pilots), 'pilot')} of {counted(rehearsal.settings.weeks, 'week')}",
    )


def _cards(rehearsal: Rehearsal) -> list[tuple[str, str, str, str]]:
    if not rehearsal.pilots:
        return []
    controls, currency = rehearsal.controls, rehearsal.settings.currency
    cost, left = (amount(1000.0 * one.value, currency) for one in (rehearsal.exploration_cost, rehearsal.left_on_table))
    return [
        _winner_card(rehearsal),
        ("exploring costs", cost, "per 1,000 sends", ""),
        (
            "controls",
            about(controls.control_customers) if controls else "none would do" if rehearsal.has_verdict else NOTHING,
            "to prove the gain",
            "",
        ),
        ("left on the table", left, "per 1,000 sends, by fixed priority", ""),
    ]


def _winner_card(rehearsal: Rehearsal) -> tuple[str, str, str, str]:
    name, week = "a winner shows in", rehearsal.winner_week
    if not rehearsal.has_verdict:
        return name, NOTHING, f"takes {LEAST_PILOTS} pilots", ""
    within = counted(rehearsal.settings.weeks, "week")
    note = f"in {percent(rehearsal.winner_share)} of the pilots within {within}"
    return (name, "not in time", note, "") if week is None else (name, counted(week, "week"), note, "above")


def _shares_table(rehearsal: Rehearsal) -> list[tuple[str, str]]:
    weeks = sorted({1, 2, 4, 8, 13, 26, 39, 52, rehearsal.settings.weeks})
    return [
        (str(week), percent(rehearsal.share_by(week)))
        for week in weeks
        if rehearsal.pilots and rehearsal.has_verdict and week <= rehearsal.settings.weeks
    ]


def _course(rehearsal: Rehearsal) -> Markup:
    """Returns what a pilot of middling luck shows week by week."""
    pilot = _middling(rehearsal.pilots)
    times = DAYS_A_WEEK * (1 + np.arange(len(pilot.difference))) * DAY_US
    line = Line(times_us=times, values=1000.0 * pilot.difference, low=1000.0 * pilot.low, high=1000.0 * pilot.high)
    return band_plot(
        [line],
        name="Revenue of the policy less that of the fixed order in one rehearsed pilot, week by week",
        axis=f"{rehearsal.settings.currency} per 1,000 sends",
        show=lambda value: amount(value, sign=True),
        in_weeks=True,
    )


def _middling(pilots: tuple[Pilot, ...]) -> Pilot:
    ranked = sorted(pilots, key=lambda pilot: (pilot.winner_week or math.inf, -float(pilot.difference[-1])))
    return ranked[(len(ranked) - 1) // 2]


def _policies(rehearsal: Rehearsal) -> Markup:
    found = (
        ("fixed priority", rehearsal.fixed_reward, Tone.OPEN),
        ("coin", rehearsal.coin_reward, Tone.OPEN),
        (f"policy {rehearsal.settings.policy}", rehearsal.policy_reward, Tone.ABOVE),
        ("best possible", rehearsal.best_reward, Tone.PLAIN),
    )
    rows = [
        ForestRow(
            label=name,
            value=1000.0 * answer.value,
            low=1000.0 * answer.low,
            high=1000.0 * answer.high,
            note=money(rehearsal, answer),
            tone=tone,
        )
        for name, answer, tone in found
    ]
    return forest_plot(
        rows,
        name=f"Expected revenue of each policy; bars are the quantiles {LOW:g} to {HIGH:g} over the pilots",
        axis=f"{rehearsal.settings.currency} per 1,000 sends",
        show=amount,
        reference=None,
    )
