"""Catalogues: what the log's resources say of each portfolio, as far as learning needs it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from banditsvc.core.campaign import NO_CONTACT, NO_CONTACT_CAMPAIGN, Campaign
from banditsvc.core.choice import Choice
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.organization import Organization
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.ports import (
    CampaignVersion,
    DecisionLog,
    Deployment,
    ModelPin,
    Recorded,
    RelearnRequest,
    Resource,
    ShadowSetting,
)


@dataclass(slots=True)
class Catalogue:
    """What is known of one portfolio: its settings, its campaigns in all versions and its policies."""

    portfolio: Portfolio
    settings_position: int
    """Position of the record that brought the present learner_version."""
    relearn_position: int = 0
    """Position of the newest record that asks to relearn: a request, an exclusion or its revocation."""
    relearn_time_us: int = 0
    """When that was recorded."""
    policies: dict[int, Policy] = field(default_factory=dict)
    deployed_policy_version: int = 0
    pinned_model_version: str = ""
    """The model that servers use instead of the newest; empty for none."""
    shadow_model_version: str = ""
    """The model that decides alongside; empty for none of its own."""
    campaigns: dict[str, tuple[list[int], list[Campaign]]] = field(default_factory=dict)
    """Of each campaign the catalogue versions at which it changed, rising, and its content from then on."""

    @property
    def cause_position(self) -> int:
        """Returns the position of the newest record that asks for a lineage: learner settings, or a relearn."""
        return max(self.settings_position, self.relearn_position)

    @property
    def policy(self) -> Policy | None:
        """Returns the policy at work."""
        return self.policies.get(self.deployed_policy_version)

    def chosen(self, decision: Choice) -> Campaign | None:
        """Returns the campaign that a decision chose as it was then; None where the log does not know it."""
        return self.campaign_of(decision, decision.campaign_id)

    def campaign_of(self, decision: Choice, campaign_id: str) -> Campaign | None:
        """Returns a campaign as a decision saw it: as given with the request, else by its catalogue version."""
        described = decision.input.described(campaign_id)
        if described is not None:
            return described
        if campaign_id == NO_CONTACT:
            return NO_CONTACT_CAMPAIGN
        versions, contents = self.campaigns.get(campaign_id, ([], []))
        place = bisect_right(versions, decision.catalogue_version)
        return contents[place - 1] if place else None


class Catalogues:
    """A fold of the log's resources, kept up to date by refresh."""

    def __init__(self, log: DecisionLog) -> None:
        self._log = log
        self._position = 0
        self._by_portfolio: dict[str, Catalogue] = {}
        self.refresh()

    def refresh(self) -> None:
        """Takes in what the log has got since the last time."""
        for recorded in self._log.read_resources(self._position):
            self._fold(recorded)
            self._position = recorded.position

    def portfolio_ids(self) -> list[str]:
        """Returns the ids of all portfolios, sorted."""
        return sorted(self._by_portfolio)

    def pins(self) -> list[tuple[str, str]]:
        """Returns (portfolio_id, model_version) of every model that settings name: pinned, or as a shadow."""
        return [
            (portfolio_id, model_version)
            for portfolio_id, catalogue in self._by_portfolio.items()
            for model_version in (catalogue.pinned_model_version, catalogue.shadow_model_version)
            if model_version
        ]

    def get(self, portfolio_id: str) -> Catalogue | None:
        """Returns what is known of a portfolio."""
        return self._by_portfolio.get(portfolio_id)

    def _fold(self, recorded: Recorded[Resource]) -> None:
        resource = recorded.value
        if isinstance(resource, Portfolio):
            self._fold_portfolio(recorded.position, resource)
            return
        if isinstance(resource, Organization):
            # Who may be contacted makes no difference to what is learned.
            return
        catalogue = self._by_portfolio[resource.portfolio_id]
        if isinstance(resource, CampaignVersion):
            versions, contents = catalogue.campaigns.setdefault(resource.campaign.campaign_id, ([], []))
            versions.append(resource.catalogue_version)
            contents.append(resource.campaign)
        elif isinstance(resource, Policy):
            catalogue.policies[resource.policy_version] = resource
        elif isinstance(resource, Deployment):
            catalogue.deployed_policy_version = resource.policy_version
        elif isinstance(resource, RelearnRequest | Exclusion | ExclusionRevocation):
            catalogue.relearn_position = recorded.position
            catalogue.relearn_time_us = recorded.record_time_us
        elif isinstance(resource, ModelPin):
            catalogue.pinned_model_version = resource.model_version
        elif isinstance(resource, ShadowSetting):
            catalogue.shadow_model_version = resource.model_version

    def _fold_portfolio(self, position: int, portfolio: Portfolio) -> None:
        catalogue = self._by_portfolio.get(portfolio.portfolio_id)
        if catalogue is None:
            self._by_portfolio[portfolio.portfolio_id] = Catalogue(portfolio, position)
            return
        if portfolio.learner_version != catalogue.portfolio.learner_version:
            catalogue.settings_position = position
        catalogue.portfolio = portfolio
