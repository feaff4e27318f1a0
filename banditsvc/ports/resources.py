"""Resources: settings as the log keeps them, one record for each change."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.audience_run import AudienceRun
from banditsvc.core.campaign import Campaign
from banditsvc.core.certificate import Certificate
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.core.organization import Organization
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.portfolio_prices import PortfolioPrices


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignVersion:
    """A campaign as of a catalogue version of its portfolio."""

    portfolio_id: str
    catalogue_version: int
    campaign: Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A policy version put to work, or with a share below 1 on trial beside the one at work.

    A trial ends with the next deployment, of whichever version.
    """

    portfolio_id: str
    policy_version: int
    traffic_share: float = 1.0
    """Share of the optimized customers for whom it decides, above 0."""
    reason: str = ""
    """Why, where the service put it to work by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledCertificate:
    """A certificate that may let policies of a portfolio go live."""

    portfolio_id: str
    certificate: Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOverride:
    """Why a policy version is live, with the learner as it is then, without a certificate."""

    portfolio_id: str
    policy_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPin:
    """The model that servers use instead of the newest; an empty version ends the pin."""

    portfolio_id: str
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelearnRequest:
    """Asks the learner for a new lineage that includes what came late."""

    portfolio_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowSetting:
    """The policy and model that decide alongside. Policy version 0 with an empty model_version ends the shadow."""

    portfolio_id: str
    policy_version: int = 0
    """0 with a model_version means the policy at work."""
    model_version: str = ""
    """Empty means the model that Rank uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailEvent:
    """A guardrail turned a portfolio to business as usual, or somebody turned it back."""

    portfolio_id: str
    guardrail: Guardrail | None
    """What tripped; None where it was turned back."""
    text: str
    """What was seen and what the limit is, or why it was turned back."""


Resource = (
    Organization
    | Portfolio
    | CampaignVersion
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
