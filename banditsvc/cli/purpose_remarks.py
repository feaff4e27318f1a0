"""Remarks on consent to purposes that no campaign asks for."""

from __future__ import annotations

from collections.abc import Iterable

from banditsvc.cli.output import notes
from banditsvc.client import Client
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID


def remark_on_purposes(client: Client, organization_id: str, purposes: Iterable[str]) -> None:
    """Says of which of the purposes recorded no campaign of the organization asks, on standard error."""
    recorded = {purpose for purpose in purposes if purpose}
    if not recorded:
        return
    asked = _asked_for(client, organization_id)
    for purpose in sorted(recorded - asked):
        others = f"; they ask for {', '.join(sorted(asked))}" if asked else ""
        line = f"no campaign of organization {organization_id} asks for consent to {purpose}{others}"
        notes.print(line, markup=False, soft_wrap=True)


def _asked_for(client: Client, organization_id: str) -> set[str]:
    """Returns the purposes that campaigns ask for, by themselves or by the organization's default_purpose."""
    defaults = {one.organization_id: one.default_purpose for one in client.list_organizations()}
    portfolios = [
        portfolio.portfolio_id
        for portfolio in client.list_portfolios()
        if (portfolio.organization_id or DEFAULT_ORGANIZATION_ID) == organization_id
    ]
    own = {campaign.purpose for portfolio_id in portfolios for campaign in client.list_campaigns(portfolio_id)}
    return (own | {defaults.get(organization_id, "")}) - {""}
