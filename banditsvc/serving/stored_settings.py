"""Stored settings: organizations and portfolios as a fold of the log's resource records."""

from __future__ import annotations

from dataclasses import dataclass, field

from banditsvc.core.errors import NotFound
from banditsvc.core.organization import DEFAULT_ORGANIZATION, DEFAULT_ORGANIZATION_ID, Organization
from banditsvc.core.portfolio import Portfolio
from banditsvc.ports import Recorded, Resource
from banditsvc.serving.portfolio_state import PortfolioState

_NOT_SET_UP = Recorded(0, 0, DEFAULT_ORGANIZATION)


@dataclass(slots=True)
class StoredSettings:
    """All settings as of one moment."""

    organizations: dict[str, Recorded[Organization]] = field(default_factory=dict)
    portfolios: dict[str, PortfolioState] = field(default_factory=dict)

    def organization(self, organization_id: str) -> Recorded[Organization]:
        """Returns an organization; the default one always exists, at position 0 until it is set up.

        Raises:
            NotFound: There is no such organization.
        """
        found = self.organizations.get(organization_id)
        if found is not None:
            return found
        if organization_id == DEFAULT_ORGANIZATION_ID:
            return _NOT_SET_UP
        raise NotFound("organization", organization_id)

    def state(self, portfolio_id: str) -> PortfolioState:
        """Returns what is known of a portfolio.

        Raises:
            NotFound: There is no such portfolio.
        """
        state = self.portfolios.get(portfolio_id)
        if state is None:
            raise NotFound("portfolio", portfolio_id)
        return state

    def portfolios_of(self, organization_id: str) -> list[str]:
        """Returns the ids of an organization's portfolios."""
        return [
            portfolio_id
            for portfolio_id, state in self.portfolios.items()
            if state.portfolio.value.organization_id == organization_id
        ]

    def fold(self, recorded: Recorded[Resource]) -> None:
        """Takes one further record into account."""
        position, time_us, resource = recorded.position, recorded.record_time_us, recorded.value
        if isinstance(resource, Organization):
            self.organizations[resource.organization_id] = Recorded(position, time_us, resource)
        elif isinstance(resource, Portfolio):
            typed = Recorded(position, time_us, resource)
            self.portfolios.setdefault(resource.portfolio_id, PortfolioState(typed)).set_portfolio(typed)
        else:
            self.portfolios[resource.portfolio_id].fold(Recorded(position, time_us, resource))
