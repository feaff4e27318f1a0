"""Portfolios, campaigns and policies as the log has them, and the ways to change them."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.errors import (
    AlreadyExists,
    FailedPrecondition,
    FieldViolation,
    InvalidRequest,
    NotFound,
    Unsupported,
    VersionMismatch,
)
from banditsvc.core.policy import Policy, default_policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import (
    CampaignVersion,
    DecisionLog,
    Deployment,
    ModelPin,
    Recorded,
    RelearnRequest,
    Resource,
)

MOST_LIVE_CAMPAIGNS = 500
"""A Rank that names no candidates is about all live campaigns, and takes no more than this."""


@dataclass(slots=True)
class PortfolioState:
    """What the log says of one portfolio now."""

    portfolio: Recorded[Portfolio]
    campaigns: dict[str, CampaignVersion] = field(default_factory=dict)
    catalogue_version: int = 0
    policies: list[Recorded[Policy]] = field(default_factory=list)
    deployed_policy_version: int = 0
    pinned_model_version: str = ""
    encoder_versions: dict[int, int] = field(default_factory=dict)
    """Encoder version of each learner_version."""

    @property
    def policy(self) -> Recorded[Policy]:
        """Returns the policy at work."""
        return self.policies[self.deployed_policy_version - 1]


class Resources:
    """A fold of the log's resource records. Changes are appended one at a time and folded once they are durable."""

    def __init__(self, log: DecisionLog, committer: GroupCommitter) -> None:
        self._committer = committer
        self._states: dict[str, PortfolioState] = {}
        self._writing = asyncio.Lock()
        self._watchers: list[Callable[[str], None]] = []
        for recorded in log.read_resources(0):
            self._fold(recorded)

    def watch(self, watcher: Callable[[str], None]) -> None:
        """Calls watcher with the portfolio_id after every change, and now for each portfolio that exists."""
        self._watchers.append(watcher)
        for portfolio_id in self._states:
            watcher(portfolio_id)

    def state(self, portfolio_id: str) -> PortfolioState:
        """Returns what is known of a portfolio.

        Raises:
            NotFound: There is no such portfolio.
        """
        state = self._states.get(portfolio_id)
        if state is None:
            raise NotFound("portfolio", portfolio_id)
        return state

    def portfolio(self, portfolio_id: str) -> Recorded[Portfolio]:
        return self.state(portfolio_id).portfolio

    def portfolios(self) -> list[Recorded[Portfolio]]:
        """Returns all portfolios by portfolio_id."""
        return [self._states[portfolio_id].portfolio for portfolio_id in sorted(self._states)]

    async def create_portfolio(self, portfolio: Portfolio) -> Recorded[Portfolio]:
        """Stores a portfolio with the default policy at work. Creating the same again returns what is stored.

        Raises:
            AlreadyExists: The id is taken by other settings.
        """
        async with self._writing:
            state = self._states.get(portfolio.portfolio_id)
            if state is not None:
                if _settings(portfolio) == _settings(state.portfolio.value):
                    return state.portfolio
                raise AlreadyExists("portfolio", portfolio.portfolio_id, "other settings; use UpdatePortfolio")
            stored = dataclasses.replace(
                portfolio, salt=secrets.token_hex(16), portfolio_version=1, learner_version=1, encoder_version=1
            )
            policy = default_policy(portfolio.portfolio_id)
            await self._append([stored, policy, Deployment(portfolio_id=portfolio.portfolio_id, policy_version=1)])
            return self._states[portfolio.portfolio_id].portfolio

    async def update_portfolio(self, portfolio: Portfolio) -> Recorded[Portfolio]:
        """Replaces a portfolio's settings; where what is learned changes, learner_version moves on.

        Raises:
            NotFound: There is no such portfolio.
            VersionMismatch: portfolio_version is set and is not the stored one.
            FailedPrecondition: The currency would change: amounts already logged are in the old one.
        """
        async with self._writing:
            stored = self.state(portfolio.portfolio_id).portfolio
            old = stored.value
            if portfolio.portfolio_version not in (0, old.portfolio_version):
                raise VersionMismatch("portfolio", old.portfolio_id, portfolio.portfolio_version, old.portfolio_version)
            if portfolio.currency != old.currency:
                raise FailedPrecondition(
                    "CURRENCY_FIXED", f"the currency of portfolio {old.portfolio_id!r} is {old.currency} for good"
                )
            if _settings(portfolio) == _settings(old):
                return stored
            await self._append([_next_version(old, portfolio)])
            return self._states[portfolio.portfolio_id].portfolio

    def campaign(self, portfolio_id: str, campaign_id: str) -> CampaignVersion:
        version = self.state(portfolio_id).campaigns.get(campaign_id)
        if version is None:
            raise NotFound("campaign", campaign_id)
        return version

    def campaigns(self, portfolio_id: str) -> list[CampaignVersion]:
        """Returns the catalogue by campaign_id."""
        return sorted(self.state(portfolio_id).campaigns.values(), key=lambda version: version.campaign.campaign_id)

    def catalogue_version(self, portfolio_id: str) -> int:
        return self.state(portfolio_id).catalogue_version

    def live_campaign_count(self, portfolio_id: str) -> int:
        """Returns the number of campaigns in state LIVE, whatever their dates; 0 for an unknown portfolio."""
        state = self._states.get(portfolio_id)
        versions = state.campaigns.values() if state is not None else ()
        return sum(version.campaign.state is CampaignState.LIVE for version in versions)

    async def create_campaign(self, portfolio_id: str, campaign: Campaign) -> CampaignVersion:
        """Adds a campaign. Creating the same again returns what is stored.

        Raises:
            NotFound: There is no such portfolio.
            AlreadyExists: The id is taken by another content.
            FailedPrecondition: As many campaigns are live as Rank takes.
        """
        async with self._writing:
            stored = self.state(portfolio_id).campaigns.get(campaign.campaign_id)
            if stored is not None and stored.campaign != campaign:
                raise AlreadyExists("campaign", campaign.campaign_id, "another content; use UpdateCampaign")
            return stored or await self._store_campaign(portfolio_id, campaign)

    async def update_campaign(self, portfolio_id: str, campaign: Campaign) -> CampaignVersion:
        """Replaces a campaign as a whole.

        Raises:
            NotFound: There is no such portfolio or campaign.
            FailedPrecondition: As many campaigns are live as Rank takes, and this one would be one more.
        """
        async with self._writing:
            stored = self.campaign(portfolio_id, campaign.campaign_id)
            return stored if stored.campaign == campaign else await self._store_campaign(portfolio_id, campaign)

    async def pause_campaign(self, portfolio_id: str, campaign_id: str) -> CampaignVersion:
        """Pauses a campaign from the next Rank on.

        Raises:
            NotFound: There is no such portfolio or campaign.
            FailedPrecondition: The campaign has ended.
        """
        async with self._writing:
            stored = self.campaign(portfolio_id, campaign_id)
            if stored.campaign.state is CampaignState.ENDED:
                raise FailedPrecondition("CAMPAIGN_ENDED", f"campaign {campaign_id!r} has ended; it cannot be paused")
            if stored.campaign.state is CampaignState.PAUSED:
                return stored
            paused = dataclasses.replace(stored.campaign, state=CampaignState.PAUSED)
            return await self._store_campaign(portfolio_id, paused)

    def policies(self, portfolio_id: str) -> list[Recorded[Policy]]:
        """Returns all policy versions, oldest first."""
        return list(self.state(portfolio_id).policies)

    def deployed_policy(self, portfolio_id: str) -> Recorded[Policy]:
        return self.state(portfolio_id).policy

    async def create_policy(self, policy: Policy) -> Recorded[Policy]:
        """Stores a new policy version; the same content as the newest returns that one."""
        async with self._writing:
            policies = self.state(policy.portfolio_id).policies
            numbered = dataclasses.replace(policy, policy_version=len(policies))
            if policies[-1].value == numbered:
                return policies[-1]
            await self._append([dataclasses.replace(policy, policy_version=len(policies) + 1)])
            return self.state(policy.portfolio_id).policies[-1]

    async def deploy_policy(
        self, portfolio_id: str, policy_version: int, traffic_share: float = 1.0
    ) -> tuple[Recorded[Policy], int]:
        """Puts a policy version to work; returns it and the version that was at work before.

        Raises:
            NotFound: There is no such portfolio or version.
            InvalidRequest: traffic_share is outside (0, 1].
            Unsupported: traffic_share is below 1.
        """
        async with self._writing:
            state = self.state(portfolio_id)
            if not 0.0 < traffic_share <= 1.0:
                raise InvalidRequest([FieldViolation("traffic_share", "must be above 0 and at most 1")])
            if traffic_share != 1.0:
                raise Unsupported("a traffic_share below 1.0 is not supported yet; leave it unset")
            if not 1 <= policy_version <= len(state.policies):
                raise NotFound("policy", str(policy_version))
            previous = state.deployed_policy_version
            if policy_version != previous:
                await self._append([Deployment(portfolio_id=portfolio_id, policy_version=policy_version)])
            return state.policy, previous

    async def pin_model(self, portfolio_id: str, model_version: str) -> None:
        """Makes servers use a model until the pin is ended by an empty version."""
        async with self._writing:
            if self.state(portfolio_id).pinned_model_version != model_version:
                await self._append([ModelPin(portfolio_id=portfolio_id, model_version=model_version)])

    async def request_relearn(self, portfolio_id: str) -> int:
        """Asks the learner for a relearn; returns the position of the request in the log."""
        async with self._writing:
            self.state(portfolio_id)
            return (await self._append([RelearnRequest(portfolio_id=portfolio_id)]))[0]

    async def _store_campaign(self, portfolio_id: str, campaign: Campaign) -> CampaignVersion:
        stored = self.state(portfolio_id).campaigns.get(campaign.campaign_id)
        was_live = stored is not None and stored.campaign.state is CampaignState.LIVE
        becomes_live = campaign.state is CampaignState.LIVE and not was_live
        if becomes_live and self.live_campaign_count(portfolio_id) >= MOST_LIVE_CAMPAIGNS:
            raise FailedPrecondition(
                "TOO_MANY_LIVE_CAMPAIGNS",
                f"portfolio {portfolio_id!r} has {MOST_LIVE_CAMPAIGNS} live campaigns already; pause or end one",
            )
        version = CampaignVersion(
            portfolio_id=portfolio_id,
            catalogue_version=self.state(portfolio_id).catalogue_version + 1,
            campaign=campaign,
        )
        await self._append([version])
        return version

    async def _append(self, resources: Sequence[Resource]) -> list[int]:
        commit = await self._committer.append(resources)
        positions = [position for position in commit.positions if position is not None]
        for position, resource in zip(positions, resources, strict=True):
            self._fold(Recorded(position, commit.record_time_us, resource))
        for watcher in self._watchers:
            watcher(resources[0].portfolio_id)
        return positions

    def _fold(self, recorded: Recorded[Resource]) -> None:
        resource = recorded.value
        if isinstance(resource, Portfolio):
            typed = Recorded(recorded.position, recorded.record_time_us, resource)
            state = self._states.setdefault(resource.portfolio_id, PortfolioState(typed))
            state.portfolio = typed
            state.encoder_versions[resource.learner_version] = resource.encoder_version
            return
        state = self._states[resource.portfolio_id]
        match resource:
            case CampaignVersion():
                state.campaigns[resource.campaign.campaign_id] = resource
                state.catalogue_version = resource.catalogue_version
            case Policy():
                state.policies.append(Recorded(recorded.position, recorded.record_time_us, resource))
            case Deployment():
                state.deployed_policy_version = resource.policy_version
            case ModelPin():
                state.pinned_model_version = resource.model_version
            case RelearnRequest():
                pass


def _settings(portfolio: Portfolio) -> Portfolio:
    """Returns what a caller sets of a portfolio, without what the service sets."""
    return dataclasses.replace(portfolio, salt="", portfolio_version=0, learner_version=0, encoder_version=0)


def _next_version(old: Portfolio, wanted: Portfolio) -> Portfolio:
    return dataclasses.replace(
        wanted,
        salt=old.salt,
        portfolio_version=old.portfolio_version + 1,
        learner_version=old.learner_version + (wanted.learner != old.learner),
        encoder_version=old.encoder_version + (wanted.learner.encoder != old.learner.encoder),
    )
