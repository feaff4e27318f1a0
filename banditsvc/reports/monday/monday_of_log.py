"""The Monday page's content, read from a log."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pandas as pd

from banditsvc.core.errors import FailedPrecondition
from banditsvc.core.organization import Organization
from banditsvc.core.times import DAY_US
from banditsvc.log_file import read_log_file
from banditsvc.ports import DecisionLog
from banditsvc.reports.funnel_report import FunnelReport
from banditsvc.reports.lift_of_log import lift_of_log
from banditsvc.reports.lift_result import LogLift
from banditsvc.reports.lift_words import TARGET
from banditsvc.reports.log_choices import choices_of
from banditsvc.reports.log_funnel import funnel_of
from banditsvc.reports.log_settings import settings_of
from banditsvc.reports.monday.agenda import LiftWord, WeekShares, agenda
from banditsvc.reports.monday.cost_rows import cost_rows
from banditsvc.reports.monday.earned import Earned, earned
from banditsvc.reports.monday.excluded import excluded_in
from banditsvc.reports.monday.feeds import feed_lags
from banditsvc.reports.monday.learned import learned_families, unknown_cells
from banditsvc.reports.monday.monday_report import MondayReport
from banditsvc.reports.monday.sent import sent_in
from banditsvc.reports.monday.week import last_whole_week, week_named
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.store.sqlite_log import SqliteLog
from offline_eval.coverage import CoverageSettings, coverage_report
from offline_eval.lift import Conclusion, Metric, Population

HORIZONS = (7, 30, 90)
"""Days of the lift that is shown."""
KNOWN_US = 91 * DAY_US
"""How far back decisions are looked at for what is known of campaigns: what is older speaks of another season."""

Progress = Callable[[str, int, int], None]
"""Told what is being read, how many decisions were, and how many there are."""


def monday_of_log(
    path: str | Path,
    portfolio_id: str,
    *,
    week: str | None = None,
    progress: Progress = lambda what, done, total: None,  # noqa: ARG005  a keyword of the interface
) -> MondayReport:
    """Returns the content of a week's page; the service may go on meanwhile.

    Args:
        path: Data directory of the service, or its log file; read only.
        portfolio_id: The portfolio.
        week: Such as 2026-W48, in the portfolio's time zone; None means the week that ended last.
        progress: Told again and again how far reading is.

    Raises:
        NotFound: There is no such portfolio.
        StoreError: There is no log, or it cannot be read.
        ValueError: week is none.
    """
    with closing(read_log_file(path)) as log:
        return _read(log, portfolio_id, week, progress)


def _read(log: SqliteLog, portfolio_id: str, week_name: str | None, progress: Progress) -> MondayReport:
    stored = settings_of(log)
    state = stored.state(portfolio_id)
    portfolio = state.portfolio.value
    organization = stored.organization(portfolio.organization_id).value
    zone, now_us = portfolio.time_zone or organization.time_zone, log.watermark().time_us
    week = last_whole_week(now_us, zone) if week_name is None else week_named(week_name, zone)
    funnel = funnel_of(
        log, portfolio_id, (week.start_us, week.end_us), lambda done, total: progress("funnel", done, total)
    )
    lift = _lift(log, state, organization, lambda done, total: progress("lift", done, total))
    said = earned(() if lift is None else lift.reports, portfolio.currency)
    known = choices_of(
        log,
        portfolio_id,
        week.end_us - KNOWN_US,
        week.end_us,
        progress=lambda done, total: progress("rewards", done, total),
    )
    coverage = coverage_report(known, CoverageSettings())
    items = agenda(
        state,
        (*organization.assignments, *portfolio.assignments),
        now_us=now_us,
        feeds=feed_lags(log, portfolio, now_us),
        shares=_shares(funnel),
        lift=_word(lift),
        thin_cells=len(coverage.thin_cells),
    )
    return MondayReport(
        portfolio_id=portfolio_id,
        display_name=portfolio.display_name or portfolio_id,
        currency=portfolio.currency,
        week=week,
        read_us=now_us,
        sent=sent_in(log, portfolio.organization_id, portfolio_id, week),
        week_funnel=funnel,
        earned=said,
        lift_title="" if lift is None else lift.title,
        path=_path(lift, said),
        learned=learned_families(known, week),
        unknown=unknown_cells(coverage),
        unknown_count=len(coverage.thin_cells),
        excluded=excluded_in(log, portfolio_id, week),
        costs=cost_rows(known.between(week.start_us, week.end_us), known),
        agenda=items,
    )


def _lift(
    log: DecisionLog, state: PortfolioState, organization: Organization, progress: Callable[[int, int], None]
) -> LogLift | None:
    """Returns the lift by the portfolio's own groups, else by the organization's, None where there are none.

    Groups for all channels come before those of one channel; of several channels the first one is shown.
    """
    portfolio = state.portfolio.value
    own = [(portfolio.portfolio_id, "", spec) for spec in portfolio.assignments]
    whole = [("", organization.organization_id, spec) for spec in organization.assignments]
    for portfolio_id, organization_id, spec in (*own, *whole):
        if spec.divides:
            # All in one group is no comparison.
            with suppress(FailedPrecondition):
                return lift_of_log(
                    log,
                    portfolio_id,
                    organization_id=organization_id,
                    channel=spec.channel,
                    horizons=HORIZONS,
                    progress=progress,
                )
    return None


def _path(lift: LogLift | None, said: Earned) -> pd.DataFrame | None:
    if lift is None or said.main is None:
        return None
    horizon = next(one for one in lift.horizons if one.days == said.main_days)
    return horizon.path((said.main.target, said.main.control), Metric.REVENUE)


def _word(lift: LogLift | None) -> LiftWord:
    if lift is None:
        return LiftWord()
    losses = [
        estimate.control
        for report in lift.reports
        for estimate in report.estimates
        if estimate.target == TARGET
        and estimate.metric is Metric.REVENUE
        and estimate.population is Population.ENROLLED
        and not estimate.slice_name
        and estimate.conclusion is Conclusion.LOWER
    ]
    return LiftWord(
        refusals=() if lift.sample_ratio.passed else (lift.sample_ratio.text,),
        losses=tuple(dict.fromkeys(losses)),
        contacted_anyway=lift.contaminated,
    )


def _shares(funnel: FunnelReport) -> WeekShares:
    decisions = funnel.decided.decisions
    at_least_one = max(decisions, 1)
    return WeekShares(
        decisions=decisions,
        fallback=funnel.deciders.get("FALLBACK", 0) / at_least_one,
        nothing_eligible=funnel.nothing_eligible.decisions / at_least_one,
    )
