"""Contacts: what counts for contact policy and capacity."""

from __future__ import annotations

from msgspec import Struct

from banditsvc.core.campaign_labels import CampaignLabels


class Contact(Struct, frozen=True, kw_only=True, gc=False):
    """One contact of a customer, made or reserved, with what its campaign was then."""

    organization_id: str
    portfolio_id: str
    customer_id: str
    campaign: CampaignLabels
    contact_time_us: int
    """When it goes out, or went out."""
    hold_until_us: int | None = None
    """Where it waits to be activated: it counts up to this moment, and no longer. None: it stands."""
    is_ghost: bool = False
    """Whether it is what a held-out customer would have got: it counts for further ghosts, and takes no capacity."""

    def counts_at(self, now_us: int) -> bool:
        """Returns whether it counts, seen from a moment of log time."""
        return self.hold_until_us is None or now_us <= self.hold_until_us
