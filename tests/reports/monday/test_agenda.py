"""Laws of the agenda."""

from __future__ import annotations

from dataclasses import replace

from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.core.outcome import Feed, FeedMark, OutcomeType
from banditsvc.core.portfolio import SettleSpec
from banditsvc.core.times import DAY_US
from banditsvc.ports import CampaignVersion, GuardrailEvent, Recorded
from banditsvc.reports.monday.agenda import AgendaItem, LiftWord, Urgency, WeekShares, agenda
from banditsvc.reports.monday.feeds import FeedLag, feed_lags
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import PORTFOLIO, START_US

QUIET = WeekShares(decisions=1_000, fallback=0.0, nothing_eligible=0.05)
GROUPS = AssignmentSpec(holdout=0.1, horizon_us=90 * DAY_US, assignment_version=1, start_time_us=START_US)
NOW_US = START_US + 10 * DAY_US


def state(*campaigns: Campaign) -> PortfolioState:
    """Returns the shop with some campaigns, by default one that never ends."""
    found = campaigns or (Campaign(campaign_id="sale", state=CampaignState.LIVE),)
    versions = {
        one.campaign_id: CampaignVersion(portfolio_id="shop", catalogue_version=1, campaign=one) for one in found
    }
    return PortfolioState(portfolio=Recorded(1, START_US, PORTFOLIO), campaigns=versions)


def of(
    known: PortfolioState | None = None,
    *,
    assignments: tuple[AssignmentSpec, ...] = (GROUPS,),
    feeds: tuple[FeedLag, ...] = (),
    shares: WeekShares = QUIET,
    lift: LiftWord | None = None,
    thin_cells: int = 0,
) -> tuple[AgendaItem, ...]:
    """Returns the agenda of a quiet week with some changes."""
    return agenda(
        known or state(),
        assignments,
        now_us=NOW_US,
        feeds=feeds,
        shares=shares,
        lift=lift or LiftWord(),
        thin_cells=thin_cells,
    )


def titles(items: tuple[AgendaItem, ...]) -> str:
    """Returns all titles."""
    return "; ".join(item.title for item in items)


def test_a_quiet_week_needs_no_decision() -> None:
    """With groups, a model, feeds in time and running campaigns there is nothing to decide."""
    assert () == of(feeds=(FeedLag("CONVERSION", DAY_US),))


def test_a_portfolio_without_groups_is_told_so() -> None:
    """Without a division, or with one that divides nobody any more, the page asks for a control group."""
    assert "There is no control group" == titles(of(assignments=())) == titles(of(assignments=(AssignmentSpec(),)))


def test_horizons_are_told_before_and_after_they_end() -> None:
    """A horizon that ends within a week is told, and one that is over until somebody decides."""
    soon = replace(GROUPS, horizon_us=15 * DAY_US)
    over = replace(GROUPS, horizon_us=5 * DAY_US, channel="email")

    assert "The horizon of the groups ends in 5 days" == titles(of(assignments=(soon,)))
    assert "The horizon of the groups on channel email is over" == titles(of(assignments=(over,)))


def test_the_most_urgent_comes_first() -> None:
    """A tripped guardrail, a dead feed and a loss stand before what can wait, each with what was seen."""
    known = state()
    event = GuardrailEvent(portfolio_id="shop", guardrail=Guardrail.UNSUBSCRIBE_RATE, text="40 of 5,000 contacts")
    known.guardrail_event = Recorded(9, NOW_US, event)
    found = of(
        known,
        feeds=(FeedLag("CONVERSION", None), FeedLag("REVENUE", 9 * DAY_US), FeedLag("CLICK", 5 * DAY_US)),
        lift=LiftWord(losses=("BUSINESS_AS_USUAL",), refusals=("the counts do not fit",), contacted_anyway=3),
        thin_cells=4,
    )

    assert sorted(item.urgency for item in found) == [item.urgency for item in found]
    assert "40 of 5,000 contacts" == found[0].text
    assert [Urgency.NOW] * 5 == [item.urgency for item in found[:5]]
    assert "Feed REVENUE is 9 days behind" in titles(found)
    assert "Feed CLICK is 5 days behind" in titles(found)


def test_campaigns_that_end_are_told() -> None:
    """Live campaigns that end within a week are named; without any live one nothing can be sent."""
    ending = Campaign(campaign_id="w48", state=CampaignState.LIVE, end_time_us=NOW_US + DAY_US)
    ended = Campaign(campaign_id="w47", state=CampaignState.LIVE, end_time_us=NOW_US - DAY_US)
    paused = Campaign(campaign_id="old", state=CampaignState.PAUSED)

    assert "1 of 1 live campaigns end within 7 days" == titles(of(state(ending, ended, paused)))
    assert "No campaign is live" == titles(of(state(ended, paused)))


def test_shares_of_decisions_are_told_where_they_are_much() -> None:
    """Fallbacks above a hundredth and customers without any campaign above a fifth are told, and a week of silence."""
    found = titles(of(shares=WeekShares(decisions=10, fallback=0.02, nothing_eligible=0.3)))

    assert "2 % of the decisions fell back to business as usual" in found
    assert "For 30 % of the decisions no campaign was left" in found
    assert "Nothing was decided this week" == titles(of(shares=WeekShares(decisions=0, fallback=0, nothing_eligible=0)))


def test_a_feed_is_as_far_behind_as_its_newest_mark() -> None:
    """The lag counts from the last mark of each required feed; a feed without one has none."""
    feeds = (Feed(type=OutcomeType.REVENUE), Feed(type=OutcomeType.CUSTOM, custom_type="visit"))
    required = replace(PORTFOLIO, learner=replace(PORTFOLIO.learner, settle=SettleSpec(required_feeds=feeds)))
    log = MemoryLog()
    log.append([FeedMark(portfolio_id="shop", feed=feeds[0], complete_through_us=START_US)], START_US)

    assert (FeedLag("REVENUE", DAY_US), FeedLag("CUSTOM:visit", None)) == feed_lags(log, required, START_US + DAY_US)
