"""Contact scopes: what counts together under a cap or a capacity."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact_policy import ContactScope

ScopeValue = int | str
"""Channel, campaign id, type or family; what has none counts with the others that have none."""


def _overall(_: CampaignLabels) -> ScopeValue:
    return ""


SCOPE_VALUES: dict[ContactScope, Callable[[CampaignLabels], ScopeValue]] = {
    ContactScope.OVERALL: _overall,
    ContactScope.CHANNEL: attrgetter("channel"),
    ContactScope.CAMPAIGN: attrgetter("campaign_id"),
    ContactScope.TYPE: attrgetter("type"),
    ContactScope.FAMILY: attrgetter("family"),
}
"""By scope, what contacts must share to count together."""
