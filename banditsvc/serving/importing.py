"""Importing: what was sent before the service was there becomes HISTORICAL decisions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec import structs

from banditsvc.core.campaign import NO_CONTACT, Campaign
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.decision_id import historical_id_of
from banditsvc.core.errors import (
    AlreadyExists,
    BanditError,
    FailedPrecondition,
    FieldViolation,
    InvalidRequest,
)
from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.funnel_candidate import labels_of
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.reserved_contact import reserved_contact
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Clock, DecisionLog
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.contact_book import ContactBook
from banditsvc.serving.customer_ids import CustomerIds


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSend:
    """One past send as posted."""

    input: RankInput
    campaign_id: str
    decision_id: str
    """Empty for one that derives from what was sent to whom and when."""
    eligible: tuple[str, ...]
    """Sorted; what was sent alone, where no more is known."""
    selection_probabilities: tuple[float, ...]
    """Beside eligible; empty where they are not known."""
    campaign: Campaign | None
    """What the caller says of the campaign."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a past send."""

    decision_id: str
    is_repeat: bool
    probability_known: bool


class Importer:
    """Answers ImportDecisions. Importing the same again is harmless."""

    def __init__(
        self,
        active: ActivePortfolios,
        log: DecisionLog,
        committer: GroupCommitter,
        clock: Clock,
        feed_marks: Callable[[str], FeedMarks],
        *,
        book: ContactBook,
    ) -> None:
        self._active = active
        self._log = log
        self._committer = committer
        self._clock = clock
        self._feed_marks = feed_marks
        self._book = book
        self._customers = CustomerIds(active, book.merges)

    async def import_sends(self, sends: Sequence[PastSend]) -> list[Imported | BanditError]:
        """Stores past sends in one commit, each once.

        Errors, one per send: NotFound (portfolio), InvalidRequest (a campaign that nothing is known of),
        FailedPrecondition (its outcome window is over, and a required feed is not complete to its end), AlreadyExists
        (the id is another decision's, or the same send was imported with another content), LogUnavailable.
        """
        return await asyncio.shield(asyncio.ensure_future(self._import(sends)))

    async def _import(self, sends: Sequence[PastSend]) -> list[Imported | BanditError]:
        answers: list[Imported | BanditError | None] = [None] * len(sends)
        made: list[tuple[int, Decision]] = []
        for place, send in enumerate(sends):
            try:
                made.append((place, self._decision(send)))
            except BanditError as error:
                answers[place] = error
        if made:
            decisions = [decision for _, decision in made]
            try:
                commit = await self._committer.append(decisions)
            except BanditError as error:
                # It is not known what was stored.
                for decision in decisions:
                    if decision.contact is not None:
                        self._book.forget((decision.contact.organization_id, decision.input.customer_id))
                return [error if answer is None else answer for answer in answers]
            for (place, decision), position in zip(made, commit.positions, strict=True):
                answers[place] = self._answer(decision, position)
        return [answer for answer in answers if answer is not None]

    def _answer(self, decision: Decision, position: int | None) -> Imported | BanditError:
        if position is not None:
            self._book.sent_before(decision, position)
            return Imported(decision.decision_id, is_repeat=False, probability_known=decision.is_probability_known)
        try:
            stored = self._log.get_decision(decision.decision_id)
        except BanditError as error:
            return error
        assert stored is not None, "a record that was skipped is in the log"
        if stored.value.decided_by is not DecidedBy.HISTORICAL:
            return AlreadyExists("decision", decision.decision_id, "something that was decided here")
        if self._content(stored.value) != self._content(decision):
            return AlreadyExists("decision", decision.decision_id, "another content")
        return Imported(decision.decision_id, is_repeat=True, probability_known=decision.is_probability_known)

    def _content(self, decision: Decision) -> tuple[object, ...]:
        """Returns what the caller says of a send, whichever id the customer had and wherever its campaign is from."""
        asked = structs.replace(self._customers.for_survivor(decision.input), candidates=())
        return asked, decision.campaign_id, decision.eligible, decision.selection_probabilities

    def _decision(self, send: PastSend) -> Decision:
        active = self._active.get(send.input.portfolio_id)
        asked = self._customers.for_survivor(send.input)
        portfolio = active.portfolio
        self._check_feeds(portfolio, asked.send_time_us)
        campaign = self._campaign(active, send)
        if campaign is not None and campaign is send.campaign:
            named = tuple(one for one in asked.candidates if one != campaign.campaign_id)
            asked = structs.replace(asked, candidates=(*named, campaign))
        contact = None
        if campaign is not None:
            contact = reserved_contact(portfolio, asked, labels_of(campaign, asked.channel))
        derived = historical_id_of(
            send.input.portfolio_id, send.input.customer_id, send.campaign_id, send.input.send_time_us
        )
        return Decision(
            decision_id=send.decision_id or derived,
            input=asked,
            result=Result.NO_CONTACT if campaign is None else Result.CAMPAIGN,
            decided_by=DecidedBy.HISTORICAL,
            campaign_id=send.campaign_id,
            eligible=send.eligible,
            selection_probabilities=send.selection_probabilities,
            portfolio_version=portfolio.portfolio_version,
            catalogue_version=active.catalogue_version,
            contact=contact,
        )

    def _check_feeds(self, portfolio: Portfolio, send_time_us: int) -> None:
        """Sees to it that a send is not settled before its outcomes are there."""
        learner = portfolio.learner
        end_us = send_time_us + learner.reward.window_us
        feeds = learner.settle.required_feeds
        if not feeds or end_us > self._clock.now_us():
            return
        if self._feed_marks(portfolio.portfolio_id).complete_time(feeds, end_us) is None:
            raise FailedPrecondition(
                "FEED_INCOMPLETE",
                "its outcome window is over, and a feed that the portfolio requires is not marked complete to its end: "
                "post the outcomes and the mark (complete_through) first",
            )

    def _campaign(self, active: ActivePortfolio, send: PastSend) -> Campaign | None:
        """Returns the campaign that was sent, None for NO_CONTACT.

        Raises:
            InvalidRequest: Nothing is known of it, or of another one that could have been sent.
        """
        if NO_CONTACT in send.eligible and not active.portfolio.allow_no_contact:
            raise InvalidRequest(
                [FieldViolation("campaign_id", f"must not be {NO_CONTACT}, which the portfolio does not allow")]
            )
        described = () if send.campaign is None else (send.campaign.campaign_id,)
        known = (*described, NO_CONTACT)
        missing = [one for one in send.eligible if one not in active.catalogue and one not in known]
        if send.campaign_id in missing:
            remedy = (
                "is not in the catalogue: create it there, with the state ENDED if it is over, or describe it by kind, "
                "category, family and the like"
            )
            raise InvalidRequest([FieldViolation("campaign_id", remedy)])
        if missing:
            remedy = f"has {missing[0]!r}, which is not in the catalogue: create it there, with the state ENDED if it is over"
            raise InvalidRequest([FieldViolation("eligible_campaign_ids", remedy)])
        if send.campaign_id == NO_CONTACT:
            return None
        return active.catalogue.get(send.campaign_id) or send.campaign
