"""A Monday report made of made-up customers."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd

from banditsvc.core.times import DAY_US
from banditsvc.reports import Count, FunnelReport
from banditsvc.reports.monday.agenda import AgendaItem, Urgency
from banditsvc.reports.monday.earned import earned
from banditsvc.reports.monday.excluded import Excluded
from banditsvc.reports.monday.monday_report import Cost, FamilyLearned, MondayReport, Unknown
from banditsvc.reports.monday.sent import CampaignSent, Sent
from banditsvc.reports.monday.week import Week
from offline_eval.intervals import IntervalSpec
from offline_eval.lift import LiftReport, LiftSettings, Metric, lift_path, lift_report

WEEK = Week(date(2026, 11, 23), "Europe/Paris")
SHARES = {"OPTIMIZED": 0.8, "BUSINESS_AS_USUAL": 0.1, "HOLDOUT": 0.1}


def customers(count: int, lift: float, seed: int = 1) -> pd.DataFrame:
    """Returns customers of three groups; those of the target buy more often by a relative lift."""
    rng = np.random.default_rng(seed)
    group = rng.choice(list(SHARES), size=count, p=list(SHARES.values()))
    bought = rng.random(count) < 0.1 * np.where(group == "OPTIMIZED", 1.0 + lift, 1.0)
    ends = WEEK.start_us - 50 * DAY_US + (np.arange(count) * 57 * DAY_US) // count
    value = np.where(bought, rng.lognormal(3.5, 0.7, count), 0.0)
    return pd.DataFrame({"group": group, "horizon_end_us": ends, "value": value, "converted": bought})


def settings(days: int) -> LiftSettings:
    """Returns how the customers are compared."""
    return LiftSettings(shares=SHARES, horizon_days=days, interval=IntervalSpec(tightest_at=20_000))


def reports(count: int = 40_000, lift: float = 0.3) -> list[LiftReport]:
    """Returns the lift of two horizons."""
    table = customers(count, lift)
    return [lift_report(table, settings(7)), lift_report(table, settings(30))]


def made_report(lift: float = 0.3, count: int = 40_000) -> MondayReport:
    """Returns a page's content with something in every part."""
    said = earned(reports(count, lift), "EUR")
    path = None
    if said.main is not None:
        pair = (said.main.target, said.main.control)
        path = lift_path(customers(count, lift), settings(said.main_days), pair, Metric.REVENUE)
    return MondayReport(
        portfolio_id="club",
        display_name="Club <campaigns>",
        currency="EUR",
        week=WEEK,
        read_us=WEEK.end_us,
        sent=Sent(
            campaigns=(
                CampaignSent(campaign_id="sale-w48", family="sale", contacts=8_120, contacts_before=7_400, cost=162.4),
                CampaignSent(campaign_id="welcome", family="", contacts=2_004, contacts_before=2_100, cost=0.0),
            ),
            contacts=10_124,
            contacts_before=9_500,
            cost=162.4,
        ),
        week_funnel=FunnelReport(
            portfolio_id="club",
            decided=Count(14_000, 12_000),
            results={"CAMPAIGN": 10_124, "HELD_OUT": 1_400, "NO_CONTACT": 2_000, "NO_ELIGIBLE": 476},
            deciders={"POLICY": 12_600, "HOLDOUT": 1_400},
            campaigns=(),
            forced=(),
            nothing_eligible=Count(476, 450),
            nothing_causes=(),
        ),
        earned=said,
        lift_title="portfolio club",
        path=path,
        learned=(
            FamilyLearned(
                family="sale", share=0.62, share_before=0.55, mean_reward=0.9, low=0.7, high=1.1, word="above the mean"
            ),
            FamilyLearned(
                family="welcome",
                share=0.2,
                share_before=0.3,
                mean_reward=0.4,
                low=-math.inf,
                high=math.inf,
                word="too little data",
            ),
        ),
        unknown=(Unknown(segment="student", family="winback", decisions=12, days=40),),
        unknown_count=7,
        excluded=(Excluded(exclusion_id=3, reason="sale sent <twice>", decisions=1_204),),
        costs=(
            Cost(name="exploration", what="2,310 of 12,600 decisions", estimate="0.02 EUR a decision (0.00 to 0.05)"),
            Cost(name="rules and caps", what="3,100 customers lost a campaign", estimate="not estimated"),
        ),
        agenda=(
            AgendaItem(Urgency.NOW, "Feed CONVERSION is 9 days behind", "Decisions lapse."),
            AgendaItem(Urgency.THIS_WEEK, "2 of 9 live campaigns end within 7 days", "sale-w48, arrivals-w48."),
        ),
    )
