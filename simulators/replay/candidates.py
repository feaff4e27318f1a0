"""Candidates of a sweep: policies as one writes them, for the portfolio of a log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from banditsvc.core.portfolio import Portfolio
from banditsvc.usage_error import UsageError
from simulators.runs.named_policies import core_policy, read_settings, settings_of
from simulators.runs.service_policy import ServicePolicy


def candidates(texts: Sequence[str], portfolio: Portfolio) -> dict[str, ServicePolicy]:
    """Returns a fresh policy for each text, such as `thompson floor=0.05 half_life_decisions=20000`.

    Raises:
        UsageError: A text is no policy, stands twice, or has a setting that a log cannot answer.
    """
    twice = sorted({text for text in texts if texts.count(text) > 1})
    if twice:
        raise UsageError(f"policy {twice[0]!r} is given twice")
    return {text: _candidate(text, portfolio) for text in texts}


def _candidate(text: str, portfolio: Portfolio) -> ServicePolicy:
    name, given = settings_of(text)
    settings = read_settings(text, given)
    if settings.window_days is not None or not settings.waits_for_feed:
        raise UsageError(
            f"policy {text!r}: replay has the log's rewards, of the window and feeds with which they were settled; leave "
            "out window_days and waits_for_feed, and compare these in worlds with `banditsvc simulate run`"
        )
    learner = settings.applied_to(portfolio.learner)
    if learner.encoder.calendar_features:
        raise UsageError(
            f"policy {text!r}: replay learns all decisions as of one day, so it cannot tell what calendar features bring; "
            "write calendar_features= with nothing behind it to leave them out"
        )
    policy = core_policy(name, portfolio.portfolio_id, learner.train.learner)
    if settings.floor is not None:
        policy = replace(policy, floor=settings.floor)
    return ServicePolicy(
        policy=policy,
        learner=learner,
        context_schema=portfolio.context_schema,
        frozen=settings.frozen,
    )
