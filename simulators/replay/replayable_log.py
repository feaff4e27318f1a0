"""A log of the service as policies of the service see it, to replay others on it."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from banditsvc.core.campaign import Campaign
from banditsvc.core.columns_of_contexts import columns_of_contexts
from banditsvc.core.portfolio import Portfolio
from banditsvc.log_file import read_log_file
from banditsvc.log_time import log_time
from banditsvc.ports import CampaignVersion
from banditsvc.reports.log_logged import log_parts_of
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.usage_error import UsageError
from offline_eval.choices.coding import Codes
from offline_eval.logged import Logged, ReadingSettings, whole_log
from offline_eval.logged.logged_request import logged_requests
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplayableLog:
    """The decisions of a portfolio that can be replayed, and what is known of them."""

    portfolio: Portfolio
    """As it is now: its learner is that of policies which do not set another."""
    rows: Learned
    """In log order."""
    customer: Codes
    reward_range: tuple[float, float]
    least_probability: float
    """Of anything eligible, chosen or not."""
    left_out: dict[str, int]
    """Decisions that are not replayed, by kind."""


def replayable_log(
    path: str | Path, portfolio_id: str, *, since: datetime | None = None, until: datetime | None = None
) -> ReplayableLog:
    """Returns the settled decisions of a portfolio with their contexts, recorded at since <= time < until.

    Args:
        path: Data directory of the service, or its log file, which is read only; the service may go on meanwhile.
        portfolio_id: The portfolio.
        since: With a time zone; None means from the first.
        until: With a time zone; None means to the last.

    Raises:
        NotFound: There is no such portfolio.
        StoreError: There is no log, or it cannot be read.
        LogRefused: No decision can be evaluated.
        UsageError: Decisions are of pairs of campaign and treatment, which replay has no columns for.
    """
    span = (
        None if since is None else log_time("since", since),
        None if until is None else log_time("until", until),
    )
    with closing(read_log_file(path)) as log:
        parts = log_parts_of(log, portfolio_id, *span, settings=ReadingSettings(with_contexts=True))
        logged = whole_log(parts)
        portfolio, campaigns = _resources(log, portfolio_id)
    return ReplayableLog(
        portfolio=portfolio,
        rows=_rows(logged, campaigns),
        customer=logged.customer,
        reward_range=logged.reward_range,
        least_probability=_least(logged),
        left_out=logged.left_out,
    )


def _resources(log: SqliteLog, portfolio_id: str) -> tuple[Portfolio, dict[str, Campaign]]:
    """Returns the portfolio and its campaigns by id, each as it is now."""
    portfolios, campaigns = [], {}
    for recorded in log.read_resources(0):
        value = recorded.value
        if isinstance(value, Portfolio) and value.portfolio_id == portfolio_id:
            portfolios.append(value)
        elif isinstance(value, CampaignVersion) and value.portfolio_id == portfolio_id:
            campaigns[value.campaign.campaign_id] = value.campaign
    return portfolios[-1], campaigns


def _rows(logged: Logged, campaigns: dict[str, Campaign]) -> Learned:
    assert logged.contexts is not None
    entries, size = logged.entries, len(logged)
    names = entries.campaign.names
    order = sorted(range(len(names)), key=names.__getitem__)
    column = np.argsort(order)[entries.campaign.codes]
    mask = np.zeros((size, len(names)), dtype=np.bool_)
    mask[entries.decision, column] = True
    if np.count_nonzero(mask) != len(column):
        raise UsageError("the log chose among pairs of campaign and treatment: replay is for logs without treatments")
    known = tuple([campaigns.get(names[place], Campaign(campaign_id=names[place])) for place in order])
    contexts = columns_of_contexts([request.context for request in logged_requests(logged.contexts)])
    return Learned(
        Contexts(contexts, day=0, send_time_us=int(logged.time_us[0])),
        Eligible(known, mask),
        column[logged.chosen],
        logged.probability,
        logged.reward,
    )


def _least(logged: Logged) -> float:
    known = logged.entries.probability[logged.entries.probability > 0.0]
    return min(float(known.min()) if len(known) else math.inf, float(logged.probability.min()))
