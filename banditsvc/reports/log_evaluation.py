"""Evaluation of other policies on a log of the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from banditsvc.core.errors import NotFound
from banditsvc.core.exploration import ExclusiveRules
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Measure, Portfolio
from banditsvc.core.rule import FeatureType
from banditsvc.log_file import read_log_file
from banditsvc.log_time import log_span
from banditsvc.ports import DecisionLog
from banditsvc.reports.log_logged import log_parts_of
from offline_eval.evaluation import Candidate
from offline_eval.evaluation.candidate import target_of
from offline_eval.logged import Logged, LogRefused, ReadingSettings, whole_log

_VERSION = "version:"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedLog:
    """A portfolio's decisions, with the policies that are to be evaluated on them."""

    logged: Logged
    candidates: dict[str, Candidate]
    """By the names that they were asked for by."""
    schema: Mapping[str, FeatureType]
    """Types of the features that exclusive rules may name."""
    unit: str
    """What a reward of 1 is: the portfolio's currency where all that is weighed are amounts, else `reward`."""


def log_to_evaluate(
    path: str | Path,
    portfolio_id: str,
    policies: Mapping[str, Candidate] | Sequence[str],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    settings: ReadingSettings | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> EvaluatedLog:
    """Returns the decisions of a portfolio that can be evaluated, and the policies.

    Args:
        path: Data directory of the service, or its log file, which is read only.
        portfolio_id: The portfolio.
        policies: Candidates by name, or texts of them; `version:3` is a policy of the portfolio.
        since: Log time, with a time zone; None means from the first decision.
        until: Log time, with a time zone; None means to the last.
        settings: How the log is read.
        progress: Told again and again how many decisions were read, and how many there are at most.

    Raises:
        NotFound: There is no such portfolio or policy version.
        StoreError: There is no log, or it cannot be read.
        LogRefused: Nothing can be evaluated.
    """
    settings = settings or ReadingSettings()
    named = policies if isinstance(policies, Mapping) else {text: text for text in policies}
    span = log_span(since, until)
    with closing(read_log_file(path)) as log:
        candidates = {name: _candidate(log, portfolio_id, one) for name, one in named.items()}
        # Only exclusive rules look at whole contexts, which take much memory.
        needs_contexts = any(
            isinstance(one, Policy) and isinstance(one.exploration, ExclusiveRules) for one in candidates.values()
        )
        settings = replace(settings, with_contexts=settings.with_contexts or needs_contexts)
        logged = whole_log(log_parts_of(log, portfolio_id, *span, settings=settings, progress=progress))
        portfolio = _portfolio(log, portfolio_id)
    return EvaluatedLog(logged=logged, candidates=candidates, schema=portfolio.context_schema, unit=_unit(portfolio))


def _unit(portfolio: Portfolio) -> str:
    is_money = all(one.measure is Measure.AMOUNT for one in portfolio.learner.reward.weights)
    return portfolio.currency if is_money and portfolio.currency else "reward"


def _candidate(log: DecisionLog, portfolio_id: str, candidate: Candidate) -> Candidate:
    """Returns a candidate that can be evaluated; what none can be is refused before the log is read."""
    if not isinstance(candidate, str):
        return candidate
    if not candidate.startswith(_VERSION):
        target_of(candidate, {})
        return candidate
    number = candidate.removeprefix(_VERSION)
    known = [
        one.value
        for one in log.read_resources(0)
        if isinstance(one.value, Policy) and one.value.portfolio_id == portfolio_id
    ]
    for policy in known:
        if str(policy.policy_version) == number:
            return policy
    if not known:
        raise NotFound("policy of portfolio", portfolio_id)
    versions = ", ".join(str(policy.policy_version) for policy in known)
    raise LogRefused(f"portfolio {portfolio_id!r} has no policy version {number}; it has {versions}")


def _portfolio(log: DecisionLog, portfolio_id: str) -> Portfolio:
    found = [
        one.value
        for one in log.read_resources(0)
        if isinstance(one.value, Portfolio) and one.value.portfolio_id == portfolio_id
    ]
    if not found:
        raise NotFound("portfolio", portfolio_id)
    return found[-1]
