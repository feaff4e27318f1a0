"""The funnel: from what could go out to what may go out, with a reason for each drop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from banditsvc.core.campaign import NO_CONTACT, NO_CONTACT_CAMPAIGN, Campaign, CampaignState
from banditsvc.core.decision import FunnelStage, Rejection

_FOREVER_US = 1 << 62
_EXCLUDED = "the caller excluded it"
_EXCLUDED_NO_CONTACT = Rejection(NO_CONTACT, FunnelStage.APPLICABILITY, "excluded", _EXCLUDED)
_LONE_NO_CONTACT = Rejection(NO_CONTACT, FunnelStage.APPLICABILITY, "alone", "nothing else is eligible")


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleSet:
    """The campaigns that are left, by campaign_id, and the dropped ones.

    The same catalogue, candidates and exclusions give the same set for any send_time in [valid_from_us, valid_until_us).
    """

    campaigns: tuple[Campaign, ...]
    rejections: tuple[Rejection, ...]
    valid_from_us: int
    valid_until_us: int


def eligible_set(
    *,
    catalogue: Mapping[str, Campaign],
    candidates: tuple[str | Campaign, ...],
    excluded: tuple[str, ...],
    allow_no_contact: bool,
    send_time_us: int,
) -> EligibleSet:
    """Returns the campaigns that may go out at send_time.

    Without candidates the catalogue's live campaigns stand. NO_CONTACT is always among them where the portfolio
    allows it and the caller does not exclude it, but it is no campaign to fall back on: where nothing else is left the
    set is empty.
    """
    excluded_ids = frozenset(excluded)
    kept: list[Campaign] = []
    rejections: list[Rejection] = []
    from_us, until_us = -_FOREVER_US, _FOREVER_US
    for campaign_id, campaign in _offered(catalogue, candidates):
        if campaign is not None:
            from_us, until_us = _narrow(from_us, until_us, campaign, send_time_us)
        rejection = _rejection(campaign_id, campaign, excluded_ids, send_time_us, allow_no_contact)
        if rejection is not None:
            rejections.append(rejection)
        elif campaign is not None:
            kept.append(campaign)
    if allow_no_contact:
        if NO_CONTACT in excluded_ids:
            rejections.append(_EXCLUDED_NO_CONTACT)
        elif kept:
            kept.append(NO_CONTACT_CAMPAIGN)
        else:
            rejections.append(_LONE_NO_CONTACT)
    kept.sort(key=lambda campaign: campaign.campaign_id)
    return EligibleSet(
        campaigns=tuple(kept),
        rejections=tuple(sorted(rejections, key=lambda rejection: rejection.campaign_id)),
        valid_from_us=from_us,
        valid_until_us=until_us,
    )


def _offered(
    catalogue: Mapping[str, Campaign], candidates: tuple[str | Campaign, ...]
) -> Iterable[tuple[str, Campaign | None]]:
    if not candidates:
        return [(c.campaign_id, c) for c in catalogue.values() if c.state is CampaignState.LIVE]
    return [(c, catalogue.get(c)) if isinstance(c, str) else (c.campaign_id, c) for c in candidates]


def _narrow(from_us: int, until_us: int, campaign: Campaign, send_time_us: int) -> tuple[int, int]:
    for edge_us in (campaign.start_time_us, campaign.end_time_us):
        if edge_us is not None:
            if edge_us <= send_time_us:
                from_us = max(from_us, edge_us)
            else:
                until_us = min(until_us, edge_us)
    return from_us, until_us


def _rejection(
    campaign_id: str, campaign: Campaign | None, excluded: frozenset[str], send_time_us: int, allow_no_contact: bool
) -> Rejection | None:
    """Returns why a campaign drops out, or None. A NO_CONTACT that is allowed is left to eligible_set."""
    if campaign_id == NO_CONTACT:
        if allow_no_contact:
            return None
        return Rejection(campaign_id, FunnelStage.VALIDITY, "no_contact", "the portfolio does not allow NO_CONTACT")
    if campaign is None:
        return Rejection(campaign_id, FunnelStage.VALIDITY, "known", "not in the catalogue")
    if campaign.state is not CampaignState.LIVE:
        return Rejection(campaign_id, FunnelStage.VALIDITY, "state", f"the campaign is {campaign.state.name}")
    if campaign.start_time_us is not None and send_time_us < campaign.start_time_us:
        return Rejection(campaign_id, FunnelStage.VALIDITY, "start_time", "it starts after send_time")
    if campaign.end_time_us is not None and send_time_us >= campaign.end_time_us:
        return Rejection(campaign_id, FunnelStage.VALIDITY, "end_time", "it ends by send_time")
    if campaign_id in excluded:
        return Rejection(campaign_id, FunnelStage.APPLICABILITY, "excluded", _EXCLUDED)
    return None
