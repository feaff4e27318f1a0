"""Offers: the candidates of a kind of request, with all that does not depend on the customer worked out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignState, Pin
from banditsvc.core.consent_check import ConsentKey
from banditsvc.core.decision import RankInput
from banditsvc.core.funnel_candidate import FunnelCandidate
from banditsvc.core.funnel_rules import FunnelRule, RuleBook, RuleTest
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.rules import ParsedRule

ALWAYS_FAILED = 1
"""Bit of the caller's exclusion among the bits of rules: it fails for everybody."""

_FOREVER_US = 1 << 62
_EXCLUDED = "the caller excluded it"
_NOT_ALLOWED = Rejection(NO_CONTACT, FunnelStage.VALIDITY, "no_contact", "the portfolio does not allow NO_CONTACT")
_EXCLUDED_NO_CONTACT = Rejection(NO_CONTACT, FunnelStage.APPLICABILITY, "excluded", _EXCLUDED)
_FORCED = "forced"
"""Stands for a reason that was not given."""
_LAST = 1 << 40
"""Stands for an unset fixed_priority, which comes last."""


class OfferedCampaign(NamedTuple):
    """One candidate of an offer."""

    candidate: FunnelCandidate
    dropped: Rejection | None
    """Why no customer can get it, apart from consent, which comes first."""
    mask: int
    """Bits of the rules that it needs; 0 where it is dropped."""
    bits: tuple[int, ...]
    """The same one by one, in the order in which they are asked."""
    rejections: tuple[Rejection, ...]
    """What each of them says when it fails."""


class RuleQuestion(NamedTuple):
    """One question that some candidate depends on, asked once for a customer."""

    bit: int
    holds: RuleTest
    campaign: Campaign | None
    parsed: ParsedRule | None
    """What holds tells, as a tree; None where it holds for nobody."""


class OfferedPin(NamedTuple):
    """One pin that is active."""

    campaign_id: str
    bit: int
    """Of its audience; 0 means everybody."""
    reason: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Offer:
    """What a request of a kind may choose from, for any send_time in [valid_from_us, valid_until_us)."""

    campaigns: tuple[OfferedCampaign, ...]
    """By campaign_id."""
    questions: tuple[RuleQuestion, ...]
    pins: tuple[OfferedPin, ...]
    """In the order in which they win."""
    consent_keys: frozenset[ConsentKey]
    force_reason: str
    """Not empty where it is the campaign that the caller forces."""
    valid_from_us: int
    valid_until_us: int


class OfferBuilder:
    """Gathers one offer: numbers its rules, narrows its span of send_time."""

    def __init__(self, asked: RankInput, book: RuleBook, *, allow_no_contact: bool) -> None:
        self._asked = asked
        self._book = book
        self._allow_no_contact = allow_no_contact
        self._excluded = frozenset(asked.excluded)
        self._bits: dict[FunnelRule | tuple[FunnelRule, str], int] = {}
        self._questions: list[RuleQuestion] = []
        self._pins: list[tuple[int, str, OfferedPin]] = []
        self._from_us, self._until_us = -_FOREVER_US, _FOREVER_US

    def offer(self, candidates: Iterable[tuple[FunnelCandidate, bool]]) -> Offer:
        """Returns the offer of these candidates, each with whether it is known."""
        campaigns = [self._offered(candidate, is_known=is_known) for candidate, is_known in candidates]
        campaigns.sort(key=_campaign_id)
        keys = {offered.candidate.consent_key for offered in campaigns}
        return Offer(
            campaigns=tuple(campaigns),
            questions=tuple(self._questions),
            pins=tuple(pin for _, _, pin in sorted(self._pins, key=lambda pin: pin[:2])),
            consent_keys=frozenset([key for key in keys if key is not None]),
            force_reason=(self._asked.force_reason or _FORCED) if self._asked.forced_campaign_id else "",
            valid_from_us=self._from_us,
            valid_until_us=self._until_us,
        )

    def _offered(self, candidate: FunnelCandidate, *, is_known: bool) -> OfferedCampaign:
        if candidate.is_no_contact:
            return OfferedCampaign(candidate, self._no_contact_dropped(), 0, (), ())
        campaign = candidate.campaign
        self._narrow(campaign.start_time_us, campaign.end_time_us)
        dropped = self._dropped(campaign, is_known=is_known)
        if dropped is not None:
            return OfferedCampaign(candidate, dropped, 0, (), ())
        is_forced, is_excluded = bool(self._asked.forced_campaign_id), campaign.campaign_id in self._excluded
        asked = candidate.stage_ends[0] if is_forced or is_excluded else len(candidate.rules)
        bits = tuple([self._bit(rule, campaign) for rule in candidate.rules[:asked]])
        if campaign.pins and not is_forced:
            self._add_pins(campaign)
        offered = OfferedCampaign(candidate, None, reduce(or_, bits, 0), bits, candidate.rejections[:asked])
        return excluded(offered) if is_excluded and not is_forced else offered

    def _no_contact_dropped(self) -> Rejection | None:
        if not self._allow_no_contact:
            return _NOT_ALLOWED
        is_excluded = NO_CONTACT in self._excluded and not self._asked.forced_campaign_id
        return _EXCLUDED_NO_CONTACT if is_excluded else None

    def _dropped(self, campaign: Campaign, *, is_known: bool) -> Rejection | None:
        reason = _invalid(campaign, self._asked) if is_known else ("known", "not in the catalogue")
        return None if reason is None else Rejection(campaign.campaign_id, FunnelStage.VALIDITY, *reason)

    def _bit(self, rule: FunnelRule, campaign: Campaign) -> int:
        # A rule book gives one rule for one expression.
        key = (rule, campaign.campaign_id) if rule.names_campaign else rule
        bit = self._bits.get(key)
        if bit is None:
            bit = self._bits[key] = ALWAYS_FAILED << (len(self._bits) + 1)
            self._questions.append(
                RuleQuestion(bit, rule.holds, campaign if rule.names_campaign else None, rule.parsed)
            )
        return bit

    def _add_pins(self, campaign: Campaign) -> None:
        priority = _LAST if campaign.fixed_priority is None else campaign.fixed_priority
        for pin in campaign.pins:
            self._narrow(pin.start_time_us, pin.end_time_us)
            if _is_active(pin, self._asked.send_time_us):
                # A rule on the customer alone is the same question as the pin's audience, whoever asks.
                bit = self._bit(self._book.rule(pin.expression, of_campaign=False), campaign) if pin.expression else 0
                offered = OfferedPin(campaign.campaign_id, bit, f"pin:{pin.name}")
                self._pins.append((priority, campaign.campaign_id, offered))

    def _narrow(self, start_time_us: int | None, end_time_us: int | None) -> None:
        """Keeps the span of send_time on this side of each edge."""
        if start_time_us is None and end_time_us is None:
            return
        for edge_us in (start_time_us, end_time_us):
            if edge_us is not None:
                if edge_us <= self._asked.send_time_us:
                    self._from_us = max(self._from_us, edge_us)
                else:
                    self._until_us = min(self._until_us, edge_us)


