"""Campaigns: the things chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from banditsvc.core.context import FeatureValue
from banditsvc.core.rule import Rule

NO_CONTACT = "NO_CONTACT"
"""Campaign id of sending nothing, where the portfolio allows that choice."""


class CampaignType(IntEnum):
    """Mass, lifecycle or transactional."""

    GTM = 1
    CLM = 2
    TRANSACTIONAL = 3


class CampaignKind(IntEnum):
    """Why a campaign is sent."""

    ONBOARDING = 1
    FIRST_TO_REPEAT = 2
    CROSS_SELL = 3
    UPSELL = 4
    FREQUENCY = 5
    ON_THE_BRINK = 6
    WINBACK = 7
    REPLENISHMENT = 8
    ANNIVERSARY = 9
    MILESTONE = 10
    CART_ABANDON = 11
    THANK_YOU = 12
    SURVEY = 13
    LOYALTY = 14
    PROMOTION = 15
    NEW_ARRIVAL = 16


class CampaignState(IntEnum):
    """Where a campaign stands."""

    DRAFT = 1
    LIVE = 2
    PAUSED = 3
    ENDED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One version of a campaign. Everything but its message_fields is learned from."""

    treatment_id: str
    subject_line: str = ""
    tone: str = ""
    call_to_action: str = ""
    features: Mapping[str, FeatureValue] = field(default_factory=dict)
    message_fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """Gives a campaign to an audience at start_time <= send_time < end_time."""

    name: str
    expression: str = ""
    """Condition on the context; empty means everybody."""
    start_time_us: int | None = None
    end_time_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign of a portfolio, immutable: a change is a new value under a new catalogue version."""

    campaign_id: str
    display_name: str = ""
    type: CampaignType | None = None
    kind: CampaignKind | None = None
    category: str = ""
    channel: str = ""
    offer_kind: str = ""
    family: str = ""
    """Shared by campaigns that are alike, so that learning carries over to next week's."""
    features: Mapping[str, FeatureValue] = field(default_factory=dict)
    fixed_priority: int | None = None
    """Place in the fixed order, 1 first; None comes last."""
    start_time_us: int | None = None
    end_time_us: int | None = None
    """The campaign may go out at start_time <= t < end_time."""
    state: CampaignState = CampaignState.LIVE
    treatments: tuple[Treatment, ...] = ()
    """By treatment_id. With treatments what is chosen is the pair."""
    cost: float = 0.0
    """Of one contact, in the portfolio's currency; capacity counts it."""
    value: float = 0.0
    """What the offer is worth to the customer, in the portfolio's currency."""
    lever: float = 1.0
    """Business weight on the predicted reward, from LEAST_LEVER to GREATEST_LEVER."""
    message_fields: Mapping[str, str] = field(default_factory=dict)
    """Passed through to the answer."""
    purpose: str = ""
    """Purpose that needs consent; empty means the organization's default_purpose, for transactional campaigns none."""
    placements: tuple[str, ...] = ()
    """Placements that it may fill; empty means any."""
    rules: tuple[Rule, ...] = ()
    pins: tuple[Pin, ...] = ()
    renamed_from: str = ""
    learned_as: str = ""
    """Id that it is learned under, set by the service; empty means campaign_id."""

    def treatment(self, treatment_id: str) -> Treatment | None:
        """Returns one of its treatments, None where it has none of that id."""
        return next((one for one in self.treatments if one.treatment_id == treatment_id), None)


def described_among(candidates: Sequence[str | Campaign], campaign_id: str) -> Campaign | None:
    """Returns the campaign of an id if it is described among candidates, None where it is named or not there."""
    # Most candidates are ids, and looking for one among them is quicker than looking at each.
    if campaign_id in candidates:
        return None
    return next((one for one in candidates if not isinstance(one, str) and one.campaign_id == campaign_id), None)


LEAST_LEVER = 0.5
GREATEST_LEVER = 2.0

NO_CONTACT_CAMPAIGN = Campaign(campaign_id=NO_CONTACT, display_name="No contact")
"""Sending nothing, as a campaign like any other."""
