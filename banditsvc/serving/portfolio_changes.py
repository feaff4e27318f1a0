"""Changes of portfolios, on a draft."""

from __future__ import annotations

import dataclasses
import secrets

from banditsvc.core.errors import AlreadyExists, FailedPrecondition, VersionMismatch
from banditsvc.core.policy import default_policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.ports import Deployment
from banditsvc.serving.assignment_changes import next_assignments, wanted_assignments
from banditsvc.serving.settings_draft import SettingsDraft


def create_portfolio(draft: SettingsDraft, portfolio: Portfolio) -> None:
    """Stores a new portfolio with the default policy at work. The same again changes nothing.

    Raises:
        AlreadyExists: The id is taken by other settings.
        NotFound: Its organization does not exist.
    """
    portfolio_id, portfolio = portfolio.portfolio_id, _on_calendar(draft, portfolio)
    state = draft.after.portfolios.get(portfolio_id)
    if state is not None:
        if _settings(portfolio) != _settings(state.portfolio.value):
            raise AlreadyExists("portfolio", portfolio_id, "other settings; use UpdatePortfolio")
        return
    draft.after.organization(portfolio.organization_id)
    new = dataclasses.replace(
        portfolio,
        salt=secrets.token_hex(16),
        portfolio_version=1,
        learner_version=1,
        encoder_version=1,
        assignments=next_assignments((), portfolio.assignments, draft.now_us, _owner(portfolio)),
    )
    draft.store(new)
    draft.store(default_policy(portfolio_id, portfolio.learner.train.learner))
    draft.store(Deployment(portfolio_id=portfolio_id, policy_version=1))


def update_portfolio(draft: SettingsDraft, portfolio: Portfolio) -> None:
    """Replaces a portfolio's settings; where what is learned changes, learner_version moves on.

    Raises:
        NotFound: There is no such portfolio.
        VersionMismatch: portfolio_version is set and is not the stored one.
        FailedPrecondition: The currency or the organization would change, or the division into groups before its horizon
            is over.
    """
    old = draft.after.state(portfolio.portfolio_id).portfolio.value
    if portfolio.portfolio_version not in (0, old.portfolio_version):
        raise VersionMismatch("portfolio", old.portfolio_id, portfolio.portfolio_version, old.portfolio_version)
    if portfolio.currency != old.currency:
        raise FailedPrecondition(
            "CURRENCY_FIXED", f"the currency of portfolio {old.portfolio_id!r} is {old.currency} for good"
        )
    if portfolio.organization_id != old.organization_id:
        raise FailedPrecondition(
            "ORGANIZATION_FIXED",
            f"portfolio {old.portfolio_id!r} belongs to organization {old.organization_id!r} for good",
        )
    portfolio = _on_calendar(draft, portfolio)
    if _settings(portfolio) != _settings(old):
        draft.store(_next_version(old, portfolio, draft.now_us))


def put_portfolio(draft: SettingsDraft, portfolio: Portfolio) -> None:
    """Creates a portfolio or replaces its settings."""
    if portfolio.portfolio_id in draft.after.portfolios or portfolio.portfolio_version:
        update_portfolio(draft, portfolio)
    else:
        create_portfolio(draft, portfolio)


def _settings(portfolio: Portfolio) -> Portfolio:
    """Returns what a caller sets of a portfolio, without what the service sets."""
    return dataclasses.replace(
        portfolio,
        salt="",
        portfolio_version=0,
        learner_version=0,
        encoder_version=0,
        assignments=wanted_assignments(portfolio.assignments),
    )


def _on_calendar(draft: SettingsDraft, portfolio: Portfolio) -> Portfolio:
    """Returns the portfolio with the time zone of its calendar features: another one is another encoder."""
    encoder = portfolio.learner.encoder
    if not encoder.calendar_features:
        return portfolio
    time_zone = portfolio.time_zone or draft.after.organization(portfolio.organization_id).value.time_zone
    encoder = dataclasses.replace(encoder, calendar_time_zone=time_zone)
    return dataclasses.replace(portfolio, learner=dataclasses.replace(portfolio.learner, encoder=encoder))


def _owner(portfolio: Portfolio) -> str:
    return f"portfolio {portfolio.portfolio_id!r}"


def _next_version(old: Portfolio, wanted: Portfolio, now_us: int) -> Portfolio:
    return dataclasses.replace(
        wanted,
        salt=old.salt,
        portfolio_version=old.portfolio_version + 1,
        learner_version=old.learner_version + (wanted.learner != old.learner),
        encoder_version=old.encoder_version + (wanted.learner.encoder != old.learner.encoder),
        assignments=next_assignments(old.assignments, wanted.assignments, now_us, _owner(old)),
    )
