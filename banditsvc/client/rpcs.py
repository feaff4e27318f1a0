"""The RPCs of the service as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.message import Message

from banditsvc.v1 import (
    audience_pb2,
    campaign_pb2,
    certificate_pb2,
    consent_pb2,
    customer_pb2,
    exclusion_pb2,
    guardrail_pb2,
    history_pb2,
    model_pb2,
    operations_pb2,
    organization_pb2,
    phase_pb2,
    policy_pb2,
    portfolio_pb2,
    price_pb2,
    ranking_pb2,
    settings_pb2,
)

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

EXCLUSION_SECONDS = 600.0
"""How long a call about exclusions may take by default: to say what they cover the service may read a whole log."""

PART_SECONDS = 120.0
"""How long a call about a part of an audience may take by default: the service looks through its file."""


@dataclass(frozen=True, slots=True)
class Rpc(Generic[Q, R]):
    """One RPC: where it is, and what it takes and gives."""

    service: str
    request: type[Q]
    response: type[R]

    @property
    def path(self) -> str:
        """Path of the method; its name is that of its request."""
        return f"/banditsvc.v1.{self.service}/{self.request.DESCRIPTOR.name.removesuffix('Request')}"


RANK = Rpc("RankingService", ranking_pb2.RankRequest, ranking_pb2.RankResponse)
BATCH_RANK = Rpc("RankingService", ranking_pb2.BatchRankRequest, ranking_pb2.BatchRankResponse)
ACTIVATE = Rpc("RankingService", ranking_pb2.ActivateRequest, ranking_pb2.ActivateResponse)
BATCH_ACTIVATE = Rpc("RankingService", ranking_pb2.BatchActivateRequest, ranking_pb2.BatchActivateResponse)
REWARD = Rpc("RankingService", ranking_pb2.RewardRequest, ranking_pb2.RewardResponse)
BATCH_REWARD = Rpc("RankingService", ranking_pb2.BatchRewardRequest, ranking_pb2.BatchRewardResponse)
GET_DECISION = Rpc("RankingService", ranking_pb2.GetDecisionRequest, ranking_pb2.GetDecisionResponse)

CREATE_ORGANIZATION = Rpc(
    "OrganizationService", organization_pb2.CreateOrganizationRequest, organization_pb2.CreateOrganizationResponse
)
GET_ORGANIZATION = Rpc(
    "OrganizationService", organization_pb2.GetOrganizationRequest, organization_pb2.GetOrganizationResponse
)
LIST_ORGANIZATIONS = Rpc(
    "OrganizationService", organization_pb2.ListOrganizationsRequest, organization_pb2.ListOrganizationsResponse
)
UPDATE_ORGANIZATION = Rpc(
    "OrganizationService", organization_pb2.UpdateOrganizationRequest, organization_pb2.UpdateOrganizationResponse
)

CREATE_PORTFOLIO = Rpc("PortfolioService", portfolio_pb2.CreatePortfolioRequest, portfolio_pb2.CreatePortfolioResponse)
GET_PORTFOLIO = Rpc("PortfolioService", portfolio_pb2.GetPortfolioRequest, portfolio_pb2.GetPortfolioResponse)
LIST_PORTFOLIOS = Rpc("PortfolioService", portfolio_pb2.ListPortfoliosRequest, portfolio_pb2.ListPortfoliosResponse)
UPDATE_PORTFOLIO = Rpc("PortfolioService", portfolio_pb2.UpdatePortfolioRequest, portfolio_pb2.UpdatePortfolioResponse)

CREATE_CAMPAIGN = Rpc("CampaignService", campaign_pb2.CreateCampaignRequest, campaign_pb2.CreateCampaignResponse)
GET_CAMPAIGN = Rpc("CampaignService", campaign_pb2.GetCampaignRequest, campaign_pb2.GetCampaignResponse)
LIST_CAMPAIGNS = Rpc("CampaignService", campaign_pb2.ListCampaignsRequest, campaign_pb2.ListCampaignsResponse)
UPDATE_CAMPAIGN = Rpc("CampaignService", campaign_pb2.UpdateCampaignRequest, campaign_pb2.UpdateCampaignResponse)
PAUSE_CAMPAIGN = Rpc("CampaignService", campaign_pb2.PauseCampaignRequest, campaign_pb2.PauseCampaignResponse)

CREATE_POLICY = Rpc("PolicyService", policy_pb2.CreatePolicyRequest, policy_pb2.CreatePolicyResponse)
GET_POLICY = Rpc("PolicyService", policy_pb2.GetPolicyRequest, policy_pb2.GetPolicyResponse)
LIST_POLICIES = Rpc("PolicyService", policy_pb2.ListPoliciesRequest, policy_pb2.ListPoliciesResponse)
DEPLOY_POLICY = Rpc("PolicyService", policy_pb2.DeployPolicyRequest, policy_pb2.DeployPolicyResponse)
SET_SHADOW = Rpc("PolicyService", policy_pb2.SetShadowRequest, policy_pb2.SetShadowResponse)

APPLY_SETTINGS = Rpc("SettingsService", settings_pb2.ApplySettingsRequest, settings_pb2.ApplySettingsResponse)

BATCH_RECORD_CONSENTS = Rpc(
    "ConsentService", consent_pb2.BatchRecordConsentsRequest, consent_pb2.BatchRecordConsentsResponse
)
GET_CONSENTS = Rpc("ConsentService", consent_pb2.GetConsentsRequest, consent_pb2.GetConsentsResponse)

ENROLL_CUSTOMERS = Rpc("CustomerService", customer_pb2.EnrollCustomersRequest, customer_pb2.EnrollCustomersResponse)
MERGE_CUSTOMERS = Rpc("CustomerService", customer_pb2.MergeCustomersRequest, customer_pb2.MergeCustomersResponse)

GET_GUARDRAILS = Rpc("GuardrailService", guardrail_pb2.GetGuardrailsRequest, guardrail_pb2.GetGuardrailsResponse)
GET_PRICES = Rpc("PriceService", price_pb2.GetPricesRequest, price_pb2.GetPricesResponse)
SET_PRICES = Rpc("PriceService", price_pb2.SetPricesRequest, price_pb2.SetPricesResponse)
RESUME_PORTFOLIO = Rpc("GuardrailService", guardrail_pb2.ResumePortfolioRequest, guardrail_pb2.ResumePortfolioResponse)

IMPORT_DECISIONS = Rpc("HistoryService", history_pb2.ImportDecisionsRequest, history_pb2.ImportDecisionsResponse)
GET_PHASE = Rpc("PhaseService", phase_pb2.GetPhaseRequest, phase_pb2.GetPhaseResponse)
FILE_CERTIFICATE = Rpc(
    "CertificateService", certificate_pb2.FileCertificateRequest, certificate_pb2.FileCertificateResponse
)
GET_CERTIFICATE = Rpc(
    "CertificateService", certificate_pb2.GetCertificateRequest, certificate_pb2.GetCertificateResponse
)
LIST_CERTIFICATES = Rpc(
    "CertificateService", certificate_pb2.ListCertificatesRequest, certificate_pb2.ListCertificatesResponse
)
CREATE_EXCLUSION = Rpc("ExclusionService", exclusion_pb2.CreateExclusionRequest, exclusion_pb2.CreateExclusionResponse)
REVOKE_EXCLUSION = Rpc("ExclusionService", exclusion_pb2.RevokeExclusionRequest, exclusion_pb2.RevokeExclusionResponse)
LIST_EXCLUSIONS = Rpc("ExclusionService", exclusion_pb2.ListExclusionsRequest, exclusion_pb2.ListExclusionsResponse)

BEGIN_AUDIENCE_RUN = Rpc("AudienceService", audience_pb2.BeginAudienceRunRequest, audience_pb2.BeginAudienceRunResponse)
RENEW_AUDIENCE_RUN = Rpc("AudienceService", audience_pb2.RenewAudienceRunRequest, audience_pb2.RenewAudienceRunResponse)
RELEASE_AUDIENCE_RUN = Rpc(
    "AudienceService", audience_pb2.ReleaseAudienceRunRequest, audience_pb2.ReleaseAudienceRunResponse
)
COMMIT_AUDIENCE_PART = Rpc(
    "AudienceService", audience_pb2.CommitAudiencePartRequest, audience_pb2.CommitAudiencePartResponse
)
END_AUDIENCE_RUN = Rpc("AudienceService", audience_pb2.EndAudienceRunRequest, audience_pb2.EndAudienceRunResponse)
GET_AUDIENCE_RUN = Rpc("AudienceService", audience_pb2.GetAudienceRunRequest, audience_pb2.GetAudienceRunResponse)
LIST_AUDIENCE_RUNS = Rpc("AudienceService", audience_pb2.ListAudienceRunsRequest, audience_pb2.ListAudienceRunsResponse)

GET_MODEL = Rpc("ModelService", model_pb2.GetModelRequest, model_pb2.GetModelResponse)
LIST_MODELS = Rpc("ModelService", model_pb2.ListModelsRequest, model_pb2.ListModelsResponse)
ROLL_BACK_MODEL = Rpc("ModelService", model_pb2.RollBackModelRequest, model_pb2.RollBackModelResponse)
RELEARN_MODEL = Rpc("ModelService", model_pb2.RelearnModelRequest, model_pb2.RelearnModelResponse)

SET_TIME = Rpc("OperationsService", operations_pb2.SetTimeRequest, operations_pb2.SetTimeResponse)
CATCH_UP = Rpc("OperationsService", operations_pb2.CatchUpRequest, operations_pb2.CatchUpResponse)
