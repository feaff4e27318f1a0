"""Organizations, portfolios, campaigns and policies as the log has them, and the ways to change them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from banditsvc.core.audience_run import AudienceRun
from banditsvc.core.campaign import Campaign
from banditsvc.core.certificate import Certificate
from banditsvc.core.errors import BanditError, FieldViolation, InvalidRequest
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.organization import Organization
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import (
    CampaignVersion,
    CertificateOverride,
    DecisionLog,
    GuardrailEvent,
    ModelPin,
    Recorded,
    RelearnRequest,
    Resource,
    ShadowSetting,
    UnsentDecisions,
)
from banditsvc.serving import (
    campaign_changes,
    certificate_changes,
    exclusion_changes,
    organization_changes,
    policy_changes,
    portfolio_changes,
    price_changes,
)
from banditsvc.serving.policy_gate import newly_uncertified, pass_gate
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.price_changes import WantedPrices
from banditsvc.serving.settings_check import MOST_LIVE_CAMPAIGNS, check_settings
from banditsvc.serving.settings_draft import SettingsDraft
from banditsvc.serving.settings_view import SettingsView
from banditsvc.serving.wanted_settings import Applied, WantedSettings, draft_wanted

_log = structlog.get_logger(__name__)

__all__ = ["MOST_LIVE_CAMPAIGNS", "PortfolioState", "Resources"]


class Resources(SettingsView):
    """A fold of the log's resource records.

    Every change is made on a draft, checked as a whole, appended in one commit and folded once it is durable; changes
    come one at a time. What is refused by any check changes nothing. A commit that failed may have been made all the
    same: then what the log has is folded before the next change.
    """

    def __init__(self, log: DecisionLog, committer: GroupCommitter) -> None:
        super().__init__()
        self._log = log
        self._committer = committer
        self._writing = asyncio.Lock()
        self._watchers: list[Callable[[str], None]] = []
        self._position = 0
        """Of the last record folded."""
        self._is_in_doubt = False
        """Whether the log may have records after it: a commit failed."""
        self._fold(log.read_resources(0))

    def watch(self, watcher: Callable[[str], None]) -> None:
        """Calls watcher with the portfolio_id after every change of a portfolio or of its organization.

        It is also called now, for each portfolio that exists.
        """
        self._watchers.append(watcher)
        for portfolio_id in self._stored.portfolios:
            watcher(portfolio_id)

    def catch_up(self) -> None:
        """Folds what a commit that failed has left in the log, and tells the watchers; does nothing at other times.

        Raises:
            LogUnavailable: The log cannot be read now.
        """
        if self._is_in_doubt:
            self._fold(self._log.read_resources(self._position))
            self._is_in_doubt = False

    async def create_organization(self, organization: Organization) -> Recorded[Organization]:
        """Stores an organization, or sets up the default one. Creating the same again returns what is stored.

        Raises:
            AlreadyExists: The id is taken by other settings.
        """
        async with self._change() as draft:
            organization_changes.create_organization(draft, organization)
        return self._stored.organization(organization.organization_id)

    async def update_organization(self, organization: Organization) -> Recorded[Organization]:
        """Replaces an organization's settings.

        Raises:
            NotFound: There is no such organization.
            VersionMismatch: organization_version is set and is not the stored one.
        """
        async with self._change() as draft:
            organization_changes.update_organization(draft, organization)
        return self._stored.organization(organization.organization_id)

    async def create_portfolio(self, portfolio: Portfolio) -> Recorded[Portfolio]:
        """Stores a portfolio with the default policy at work. Creating the same again returns what is stored.

        Raises:
            AlreadyExists: The id is taken by other settings.
            NotFound: Its organization does not exist.
            InvalidRequest: A rule does not fit the context schema or can never match.
        """
        async with self._change() as draft:
            portfolio_changes.create_portfolio(draft, portfolio)
        return self.portfolio(portfolio.portfolio_id)

    async def update_portfolio(self, portfolio: Portfolio, override_reason: str = "") -> Recorded[Portfolio]:
        """Replaces a portfolio's settings; where what is learned changes, learner_version moves on.

        The override_reason says why its policy goes live without a certificate, where it no longer is a sandbox.

        Raises:
            NotFound: There is no such portfolio.
            VersionMismatch: portfolio_version is set and is not the stored one.
            FailedPrecondition: The currency would change, in which amounts are logged, or the organization, or the
                division into groups before its horizon is over; or it would be no sandbox any more, and its policy has no
                valid certificate.
            InvalidRequest: A rule, also one of a campaign, does not fit the context schema or can never match.
        """
        async with self._change() as draft:
            portfolio_changes.update_portfolio(draft, portfolio)
            draft.override(portfolio.portfolio_id, override_reason)
        return self.portfolio(portfolio.portfolio_id)

    async def unsent_decisions(self, portfolio_id: str, campaign_id: str, now_us: int, limit: int) -> UnsentDecisions:
        """Returns the decisions for a campaign that wait to be sent."""
        return await asyncio.to_thread(self._log.unsent_decisions, portfolio_id, campaign_id, now_us, limit)

    async def create_campaign(self, portfolio_id: str, campaign: Campaign) -> CampaignVersion:
        """Adds a campaign. Creating the same again returns what is stored.

        Raises:
            NotFound: There is no such portfolio.
            AlreadyExists: The id is taken by another content.
            InvalidRequest: A rule does not fit or can never match, or renamed_from names no former campaign.
            FailedPrecondition: As many campaigns are live as Rank takes.
        """
        async with self._change() as draft:
            campaign_changes.create_campaign(draft, portfolio_id, campaign)
        return self.campaign(portfolio_id, campaign.campaign_id)

    async def update_campaign(self, portfolio_id: str, campaign: Campaign) -> CampaignVersion:
        """Replaces a campaign as a whole.

        Raises:
            NotFound: There is no such portfolio or campaign.
            InvalidRequest: A rule does not fit or can never match, or renamed_from names no former campaign.
            FailedPrecondition: As many campaigns are live as Rank takes, and this one would be one more.
        """
        async with self._change() as draft:
            campaign_changes.update_campaign(draft, portfolio_id, campaign)
        return self.campaign(portfolio_id, campaign.campaign_id)

    async def pause_campaign(self, portfolio_id: str, campaign_id: str) -> CampaignVersion:
        """Pauses a campaign from the next Rank on.

        Raises:
            NotFound: There is no such portfolio or campaign.
            FailedPrecondition: The campaign has ended.
        """
        async with self._change() as draft:
            campaign_changes.pause_campaign(draft, portfolio_id, campaign_id)
        return self.campaign(portfolio_id, campaign_id)

    async def create_policy(self, policy: Policy) -> Recorded[Policy]:
        """Stores a new policy version; the same content as the newest returns that one.

        Raises:
            NotFound: There is no such portfolio.
            InvalidRequest: A rule does not fit the context schema or can never match.
        """
        async with self._change() as draft:
            version = policy_changes.create_policy(draft, policy)
        return self.state(policy.portfolio_id).policies[version - 1]

    async def deploy_policy(
        self, portfolio_id: str, policy_version: int, traffic_share: float = 1.0, override_reason: str = ""
    ) -> tuple[Recorded[Policy], int]:
        """Puts a policy version to work, or on trial; returns it and the version that was at work before.

        Raises:
            NotFound: There is no such portfolio or version.
            InvalidRequest: traffic_share is outside (0, 1], or a rule does not fit the context schema any more.
            FailedPrecondition: It would be on trial beside itself; it has rules for campaigns that are not in the catalogue; or no valid certificate, and no
                override_reason is given.
        """
        async with self._change() as draft:
            previous = self.state(portfolio_id).deployed_policy_version
            if not 0.0 < traffic_share <= 1.0:
                raise InvalidRequest([FieldViolation("traffic_share", "must be above 0 and at most 1")])
            policy_changes.deploy_policy(draft, portfolio_id, policy_version, traffic_share)
            draft.override(portfolio_id, override_reason)
        return self.state(portfolio_id).policies[policy_version - 1], previous

    async def end_trial(self, portfolio_id: str, challenger_version: int, reason: str) -> bool:
        """Lets the policy at work decide for all again; False where this trial has ended already.

        Raises:
            NotFound: There is no such portfolio.
        """
        async with self._change() as draft:
            state = draft.after.state(portfolio_id)
            is_on = state.challenge is not None and state.challenge.value.policy_version == challenger_version
            if is_on:
                policy_changes.deploy_policy(draft, portfolio_id, state.deployed_policy_version, reason=reason)
        return is_on

    async def file_certificate(self, portfolio_id: str, certificate: Certificate) -> bool:
        """Stores a certificate with a portfolio; returns False where it is stored already.

        Raises:
            NotFound: There is no such portfolio.
            InvalidRequest: It is about another portfolio.
            FailedPrecondition: It has expired.
        """
        async with self._change() as draft:
            return certificate_changes.file_certificate(draft, portfolio_id, certificate)

    async def set_shadow(self, shadow: ShadowSetting) -> ShadowSetting | None:
        """Lets a policy and a model decide alongside; returns what stands. Whether the model exists is not checked.

        Raises:
            NotFound: There is no such portfolio or policy version.
            FailedPrecondition: The policy has rules for campaigns that are not in the catalogue.
        """
        async with self._change() as draft:
            policy_changes.set_shadow(draft, shadow)
        return self.state(shadow.portfolio_id).shadow

    async def pin_model(self, portfolio_id: str, model_version: str) -> None:
        """Makes servers use a model until the pin is ended by an empty version."""
        async with self._change() as draft:
            if self.state(portfolio_id).pinned_model_version != model_version:
                draft.store(ModelPin(portfolio_id=portfolio_id, model_version=model_version))

    async def record_guardrail_event(self, event: GuardrailEvent) -> bool:
        """Stores that a guardrail has tripped, or that a portfolio was turned back; False where that is so already.

        Raises:
            NotFound: There is no such portfolio.
        """
        async with self._change() as draft:
            before = self.state(event.portfolio_id).tripped
            is_news = (before is None) != (event.guardrail is None)
            if is_news:
                draft.store(event)
        return is_news

    async def set_prices(
        self, prices: WantedPrices, portfolio_version: int, organization_version: int
    ) -> Recorded[PortfolioPrices] | None:
        """Puts prices to work; returns what stands.

        Raises:
            NotFound: There is no such portfolio.
            VersionMismatch: They were found for other versions of the settings.
            InvalidRequest: A price is of a limit that the settings do not have; it names all of them.
        """
        async with self._change() as draft:
            price_changes.set_prices(draft, prices, portfolio_version, organization_version)
        return self.state(prices.portfolio_id).prices

    async def create_exclusion(self, exclusion: Exclusion) -> int:
        """Puts an exclusion into force; returns its number, that of the same one where it is in force already.

        Raises:
            NotFound: There is no such portfolio.
            FailedPrecondition: As many are in force as there may be.
        """
        async with self._change() as draft:
            return exclusion_changes.create_exclusion(draft, exclusion)

    async def revoke_exclusion(self, revocation: ExclusionRevocation) -> None:
        """Ends an exclusion.

        Raises:
            NotFound: There is no such portfolio or exclusion.
            FailedPrecondition: It was revoked before.
        """
        async with self._change() as draft:
            exclusion_changes.revoke_exclusion(draft, revocation)

    async def record_audience_run(self, run: AudienceRun) -> None:
        """Stores what became of an audience's run."""
        async with self._writing:
            self.catch_up()
            await self._commit([run])

    async def request_relearn(self, portfolio_id: str) -> int:
        """Asks the learner for a relearn; returns the position of the request in the log."""
        async with self._writing:
            self.catch_up()
            self.state(portfolio_id)
            return (await self._commit([RelearnRequest(portfolio_id=portfolio_id)]))[0]

    async def apply(self, wanted: WantedSettings, *, validate_only: bool = False) -> Applied:
        """Stores everything that is wanted in one commit, or nothing; with validate_only it only checks.

        Raises:
            BanditError: Something cannot be stored.
        """
        async with self._change(store=not validate_only) as draft:
            return draft_wanted(draft, wanted)

    @asynccontextmanager
    async def _change(self, *, store: bool = True) -> AsyncIterator[SettingsDraft]:
        """Gives a draft to make a change on, then checks and stores it. Changes wait for each other."""
        async with self._writing:
            self.catch_up()
            draft = SettingsDraft(self._stored, self._committer.now_us())
            yield draft
            if draft.records or draft.override_reasons:
                # Checking the rules of a whole catalogue takes its time, which Rank must not wait for.
                await asyncio.to_thread(check_settings, draft)
                pass_gate(draft)
                if store and draft.records:
                    await self._commit(draft.records)
                    _tell(draft)

    async def _commit(self, resources: Sequence[Resource]) -> list[int]:
        """Appends and folds. A caller that is cancelled meanwhile keeps others out until what it stored is folded."""
        committing = asyncio.ensure_future(self._append(resources))
        try:
            return await asyncio.shield(committing)
        except asyncio.CancelledError:
            await asyncio.wait([committing])
            if not committing.cancelled():
                committing.exception()  # nobody is left to tell of it
            raise

    async def _append(self, resources: Sequence[Resource]) -> list[int]:
        try:
            commit = await self._committer.append(resources)
        except BanditError:
            self._is_in_doubt = True
            # If that fails as well, it is tried again at the next poll and before the next change.
            with suppress(BanditError):
                self.catch_up()
            raise
        positions = [position for position in commit.positions if position is not None]
        self._fold(
            [
                Recorded(position, commit.record_time_us, resource)
                for position, resource in zip(positions, resources, strict=True)
            ]
        )
        return positions

    def _fold(self, recorded: Sequence[Recorded[Resource]]) -> None:
        """Takes further records into account and tells the watchers."""
        for one in recorded:
            self._stored.fold(one)
            self._position = one.position
        for portfolio_id in self._portfolios_of([one.value for one in recorded]):
            for watcher in self._watchers:
                watcher(portfolio_id)

    def _portfolios_of(self, resources: Sequence[Resource]) -> list[str]:
        """Returns the portfolios that records are about, each once."""
        found: dict[str, None] = {}
        for resource in resources:
            if isinstance(resource, Organization):
                found |= dict.fromkeys(self._stored.portfolios_of(resource.organization_id))
            else:
                found[resource.portfolio_id] = None
        return list(found)


def _tell(draft: SettingsDraft) -> None:
    """Logs what goes live without a certificate."""
    for record in draft.records:
        if isinstance(record, CertificateOverride):
            _log.warning(
                "certificate_overridden",
                portfolio_id=record.portfolio_id,
                policy_version=record.policy_version,
                reason=record.reason,
            )
    for portfolio_id, text in newly_uncertified(draft).items():
        _log.warning("policy_uncertified", portfolio_id=portfolio_id, seen=text)
