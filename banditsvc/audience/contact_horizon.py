"""How far back contacts matter to the limits of an organization."""

from __future__ import annotations

from banditsvc.core.contact_limits import ContactLimits
from banditsvc.serving.stored_settings import StoredSettings


def contacts_from_us(settings: StoredSettings, organization_id: str, send_time_us: int) -> int | None:
    """Returns the time from which on contacts matter for a send; None where no limit looks at any."""
    whole = settings.organization(organization_id).value.contact_policy
    horizons = [
        ContactLimits(whole, settings.state(portfolio_id).portfolio.value.contact_policy, portfolio_id).horizon_us
        for portfolio_id in settings.portfolios_of(organization_id)
    ]
    known = [horizon for horizon in horizons if horizon is not None]
    if len(known) < len(horizons):
        return 0
    farthest = max(known, default=0)
    return max(0, send_time_us - farthest) if farthest else None