def excluded(offered: OfferedCampaign) -> OfferedCampaign:
    """Returns a candidate as it is offered to a caller who excludes it."""
    candidate = offered.candidate
    if candidate.is_no_contact:
        return offered._replace(dropped=offered.dropped or _EXCLUDED_NO_CONTACT)
    if offered.dropped is not None:
        return offered
    # What comes after the exclusion is never reached.
    end, campaign_id = candidate.stage_ends[0], candidate.campaign.campaign_id
    said = Rejection(campaign_id, FunnelStage.APPLICABILITY, "excluded", _EXCLUDED)
    bits = (*offered.bits[:end], ALWAYS_FAILED)
    return offered._replace(mask=reduce(or_, bits), bits=bits, rejections=(*offered.rejections[:end], said))


def offered_campaigns(asked: RankInput, catalogue: Iterable[Campaign]) -> list[str | Campaign]:
    """Returns what a request is about: the forced campaign, the candidates named, or the catalogue's live ones."""
    forced_id = asked.forced_campaign_id
    if forced_id:
        inline = (c for c in asked.candidates if not isinstance(c, str) and c.campaign_id == forced_id)
        return [next(inline, forced_id)]
    if asked.candidates:
        return list(asked.candidates)
    return [campaign for campaign in catalogue if campaign.state is CampaignState.LIVE]


def no_contact_offered(offered: Sequence[str | Campaign], asked: RankInput, *, allow_no_contact: bool) -> bool:
    """Returns whether NO_CONTACT is to be added: where it is allowed, not named and nothing is forced."""
    return allow_no_contact and not asked.forced_campaign_id and NO_CONTACT not in offered


def _campaign_id(offered: OfferedCampaign) -> str:
    return offered.candidate.labels.campaign_id


def _invalid(campaign: Campaign, asked: RankInput) -> tuple[str, str] | None:
    """Returns the rule and the reason by which a campaign cannot go out at all as asked, None where it can."""
    if campaign.state is not CampaignState.LIVE:
        return "state", f"the campaign is {campaign.state.name}"
    if campaign.start_time_us is not None and asked.send_time_us < campaign.start_time_us:
        return "start_time", "it starts after send_time"
    if campaign.end_time_us is not None and asked.send_time_us >= campaign.end_time_us:
        return "end_time", "it ends by send_time"
    if asked.channel and campaign.channel and asked.channel != campaign.channel:
        return "channel", "it goes out on another channel"
    if asked.placement and campaign.placements and asked.placement not in campaign.placements:
        return "placement", "it is for other placements"
    return None


def _is_active(pin: Pin, send_time_us: int) -> bool:
    return (pin.start_time_us is None or pin.start_time_us <= send_time_us) and (
        pin.end_time_us is None or send_time_us < pin.end_time_us
    )
