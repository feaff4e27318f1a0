"""What is to be done: the changes that lead from what the service has to what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from banditsvc.apply.difference import FieldChange
from banditsvc.v1 import campaign_pb2, organization_pb2, policy_pb2, portfolio_pb2, settings_pb2

Wanted: TypeAlias = organization_pb2.Organization | portfolio_pb2.Portfolio | campaign_pb2.Campaign | policy_pb2.Policy


class Action(Enum):
    """What is to be done about one thing."""

    CREATE = "create"
    UPDATE = "update"
    PAUSE = "pause"
    DEPLOY = "deploy"
    NOTHING = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done about one organization, portfolio, campaign or policy."""

    portfolio_id: str
    """Empty for an organization."""
    action: Action
    subject: str
    """For people, such as `campaign spring-sale`."""
    wanted: Wanted
    fields: tuple[FieldChange, ...] = ()
    refusal: str = ""
    """Why the service will refuse it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes in the order in which they are shown; they are made all at once."""

    changes: tuple[Change, ...]
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Why policies go live without a certificate, by portfolio_id."""

    @property
    def pending(self) -> tuple[Change, ...]:
        """Returns the changes that do something."""
        return tuple(change for change in self.changes if change.action is not Action.NOTHING)

    @property
    def refusals(self) -> tuple[str, ...]:
        """Returns why the service will refuse some of the changes."""
        return tuple(change.refusal for change in self.changes if change.refusal)

    def request(self, *, validate_only: bool = False) -> settings_pb2.ApplySettingsRequest:
        """Returns the one request that makes the pending changes."""
        request = settings_pb2.ApplySettingsRequest(validate_only=validate_only)
        portfolios: dict[str, settings_pb2.PortfolioSettings] = {}
        for change in self.pending:
            if isinstance(change.wanted, organization_pb2.Organization):
                request.organizations.append(change.wanted)
                continue
            settings = portfolios.get(change.portfolio_id)
            if settings is None:
                reason = self.overrides.get(change.portfolio_id, "")
                settings = portfolios[change.portfolio_id] = request.portfolios.add(
                    portfolio_id=change.portfolio_id, override_reason=reason
                )
            _add(settings, change)
        return request

    def subjects(self) -> Mapping[str, str]:
        """Returns what people call each part of the request, by its path."""
        request = self.request()
        subjects: dict[str, str] = {}
        for place, organization in enumerate(request.organizations):
            subjects[f"organizations[{place}]"] = f"organization {organization.organization_id}"
        for place, settings in enumerate(request.portfolios):
            path, portfolio = f"portfolios[{place}]", f"portfolio {settings.portfolio_id}"
            subjects |= {f"{path}.portfolio": portfolio, f"{path}.policy": f"policy of {portfolio}"}
            for number, campaign in enumerate(settings.campaigns):
                subjects[f"{path}.campaigns[{number}]"] = f"campaign {campaign.campaign_id} of {portfolio}"
        return subjects


def _add(settings: settings_pb2.PortfolioSettings, change: Change) -> None:
    match change.wanted:
        case portfolio_pb2.Portfolio() as portfolio:
            settings.portfolio.CopyFrom(portfolio)
        case policy_pb2.Policy() as policy:
            settings.policy.CopyFrom(policy)
        case campaign_pb2.Campaign() as campaign if change.action is Action.PAUSE:
            settings.paused_campaign_ids.append(campaign.campaign_id)
        case campaign_pb2.Campaign() as campaign:
            settings.campaigns.append(campaign)
