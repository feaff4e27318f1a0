"""The funnel: from what could go out to what may go out, with a reason for each drop.

The stages stand in one order, and a campaign has the rejection of the first that drops it: CONSENT, VALIDITY,
ELIGIBILITY, APPLICABILITY, SUITABILITY, CONTACT_POLICY, CAPACITY. Rules of the portfolio come before the campaign's own
within a stage. NO_CONTACT passes all of them, but it is no campaign to fall back on.

Three steps, so that what recurs is worked out once: the offer, which depends on the request but not on the customer;
the circumstances, which are all that tells one customer from another; and the eligible set, which follows from both and
from what capacity is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from banditsvc.core.campaign import NO_CONTACT, Campaign
from banditsvc.core.capacity_left import CapacityLeft
from banditsvc.core.consent import Consent
from banditsvc.core.consent_check import ConsentCheck, ConsentKey
from banditsvc.core.contact import Contact
from banditsvc.core.contact_limits import ContactLimits
from banditsvc.core.contact_rules import LimitKey
from banditsvc.core.decision import RankInput
from banditsvc.core.funnel_candidate import (
    NO_CONTACT_CANDIDATE,
    CandidateMaker,
    FunnelCandidate,
    unknown_candidate,
)
from banditsvc.core.funnel_offer import (
    ALWAYS_FAILED,
    Offer,
    OfferBuilder,
    OfferedCampaign,
    no_contact_offered,
    offered_campaigns,
)
from banditsvc.core.funnel_rules import RuleBook
from banditsvc.core.held_counters import held_rejection
from banditsvc.core.organization import Organization
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.quiet_times import QuietTimes
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.time_zones import zone

LONE_NO_CONTACT = Rejection(NO_CONTACT, FunnelStage.APPLICABILITY, "alone", "nothing else is eligible")
_NO_KEYS: frozenset[LimitKey] = frozenset()
_NOT_QUIET: frozenset[int] = frozenset()
_MOST_CACHED = 8_192


class Circumstances(NamedTuple):
    """All that tells one customer's funnel from another's, but for capacity."""

    refused: frozenset[ConsentKey]
    quiet: frozenset[int]
    """Quiet times that hold."""
    failed: int
    """Bits of the offer's questions that are answered with no, and ALWAYS_FAILED."""
    blocked: frozenset[LimitKey]
    """Limits that have no room for one more contact."""
    is_held: bool = False
    """Whether an audience's run holds the counters of contacts: no limit that looks at them is known to have room."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EligibleSet:
    """The campaigns that are left, by campaign_id, and the dropped ones, each with its first rejection."""

    candidates: tuple[FunnelCandidate, ...]
    rejections: tuple[Rejection, ...]
    force_reason: str = ""
    """Not empty where one campaign is forced, by the caller or a pin; it may have been dropped."""


class CompiledFunnel:
    """The funnel of one portfolio with one catalogue. Pure: its cache, which is bounded, changes no result."""

    def __init__(
        self,
        organization: Organization,
        portfolio: Portfolio,
        catalogue: Mapping[str, Campaign],
        book: RuleBook | None = None,
    ) -> None:
        """Takes over a book of rules, if given: it must be one of the portfolio's context_schema."""
        policies = (organization.contact_policy, portfolio.contact_policy)
        self.book = RuleBook(portfolio.context_schema) if book is None else book
        self.limits = ContactLimits(*policies, portfolio.portfolio_id)
        self.quiet_times = QuietTimes(policies)
        self._consent = ConsentCheck(organization.default_purpose)
        self._catalogue = catalogue
        self._allow_no_contact = portfolio.allow_no_contact
        self._time_zone = portfolio.time_zone or organization.time_zone
        self._maker = CandidateMaker(
            book=self.book, portfolio_rules=portfolio.rules, consent=self._consent, limits=self.limits
        )
        self._candidates: dict[tuple[str, str], FunnelCandidate] = {}
        """Of the catalogue's campaigns, by campaign_id and the request's channel."""

    def offer(self, asked: RankInput) -> Offer:
        """Returns what a request is about; it depends on candidates, exclusions, channel, placement, forced campaign
        and send_time, and holds for a span of send_time.
        """
        offered = offered_campaigns(asked, self._catalogue.values())
        candidates = [self._candidate(campaign, asked.channel) for campaign in offered]
        if no_contact_offered(offered, asked, allow_no_contact=self._allow_no_contact):
            candidates.append((NO_CONTACT_CANDIDATE, True))
        return OfferBuilder(asked, self.book, allow_no_contact=self._allow_no_contact).offer(candidates)

    def circumstances(
        self, offer: Offer, asked: RankInput, contacts: Sequence[Contact], consents: Sequence[Consent], now_us: int
    ) -> Circumstances:
        """Returns what counts of a customer, with each question of the offer asked once."""
        failed = ALWAYS_FAILED
        context = asked.context
        for bit, holds, campaign, _ in offer.questions:
            if not holds(context, asked, campaign):
                failed |= bit
        return Circumstances(
            self._consent.refused(offer.consent_keys, consents, asked.consents),
            self._quiet(asked),
            failed,
            self.limits.blocked(contacts, asked.send_time_us, now_us) if contacts else _NO_KEYS,
        )

    def eligible_set(
        self, offer: Offer, seen: Circumstances, send_time_us: int, ledgers: Sequence[CapacityLeft]
    ) -> EligibleSet:
        """Returns what is left of an offer: the one funnel, for answers and for reports."""
        ledgers = [ledger for ledger in ledgers if not ledger.is_empty]
        kept: list[FunnelCandidate] = []
        rejections: list[Rejection] = []
        for offered in offer.campaigns:
            rejection = self.rejection(offered, seen, send_time_us, ledgers)
            if rejection is None:
                kept.append(offered.candidate)
            else:
                rejections.append(rejection)
        if len(kept) == 1 and kept[0].is_no_contact and not offer.force_reason:
            kept.clear()
            rejections.append(LONE_NO_CONTACT)
            rejections.sort(key=lambda rejection: rejection.campaign_id)
        if offer.pins:
            return _pinned(offer, seen, kept, tuple(rejections))
        return EligibleSet(candidates=tuple(kept), rejections=tuple(rejections), force_reason=offer.force_reason)

    def funnelled(
        self,
        asked: RankInput,
        contacts: Sequence[Contact],
        consents: Sequence[Consent],
        now_us: int,
        ledgers: Sequence[CapacityLeft],
    ) -> EligibleSet:
        """Returns what a customer may get: all three steps at once."""
        offer = self.offer(asked)
        seen = self.circumstances(offer, asked, contacts, consents, now_us)
        return self.eligible_set(offer, seen, asked.send_time_us, ledgers)

    def rejection(
        self, offered: OfferedCampaign, seen: Circumstances, send_time_us: int, ledgers: Sequence[CapacityLeft]
    ) -> Rejection | None:
        """Returns what the first stage that drops a candidate says, None where all let it pass."""
        candidate = offered.candidate
        key = candidate.consent_key
        if key is not None and key in seen.refused:
            return self._consent.rejection(candidate.labels.campaign_id, key)
        if offered.dropped is not None or candidate.is_no_contact:
            return offered.dropped
        if seen.quiet and (rejection := self.quiet_times.rejection(candidate.labels, seen.quiet)):
            return rejection
        if seen.failed & offered.mask:
            return _first_failed(offered, seen.failed)
        if (seen.blocked or seen.is_held) and (rejection := self._limited(candidate, seen)):
            return rejection
        for ledger in ledgers:
            if (name := ledger.exhausted(candidate.labels, send_time_us)) is not None:
                return ledger.rejection(candidate.labels.campaign_id, name)
        return None

    def _limited(self, candidate: FunnelCandidate, seen: Circumstances) -> Rejection | None:
        if seen.is_held and candidate.limit_keys:
            return held_rejection(candidate.labels.campaign_id, FunnelStage.CONTACT_POLICY)
        for limit in candidate.limit_keys:
            if limit in seen.blocked:
                return self.limits.rejection(candidate.labels.campaign_id, limit)
        return None

    def _candidate(self, offered: str | Campaign, channel: str) -> tuple[FunnelCandidate, bool]:
        """Returns a candidate and whether it is known."""
        campaign_id = offered if isinstance(offered, str) else offered.campaign_id
        if campaign_id == NO_CONTACT:
            return NO_CONTACT_CANDIDATE, True
        campaign = self._catalogue.get(campaign_id)
        if not isinstance(offered, str) and offered is not campaign:
            return self._maker.candidate(offered, channel), True
        if campaign is None:
            return unknown_candidate(campaign_id), False
        key = (campaign_id, "" if campaign.channel else channel)
        candidate = self._candidates.get(key)
        if candidate is None:
            if len(self._candidates) >= _MOST_CACHED:
                self._candidates.clear()
            candidate = self._candidates[key] = self._maker.candidate(campaign, channel)
        return candidate, True

    def _quiet(self, asked: RankInput) -> frozenset[int]:
        if self.quiet_times.is_empty:
            return _NOT_QUIET
        return self.quiet_times.quiet_at(asked.send_time_us, zone(asked.context.time_zone or self._time_zone))


def _first_failed(offered: OfferedCampaign, failed: int) -> Rejection:
    place = 0
    while not offered.bits[place] & failed:
        place += 1
    return offered.rejections[place]


def _pinned(
    offer: Offer, seen: Circumstances, kept: Sequence[FunnelCandidate], rejections: tuple[Rejection, ...]
) -> EligibleSet:
    """Returns the set with the first eligible campaign alone that is pinned for the customer, if any is."""
    by_id = {candidate.campaign.campaign_id: candidate for candidate in kept}
    for pin in offer.pins:
        if pin.campaign_id in by_id and not pin.bit & seen.failed:
            return EligibleSet(candidates=(by_id[pin.campaign_id],), rejections=rejections, force_reason=pin.reason)
    return EligibleSet(candidates=tuple(kept), rejections=rejections, force_reason=offer.force_reason)
