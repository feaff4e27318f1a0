"""Settings view: organizations, portfolios, campaigns and policies as the log has them, to read."""

from __future__ import annotations

from banditsvc.core.campaign import Campaign
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID, Organization
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.ports import CampaignVersion, Recorded
from banditsvc.serving.campaign_changes import stored_campaign
from banditsvc.serving.policy_standing import PolicyStanding, standing_of
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.stored_settings import StoredSettings


class SettingsView:
    """What is stored now."""

    def __init__(self) -> None:
        self._stored = StoredSettings()

    def recorded_organization(self, organization_id: str) -> Recorded[Organization]:
        """Returns an organization as it stands in the log; the default one at position 0 until it is set up.

        Raises:
            NotFound: There is no such organization.
        """
        return self._stored.organization(organization_id)

    def organization(self, organization_id: str) -> Organization:
        """Returns an organization.

        Raises:
            NotFound: There is no such organization.
        """
        return self._stored.organization(organization_id).value

    def organization_of(self, portfolio_id: str) -> Organization:
        """Returns the organization that owns a portfolio.

        Raises:
            NotFound: There is no such portfolio.
        """
        return self.organization(self.portfolio(portfolio_id).value.organization_id)

    def organizations(self) -> list[Recorded[Organization]]:
        """Returns all organizations by organization_id, the default one among them."""
        ids = {*self._stored.organizations, DEFAULT_ORGANIZATION_ID}
        return [self._stored.organization(organization_id) for organization_id in sorted(ids)]

    def state(self, portfolio_id: str) -> PortfolioState:
        """Returns what is known of a portfolio.

        Raises:
            NotFound: There is no such portfolio.
        """
        return self._stored.state(portfolio_id)

    def portfolio(self, portfolio_id: str) -> Recorded[Portfolio]:
        return self.state(portfolio_id).portfolio

    def portfolios(self) -> list[Recorded[Portfolio]]:
        """Returns all portfolios by portfolio_id."""
        states = self._stored.portfolios
        return [states[portfolio_id].portfolio for portfolio_id in sorted(states)]

    def campaign(self, portfolio_id: str, campaign_id: str) -> CampaignVersion:
        return stored_campaign(self.state(portfolio_id), campaign_id)

    def campaigns(self, portfolio_id: str) -> list[CampaignVersion]:
        """Returns the catalogue by campaign_id."""
        return sorted(self.state(portfolio_id).campaigns.values(), key=lambda version: version.campaign.campaign_id)

    def campaign_at(self, portfolio_id: str, campaign_id: str, catalogue_version: int) -> Campaign | None:
        """Returns a campaign as it stood in a catalogue version, None where it was not in it.

        Raises:
            NotFound: There is no such portfolio.
        """
        return self.state(portfolio_id).campaign_at(campaign_id, catalogue_version)

    def catalogue_version(self, portfolio_id: str) -> int:
        return self.state(portfolio_id).catalogue_version

    def live_campaign_count(self, portfolio_id: str) -> int:
        """Returns the number of campaigns in state LIVE, whatever their dates; 0 for an unknown portfolio."""
        state = self._stored.portfolios.get(portfolio_id)
        return 0 if state is None else state.live_campaign_count

    def policies(self, portfolio_id: str) -> list[Recorded[Policy]]:
        """Returns all policy versions, oldest first."""
        return list(self.state(portfolio_id).policies)

    def deployed_policy(self, portfolio_id: str) -> Recorded[Policy]:
        return self.state(portfolio_id).policy

    def standing(self, policy: Policy, now_us: int) -> PolicyStanding:
        """Returns by what a stored policy may go live in its portfolio as that is now.

        Raises:
            NotFound: There is no such portfolio.
        """
        return standing_of(self.state(policy.portfolio_id), policy, now_us)
