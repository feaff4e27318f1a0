"""Candidates of the funnel: a campaign with all that does not depend on the customer worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from banditsvc.core.campaign import NO_CONTACT, NO_CONTACT_CAMPAIGN, Campaign
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.consent_check import ConsentCheck, ConsentKey
from banditsvc.core.contact_limits import ContactLimits
from banditsvc.core.contact_rules import LimitKey
from banditsvc.core.funnel_rules import FunnelRule, RuleBook
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.rule import Rule

_RULE_STAGES = (FunnelStage.ELIGIBILITY, FunnelStage.APPLICABILITY, FunnelStage.SUITABILITY)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FunnelCandidate:
    """A campaign as the funnel sees it, on the channel that it would go out on."""

    campaign: Campaign
    labels: CampaignLabels
    consent_key: ConsentKey | None
    """None: no consent is needed."""
    limit_keys: tuple[LimitKey, ...]
    rules: tuple[FunnelRule, ...]
    """Of the portfolio and its own, in the order in which they are asked."""
    rejections: tuple[Rejection, ...]
    """What each of them says when it fails."""
    stage_ends: tuple[int, int]
    """Number of rules up to the end of ELIGIBILITY, and up to the end of APPLICABILITY."""
    is_no_contact: bool = False


NO_CONTACT_CANDIDATE = FunnelCandidate(
    campaign=NO_CONTACT_CAMPAIGN,
    labels=CampaignLabels(campaign_id=NO_CONTACT),
    consent_key=None,
    limit_keys=(),
    rules=(),
    rejections=(),
    stage_ends=(0, 0),
    is_no_contact=True,
)
"""Sending nothing, which no rule and no limit holds back."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CandidateMaker:
    """Makes candidates by the settings of one organization and portfolio."""

    book: RuleBook
    portfolio_rules: Sequence[Rule]
    consent: ConsentCheck
    limits: ContactLimits

    def candidate(self, campaign: Campaign, request_channel: str) -> FunnelCandidate:
        """Returns a campaign as it is for requests on a channel, which may be empty."""
        labels = labels_of(campaign, request_channel)
        by_stage = [
            [rule for rule in (*self.portfolio_rules, *campaign.rules) if rule.stage is stage] for stage in _RULE_STAGES
        ]
        ordered = [(rule, self.book.rule(rule.expression)) for rules in by_stage for rule in rules]
        return FunnelCandidate(
            campaign=campaign,
            labels=labels,
            consent_key=self.consent.key_of(labels, campaign.purpose),
            limit_keys=self.limits.keys_of(labels),
            rules=tuple([compiled for _, compiled in ordered]),
            rejections=tuple([_rule_rejection(campaign, rule, compiled) for rule, compiled in ordered]),
            stage_ends=(len(by_stage[0]), len(by_stage[0]) + len(by_stage[1])),
        )


def _rule_rejection(campaign: Campaign, rule: Rule, compiled: FunnelRule) -> Rejection:
    reason = rule.reason or rule.expression
    if compiled.fault:
        reason = f"the rule cannot be read: {compiled.fault}"
    return Rejection(campaign.campaign_id, rule.stage, rule.name, reason)


def labels_of(campaign: Campaign, request_channel: str) -> CampaignLabels:
    """Returns what contact policy and capacity know of a campaign; its own channel wins over that of the request."""
    return CampaignLabels(
        campaign_id=campaign.campaign_id,
        type=0 if campaign.type is None else int(campaign.type),
        kind=0 if campaign.kind is None else int(campaign.kind),
        channel=campaign.channel or request_channel,
        family=campaign.family,
        category=campaign.category,
        cost=campaign.cost,
    )


def unknown_candidate(campaign_id: str) -> FunnelCandidate:
    """Returns what stands for a campaign that the catalogue does not have."""
    return FunnelCandidate(
        campaign=Campaign(campaign_id=campaign_id),
        labels=CampaignLabels(campaign_id=campaign_id),
        consent_key=None,
        limit_keys=(),
        rules=(),
        rejections=(),
        stage_ends=(0, 0),
    )
