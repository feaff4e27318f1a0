"""The log part of a certificate: a portfolio's decisions, and what candidate and policy in force would do on them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from banditsvc.core.errors import NotFound
from banditsvc.core.exploration import ExclusiveRules
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.times import DAY_US
from banditsvc.log_file import read_log_file
from banditsvc.reports.lift_words import day_words
from banditsvc.reports.log_logged import logged_of_log
from banditsvc.reports.log_settings import settings_of
from offline_eval.certificate import LogTerms
from offline_eval.logged import ReadingSettings, policy_on_log
from simulators.certify.certify import LogPart

_PERIOD_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedPortfolio:
    """What a log says of a portfolio's settings now."""

    portfolio: Portfolio
    policies: tuple[Policy, ...]
    """By policy_version, from 1."""
    deployed: Policy

    def policy(self, version: int) -> Policy:
        """Returns one of its policies.

        Raises:
            NotFound: There is none of that version.
        """
        if not 1 <= version <= len(self.policies):
            raise NotFound(f"policy of portfolio {self.portfolio.portfolio_id}", str(version))
        return self.policies[version - 1]


def logged_portfolio(path: Path, portfolio_id: str) -> LoggedPortfolio:
    """Returns the settings of a portfolio; the service may go on meanwhile.

    Raises:
        NotFound: There is no such portfolio.
        StoreError: There is no log, or it cannot be read.
    """
    with closing(read_log_file(path)) as log:
        state = settings_of(log).state(portfolio_id)
    policies = tuple(recorded.value for recorded in state.policies)
    return LoggedPortfolio(portfolio=state.portfolio.value, policies=policies, deployed=state.policy.value)


def log_part(
    path: Path,
    settings: LoggedPortfolio,
    candidate: Policy,
    *,
    since: datetime | None,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> LogPart:
    """Returns the log part of a candidate.

    Raises:
        LogRefused: No decision can be evaluated, too many are at fault, or the log lacks what a policy depends on.
    """
    portfolio, schema = settings.portfolio, settings.portfolio.context_schema
    by_rules = any(isinstance(one.exploration, ExclusiveRules) for one in (candidate, settings.deployed))
    logged = logged_of_log(
        path,
        portfolio.portfolio_id,
        since=since,
        settings=ReadingSettings(with_contexts=by_rules),
        progress=progress,
    )
    return LogPart(
        portfolio_id=portfolio.portfolio_id,
        logged=logged,
        target=policy_on_log(logged, candidate, schema),
        deployed=policy_on_log(logged, settings.deployed, schema),
        description=f"{len(logged):,} settled decisions of portfolio {portfolio.portfolio_id}, "
        f"{day_words(int(logged.time_us[0]))} to {day_words(int(logged.time_us[-1]))}",
    )


def with_traffic(terms: LogTerms, part: LogPart, currency: str) -> LogTerms:
    """Returns the terms with the decisions that 28 days bring, by the traffic of the log."""
    times = part.logged.time_us
    days = max(float(times[-1] - times[0]) / DAY_US, 1.0) if len(times) else 1.0
    decisions = len(times) / days * _PERIOD_DAYS
    budget = replace(terms.budget, decisions_per_period=decisions, currency=currency)
    return replace(terms, budget=budget, evaluability=replace(terms.evaluability, decisions=decisions))
