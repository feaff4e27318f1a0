"""Portfolio state: what the log says of one portfolio now."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from dataclasses import dataclass, field

from banditsvc.core.audience_run import AudienceRun
from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.certified_subject import is_learned, subject_sha256
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.guardrail_reading import CountStart
from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.ports import (
    CampaignVersion,
    CertificateOverride,
    Deployment,
    FiledCertificate,
    GuardrailEvent,
    ModelPin,
    Recorded,
    RelearnRequest,
    ShadowSetting,
)

PortfolioResource = (
    CampaignVersion
    | Policy
    | Deployment
    | ShadowSetting
    | ModelPin
    | RelearnRequest
    | GuardrailEvent
    | Exclusion
    | ExclusionRevocation
    | FiledCertificate
    | CertificateOverride
    | PortfolioPrices
    | AudienceRun
)


@dataclass(slots=True)
class PortfolioState:
    """What the log says of one portfolio now."""

    portfolio: Recorded[Portfolio]
    campaigns: dict[str, CampaignVersion] = field(default_factory=dict)
    campaign_history: dict[str, tuple[CampaignVersion, ...]] = field(default_factory=dict)
    """Every version of each campaign, oldest first."""
    catalogue_version: int = 0
    policies: list[Recorded[Policy]] = field(default_factory=list)
    deployed_policy_version: int = 0
    challenge: Recorded[Deployment] | None = None
    """The policy on trial beside the deployed one, with its share, as of when the trial began; None for none."""
    deploy_reason: str = ""
    """Why the service made the last deployment by itself."""
    shadow: ShadowSetting | None = None
    """What decides alongside, None for nothing."""
    pinned_model_version: str = ""
    guardrail_event: Recorded[GuardrailEvent] | None = None
    """The newest one: what tripped, or that it was turned back."""
    counting: dict[Guardrail, CountStart] = field(default_factory=dict)
    """Since when each guardrail counts, of those that have a limit."""
    encoder_versions: dict[int, int] = field(default_factory=dict)
    """Encoder version of each learner_version."""
    phase_since_us: int | None = None
    """Log time from which on the portfolio is in its phase."""
    exclusions: dict[int, Recorded[Exclusion]] = field(default_factory=dict)
    """By exclusion_id, the revoked ones too."""
    revocations: dict[int, Recorded[ExclusionRevocation]] = field(default_factory=dict)
    certificates: dict[str, Recorded[FiledCertificate]] = field(default_factory=dict)
    """By certificate_id, oldest first."""
    overrides: dict[str, str] = field(default_factory=dict)
    """Why settings are live without a certificate, by the SHA-256 of what a certificate would bind."""
    live_subjects: set[str] = field(default_factory=set)
    """What certificates would bind of all that was ever live, no sandbox, and learned."""
    prices: Recorded[PortfolioPrices] | None = None
    """Those found last; None where there are none."""

    audience_runs: dict[str, tuple[Recorded[AudienceRun], ...]] = field(default_factory=dict)
    """Every record of each run of an audience, oldest first, by run_id in the order in which they began."""

    @property
    def policy(self) -> Recorded[Policy]:
        """Returns the policy at work."""
        return self.policies[self.deployed_policy_version - 1]

    @property
    def split(self) -> TrafficSplit | None:
        """Returns how the deployed policy and the one on trial divide the customers; None without a trial."""
        if self.challenge is None:
            return None
        trial = self.challenge.value
        return TrafficSplit(self.deployed_policy_version, trial.policy_version, trial.traffic_share)

    @property
    def policies_at_work(self) -> list[Policy]:
        """Returns the deployed policy, and the one on trial."""
        versions = [
            self.deployed_policy_version,
            *([] if self.challenge is None else [self.challenge.value.policy_version]),
        ]
        return [self.policies[version - 1].value for version in versions]

    @property
    def tripped(self) -> GuardrailEvent | None:
        """Returns what has turned the portfolio to business as usual, if anything has."""
        event = self.guardrail_event
        return None if event is None or event.value.guardrail is None else event.value

    @property
    def live_campaign_count(self) -> int:
        """Returns the number of campaigns in state LIVE, whatever their dates."""
        return sum(version.campaign.state is CampaignState.LIVE for version in self.campaigns.values())

    def campaign_at(self, campaign_id: str, catalogue_version: int) -> Campaign | None:
        """Returns a campaign as it stood in a catalogue version, None where it was not in it."""
        versions = self.campaign_history.get(campaign_id, ())
        place = bisect_right(versions, catalogue_version, key=lambda version: version.catalogue_version)
        return versions[place - 1].campaign if place else None

    def copy(self) -> PortfolioState:
        """Returns a state that can be changed without changing this one."""
        return dataclasses.replace(
            self,
            campaigns=dict(self.campaigns),
            campaign_history=dict(self.campaign_history),
            policies=list(self.policies),
            encoder_versions=dict(self.encoder_versions),
            counting=dict(self.counting),
            exclusions=dict(self.exclusions),
            revocations=dict(self.revocations),
            certificates=dict(self.certificates),
            overrides=dict(self.overrides),
            live_subjects=set(self.live_subjects),
            audience_runs=dict(self.audience_runs),
        )

    def set_portfolio(self, portfolio: Recorded[Portfolio]) -> None:
        """Takes a version of the settings into account. A limit that it changes is judged by what comes after it."""
        if self.phase_since_us is None or portfolio.value.phase.phase is not self.portfolio.value.phase.phase:
            self.phase_since_us = portfolio.record_time_us
        self.portfolio = portfolio
        self._count(portfolio.position, portfolio.record_time_us)
        self.encoder_versions[portfolio.value.learner_version] = portfolio.value.encoder_version
        self._note_live()

    def fold(self, recorded: Recorded[PortfolioResource]) -> None:
        """Takes one further record of the portfolio into account."""
        resource = recorded.value
        match resource:
            case CampaignVersion():
                campaign_id = resource.campaign.campaign_id
                self.campaigns[campaign_id] = resource
                self.campaign_history[campaign_id] = (*self.campaign_history.get(campaign_id, ()), resource)
                self.catalogue_version = resource.catalogue_version
            case Policy():
                self.policies.append(Recorded(recorded.position, recorded.record_time_us, resource))
            case Deployment():
                self._deploy(Recorded(recorded.position, recorded.record_time_us, resource))
            case ShadowSetting():
                self.shadow = resource if resource.policy_version or resource.model_version else None
            case ModelPin():
                self.pinned_model_version = resource.model_version
            case GuardrailEvent():
                self._watch(Recorded(recorded.position, recorded.record_time_us, resource))
            case Exclusion() | ExclusionRevocation() | AudienceRun():
                self._enter(recorded.position, recorded.record_time_us, resource)
            case FiledCertificate() | CertificateOverride():
                self._certify(recorded.position, recorded.record_time_us, resource)
            case PortfolioPrices():
                found = Recorded(recorded.position, recorded.record_time_us, resource)
                self.prices = found if resource.limits else None

    def _watch(self, event: Recorded[GuardrailEvent]) -> None:
        self.guardrail_event = event
        if event.value.guardrail is None:
            self.counting = {}
            self._count(event.position, event.record_time_us)

    def _certify(self, position: int, time_us: int, resource: FiledCertificate | CertificateOverride) -> None:
        if isinstance(resource, FiledCertificate):
            self.certificates[resource.certificate.certificate_id] = Recorded(position, time_us, resource)
        else:
            policy = self.policies[resource.policy_version - 1].value
            self.overrides[subject_sha256(policy, self.portfolio.value.learner)] = resource.reason

    def _deploy(self, deployment: Recorded[Deployment]) -> None:
        self.deploy_reason = deployment.value.reason
        if deployment.value.traffic_share < 1.0:
            first = self.challenge
            if first is not None and first.value.policy_version == deployment.value.policy_version:
                deployment = Recorded(first.position, first.record_time_us, deployment.value)
            self.challenge = deployment
        else:
            self.deployed_policy_version, self.challenge = deployment.value.policy_version, None
        self._note_live()

    def _note_live(self) -> None:
        if self.deployed_policy_version and not self.portfolio.value.sandbox:
            learner = self.portfolio.value.learner
            live = [policy for policy in self.policies_at_work if is_learned(policy)]
            self.live_subjects.update(subject_sha256(policy, learner) for policy in live)

    def _enter(self, position: int, time_us: int, resource: Exclusion | ExclusionRevocation | AudienceRun) -> None:
        """Keeps a record beside those before it, which stay on record."""
        if isinstance(resource, Exclusion):
            self.exclusions[resource.exclusion_id] = Recorded(position, time_us, resource)
        elif isinstance(resource, ExclusionRevocation):
            self.revocations[resource.exclusion_id] = Recorded(position, time_us, resource)
        else:
            before = self.audience_runs.get(resource.run_id, ())
            self.audience_runs[resource.run_id] = (*before, Recorded(position, time_us, resource))

    def _count(self, position: int, time_us: int) -> None:
        """Lets each limit that was not counted for before be counted for from now on."""
        before, limits = self.counting, self.portfolio.value.guardrails.limits()
        self.counting = {
            guardrail: start
            if (start := before.get(guardrail)) is not None and start.limit == limit
            else CountStart(limit, position, time_us)
            for guardrail, limit in limits.items()
        }
