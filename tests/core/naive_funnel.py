"""The funnel as its description reads, one campaign after another and nothing worked out in advance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignState
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.consent import Consent
from banditsvc.core.consent_check import ConsentCheck
from banditsvc.core.contact import Contact
from banditsvc.core.contact_limits import ContactLimits
from banditsvc.core.decision import RankInput
from banditsvc.core.organization import Organization
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.quiet_times import QuietTimes
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.rules import compile_rule, parse_rule
from banditsvc.core.time_zones import zone

Drop = tuple[str, FunnelStage, str]
"""Campaign, stage and rule."""


@dataclass(frozen=True, kw_only=True)
class NaiveFunnel:
    """One customer's way through the funnel."""

    organization: Organization
    portfolio: Portfolio
    catalogue: Mapping[str, Campaign]
    asked: RankInput
    contacts: Sequence[Contact] = ()
    consents: Sequence[Consent] = ()
    ledgers: Sequence[CapacityLedger] = ()
    now_us: int = 0

    def left(self) -> tuple[list[str], list[Drop], str]:
        """Returns the eligible campaigns, what was dropped and why one is forced."""
        eligible: list[Campaign] = []
        drops: list[Drop] = []
        for campaign_id, campaign in self._offered().items():
            drop = self._drop(campaign_id, campaign)
            if drop is None:
                assert campaign is not None
                eligible.append(campaign)
            else:
                drops.append((campaign_id, *drop))
        forced = bool(self.asked.forced_campaign_id)
        ids = sorted(campaign.campaign_id for campaign in eligible)
        if ids == [NO_CONTACT] and not forced:
            ids = []
            drops.append((NO_CONTACT, FunnelStage.APPLICABILITY, "alone"))
        reason = self.asked.force_reason if forced else ""
        if not forced:
            for campaign in sorted(eligible, key=_fixed_order):
                for pin in campaign.pins:
                    begun = pin.start_time_us is None or pin.start_time_us <= self.asked.send_time_us
                    over = pin.end_time_us is not None and pin.end_time_us <= self.asked.send_time_us
                    matches = not pin.expression or self._holds(pin.expression, None)
                    if not reason and begun and not over and matches:
                        ids, reason = [campaign.campaign_id], f"pin:{pin.name}"
        return ids, sorted(drops), reason

    def _offered(self) -> dict[str, Campaign | None]:
        asked = self.asked
        named: dict[str, Campaign | None] = {
            c if isinstance(c, str) else c.campaign_id: self.catalogue.get(c) if isinstance(c, str) else c
            for c in asked.candidates
        }
        forced_id = asked.forced_campaign_id
        if forced_id:
            return {forced_id: named.get(forced_id) or self.catalogue.get(forced_id)}
        if not named:
            named = {i: c for i, c in self.catalogue.items() if c.state is CampaignState.LIVE}
        if self.portfolio.allow_no_contact:
            named[NO_CONTACT] = None
        if NO_CONTACT in named:
            named[NO_CONTACT] = Campaign(campaign_id=NO_CONTACT)
        return named

    def _drop(self, campaign_id: str, campaign: Campaign | None) -> tuple[FunnelStage, str] | None:
        excluded = campaign_id in self.asked.excluded and not self.asked.forced_campaign_id
        if campaign_id == NO_CONTACT:
            if not self.portfolio.allow_no_contact:
                return FunnelStage.VALIDITY, "no_contact"
            return (FunnelStage.APPLICABILITY, "excluded") if excluded else None
        if campaign is None:
            return FunnelStage.VALIDITY, "known"
        labels = self._labels(campaign)
        if self._refused(labels, campaign.purpose):
            return FunnelStage.CONSENT, "consent"
        if invalid := self._invalid(campaign, labels):
            return FunnelStage.VALIDITY, invalid
        return self._ruled_out(campaign, excluded=excluded) or self._limited(labels)

    def _ruled_out(self, campaign: Campaign, *, excluded: bool) -> tuple[FunnelStage, str] | None:
        if name := self._failed_rule(campaign, FunnelStage.ELIGIBILITY):
            return FunnelStage.ELIGIBILITY, name
        if self.asked.forced_campaign_id:
            return None
        if excluded:
            return FunnelStage.APPLICABILITY, "excluded"
        for stage in (FunnelStage.APPLICABILITY, FunnelStage.SUITABILITY):
            if name := self._failed_rule(campaign, stage):
                return stage, name
        return None

    def _labels(self, campaign: Campaign) -> CampaignLabels:
        return CampaignLabels(
            campaign_id=campaign.campaign_id,
            type=int(campaign.type or 0),
            kind=int(campaign.kind or 0),
            channel=campaign.channel or self.asked.channel,
            family=campaign.family,
            category=campaign.category,
            cost=campaign.cost,
        )

    def _refused(self, labels: CampaignLabels, purpose: str) -> bool:
        check = ConsentCheck(self.organization.default_purpose)
        key = check.key_of(labels, purpose)
        return key is not None and bool(check.refused([key], self.consents, self.asked.consents))

    def _invalid(self, campaign: Campaign, labels: CampaignLabels) -> str:
        asked = self.asked
        if campaign.state is not CampaignState.LIVE:
            return "state"
        if campaign.start_time_us is not None and asked.send_time_us < campaign.start_time_us:
            return "start_time"
        if campaign.end_time_us is not None and campaign.end_time_us <= asked.send_time_us:
            return "end_time"
        if asked.channel and campaign.channel and campaign.channel != asked.channel:
            return "channel"
        if asked.placement and campaign.placements and asked.placement not in campaign.placements:
            return "placement"
        quiet_times = QuietTimes([self.organization.contact_policy, self.portfolio.contact_policy])
        name = asked.context.time_zone or self.portfolio.time_zone or self.organization.time_zone
        quiet = quiet_times.rejection(labels, quiet_times.quiet_at(asked.send_time_us, zone(name)))
        return quiet.rule if quiet else ""

    def _failed_rule(self, campaign: Campaign, stage: FunnelStage) -> str:
        for rule in (*self.portfolio.rules, *campaign.rules):
            if rule.stage is stage and not self._holds(rule.expression, campaign):
                return rule.name
        return ""

    def _holds(self, expression: str, campaign: Campaign | None) -> bool:
        parsed = parse_rule(expression, self.portfolio.context_schema, of_campaign=campaign is not None)
        return compile_rule(parsed)(self.asked.context, self.asked, campaign)

    def _limited(self, labels: CampaignLabels) -> tuple[FunnelStage, str] | None:
        limits = ContactLimits(
            self.organization.contact_policy, self.portfolio.contact_policy, self.portfolio.portfolio_id
        )
        blocked = limits.blocked(self.contacts, self.asked.send_time_us, self.now_us)
        for key in limits.keys_of(labels):
            if key in blocked:
                return FunnelStage.CONTACT_POLICY, limits.rejection(labels.campaign_id, key).rule
        for ledger in self.ledgers:
            name = ledger.exhausted(labels, self.asked.send_time_us)
            if name is not None:
                return FunnelStage.CAPACITY, name
        return None


def _fixed_order(campaign: Campaign) -> tuple[bool, int, str]:
    return campaign.fixed_priority is None, campaign.fixed_priority or 0, campaign.campaign_id
