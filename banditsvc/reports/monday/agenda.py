"""The agenda: what needs deciding this week, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.campaign import CampaignState
from banditsvc.core.times import DAY_US
from banditsvc.reports.monday.feeds import FeedLag
from banditsvc.reports.number_words import percent
from banditsvc.serving.portfolio_state import PortfolioState

SOON_US = 7 * DAY_US
"""What ends within this is told."""
MUCH_FALLBACK = 0.01
MUCH_WITHOUT = 0.2
"""Shares of decisions from which on they are told: those that fell back, and those with nothing eligible."""


class Urgency(IntEnum):
    """How soon something needs deciding."""

    NOW = 1
    THIS_WEEK = 2
    WHEN_YOU_CAN = 3


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One thing to decide."""

    urgency: Urgency
    title: str
    text: str
    command: str = ""
    """What to type, if that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekShares:
    """Shares of a week's decisions, 0 to 1."""

    decisions: int
    fallback: float
    nothing_eligible: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftWord:
    """What the lift report says that needs an answer."""

    refusals: tuple[str, ...] = ()
    """Why there are no estimates although there are customers."""
    losses: tuple[str, ...] = ()
    """Control groups that are known to earn more than the target group."""
    contacted_anyway: int = 0
    """Held-out customers to whom something was sent."""


def agenda(
    state: PortfolioState,
    assignments: Sequence[AssignmentSpec],
    *,
    now_us: int,
    feeds: Sequence[FeedLag],
    shares: WeekShares,
    lift: LiftWord,
    thin_cells: int,
) -> tuple[AgendaItem, ...]:
    """Returns what needs deciding.

    Args:
        state: The portfolio.
        assignments: Of its organization and its own.
        now_us: Log time.
        feeds: How far each required feed is complete.
        shares: Of the week's decisions.
        lift: What the lift report says.
        thin_cells: Pairs of segment and family of which too little is known.
    """
    found = [
        *_of_guardrails(state),
        *_of_lift(state, lift),
        *_of_assignments(state, assignments, now_us),
        *_of_feeds(state, feeds),
        *_of_decisions(shares),
        *_of_campaigns(state, now_us),
        *_of_coverage(thin_cells),
    ]
    return tuple(sorted(found, key=lambda item: item.urgency))


def _of_guardrails(state: PortfolioState) -> Iterator[AgendaItem]:
    if state.tripped is not None:
        name = state.portfolio.value.portfolio_id
        yield AgendaItem(
            Urgency.NOW,
            "A guardrail has turned the portfolio to business as usual",
            state.tripped.text,
            f'banditsvc guardrails resume --portfolio {name} --reason "..."',
        )


def _of_lift(state: PortfolioState, lift: LiftWord) -> Iterator[AgendaItem]:
    command = f"banditsvc lift --portfolio {state.portfolio.value.portfolio_id}"
    for refusal in lift.refusals:
        yield AgendaItem(Urgency.NOW, "The comparison with the control groups cannot be trusted", refusal, command)
    for control in lift.losses:
        yield AgendaItem(
            Urgency.NOW,
            f"{control} earns more than the policy",
            "The interval excludes chance. Look at slices and campaigns, and consider going back.",
            command,
        )
    if lift.contacted_anyway:
        yield AgendaItem(
            Urgency.THIS_WEEK,
            f"{lift.contacted_anyway:,} held-out customers were contacted all the same",
            "Whoever sends must not send where Rank answers HELD_OUT; until then lift is understated.",
        )


def _of_assignments(state: PortfolioState, assignments: Sequence[AssignmentSpec], now_us: int) -> Iterator[AgendaItem]:
    dividing = [spec for spec in assignments if spec.divides]
    if not dividing:
        yield AgendaItem(
            Urgency.THIS_WEEK,
            "There is no control group",
            "What the policy earns cannot be told without one. Give a share of the customers to HOLDOUT or "
            "BUSINESS_AS_USUAL.",
            f"banditsvc apply {state.portfolio.value.portfolio_id}.toml",
        )
    for spec in dividing:
        where = f" on channel {spec.channel}" if spec.channel else ""
        if spec.end_time_us <= now_us:
            yield AgendaItem(
                Urgency.THIS_WEEK,
                f"The horizon of the groups{where} is over",
                "Read the lift, then give the winner the customers, or draw everyone again for another horizon.",
            )
        elif spec.end_time_us <= now_us + SOON_US:
            days = max(1, round((spec.end_time_us - now_us) / DAY_US))
            yield AgendaItem(
                Urgency.WHEN_YOU_CAN,
                f"The horizon of the groups{where} ends in {days} {'day' if days == 1 else 'days'}",
                "Decide what comes after it.",
            )


def _of_feeds(state: PortfolioState, feeds: Sequence[FeedLag]) -> Iterator[AgendaItem]:
    grace_us = state.portfolio.value.learner.settle.grace_us
    for feed in feeds:
        if feed.lag_us is None:
            text = "It has never said how far it is complete, so nothing is learned."
            yield AgendaItem(Urgency.NOW, f"Feed {feed.name} is silent", text)
        elif feed.lag_us > grace_us:
            text = "Decisions lapse: what came of them is not learned until a relearn."
            yield AgendaItem(Urgency.NOW, f"Feed {feed.name} is {feed.lag_us / DAY_US:.0f} days behind", text)
        elif feed.lag_us > max(grace_us / 2, DAY_US):
            text = f"Decisions lapse from {grace_us / DAY_US:.0f} days on."
            yield AgendaItem(Urgency.THIS_WEEK, f"Feed {feed.name} is {feed.lag_us / DAY_US:.0f} days behind", text)


def _of_decisions(shares: WeekShares) -> Iterator[AgendaItem]:
    if not shares.decisions:
        yield AgendaItem(Urgency.NOW, "Nothing was decided this week", "Does the scheduler call Rank?")
    if shares.fallback > MUCH_FALLBACK:
        yield AgendaItem(
            Urgency.NOW,
            f"{percent(shares.fallback)} of the decisions fell back to business as usual",
            "The model could not answer; the service's log says why.",
        )
    if shares.nothing_eligible > MUCH_WITHOUT:
        yield AgendaItem(
            Urgency.WHEN_YOU_CAN,
            f"For {percent(shares.nothing_eligible)} of the decisions no campaign was left",
            "See which rule or cap it was.",
            "banditsvc funnel",
        )


def _of_campaigns(state: PortfolioState, now_us: int) -> Iterator[AgendaItem]:
    live = [one.campaign for one in state.campaigns.values() if one.campaign.state is CampaignState.LIVE]
    running = [one for one in live if one.end_time_us is None or one.end_time_us > now_us]
    ending = sorted(
        one.campaign_id for one in running if one.end_time_us is not None and one.end_time_us <= now_us + SOON_US
    )
    if not running:
        yield AgendaItem(Urgency.NOW, "No campaign is live", "Nothing can be sent.")
    elif ending:
        yield AgendaItem(
            Urgency.THIS_WEEK,
            f"{len(ending)} of {len(running)} live campaigns end within 7 days",
            f"{', '.join(ending[:5])}{' and more' if len(ending) > 5 else ''}. What follows them in their families?",
        )


def _of_coverage(thin_cells: int) -> Iterator[AgendaItem]:
    if thin_cells:
        yield AgendaItem(
            Urgency.WHEN_YOU_CAN,
            f"Of {thin_cells:,} pairs of segment and family too little is known",
            "More exploration for these segments would tell sooner; the table below says how long it takes as it is.",
            "banditsvc coverage",
        )
