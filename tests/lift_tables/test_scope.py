"""Laws of scopes, and of how far orders are known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from banditsvc.core.errors import FailedPrecondition, InvalidRequest, NotFound
from banditsvc.core.outcome import Feed, FeedMark, OutcomeType
from banditsvc.core.portfolio import SettleSpec
from banditsvc.core.times import DAY_US
from banditsvc.lift_tables import complete_through, organization_scope, portfolio_scope
from banditsvc.ports import DecisionLog
from tests.lift_tables.lift_log import ORGANIZATION, PORTFOLIO, SPEC, START_US, put

CONVERSION = Feed(type=OutcomeType.CONVERSION)
SIGNUP = Feed(type=OutcomeType.CUSTOM, custom_type="signup")
WAITING = replace(PORTFOLIO.learner, settle=SettleSpec(required_feeds=(CONVERSION, SIGNUP)))


def test_what_is_unknown_is_named(log: DecisionLog) -> None:
    """A portfolio, organization or version that does not exist is refused by name."""
    with pytest.raises(NotFound, match="portfolio 'nowhere'"):
        portfolio_scope(log.read_resources(0), "nowhere")
    with pytest.raises(NotFound, match="organization 'nowhere'"):
        organization_scope(log.read_resources(0), "nowhere")
    with pytest.raises(InvalidRequest, match="no assignment version 3; there is 1"):
        portfolio_scope(log.read_resources(0), "shop", version=3)


def test_who_divides_nobody_is_told_what_to_do(log: DecisionLog) -> None:
    """Without groups there is nothing to compare with: the refusal says which division there is, or how to make one."""
    put(log, replace(PORTFOLIO, portfolio_id="whole", assignments=()))
    put(log, replace(PORTFOLIO, portfolio_id="mail", assignments=(replace(SPEC, channel="email"),)))
    put(log, replace(PORTFOLIO, portfolio_id="alone", organization_id="default", assignments=()))
    resources = log.read_resources(0)

    with pytest.raises(FailedPrecondition, match="its organization does: --organization acme"):
        portfolio_scope(resources, "whole")
    with pytest.raises(FailedPrecondition, match="it does with --channel email"):
        portfolio_scope(resources, "mail")
    with pytest.raises(FailedPrecondition, match=r"on channel 'push'.*it does with --channel email"):
        portfolio_scope(resources, "mail", channel="push")
    with pytest.raises(FailedPrecondition, match=r"give it \[\[portfolio.assignments\]\]"):
        portfolio_scope(resources, "alone")
    with pytest.raises(FailedPrecondition, match=r"give it \[\[organization.assignments\]\]"):
        organization_scope(resources, "default")


def test_settings_are_those_of_now(log: DecisionLog) -> None:
    """A scope has its owner's newest settings, and its division in all versions."""
    second = replace(SPEC, holdout=0.0, assignment_version=2, start_time_us=START_US + 9 * DAY_US)
    put(log, replace(PORTFOLIO, display_name="The shop", assignments=(second,)))
    scope = portfolio_scope(log.read_resources(0), "shop")

    assert ("The shop", [1, 2], SPEC) == (scope.display_name, sorted(scope.versions), scope.spec(0))
    assert (START_US + 9 * DAY_US, None) == (scope.end_us(1), scope.end_us(2))
    with pytest.raises(InvalidRequest, match="there is 1"):
        portfolio_scope(log.read_resources(0), "shop", version=2)


def test_an_organization_has_its_portfolios_of_now(log: DecisionLog) -> None:
    """An organization is over the portfolios that belong to it now, with all their currencies."""
    put(log, replace(PORTFOLIO, portfolio_id="moved", currency="CHF", organization_id="other"))
    put(log, replace(PORTFOLIO, portfolio_id="moved", currency="CHF"), ORGANIZATION)
    scope = organization_scope(log.read_resources(0), "acme")

    assert ["moved", "shop"] == [portfolio.portfolio_id for portfolio in scope.portfolios]
    assert ("CHF", "EUR") == scope.currencies


def mark(feed: Feed, day: float) -> FeedMark:
    return FeedMark(portfolio_id="shop", feed=feed, complete_through_us=START_US + round(day * DAY_US))


def test_orders_are_known_as_far_as_the_feeds_are(log: DecisionLog) -> None:
    """Orders are known up to the log's last commit, or as far as the slowest required feed is complete."""
    put(log, replace(PORTFOLIO, learner=WAITING), day=1)
    scope = portfolio_scope(log.read_resources(0), "shop")
    without = complete_through(log, scope, log.watermark())
    put(log, mark(CONVERSION, 5), mark(SIGNUP, 3), day=6)
    slowest = complete_through(log, scope, log.watermark())
    put(log, mark(CONVERSION, 50), mark(SIGNUP, 40), day=7)
    known = complete_through(log, scope, log.watermark())

    assert (0, "CONVERSION of portfolio shop") == (without.through_us, without.waiting_for)
    assert (START_US + 3 * DAY_US, "CUSTOM signup of portfolio shop") == (slowest.through_us, slowest.waiting_for)
    assert (log.watermark().time_us, "") == (known.through_us, known.waiting_for)
