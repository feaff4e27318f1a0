"""The client for plain code: calls about settings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, TypeVar

from google.protobuf.message import Message

from banditsvc.client import rpcs
from banditsvc.client.plain import message_of
from banditsvc.client.requests import Plain
from banditsvc.client.rpcs import Rpc
from banditsvc.v1 import (
    campaign_pb2,
    certificate_pb2,
    exclusion_pb2,
    guardrail_pb2,
    organization_pb2,
    phase_pb2,
    policy_pb2,
    portfolio_pb2,
    price_pb2,
    settings_pb2,
)

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_PAGE_SIZE = 1000


class SettingsCalls(ABC):
    """Makes the calls of the services that keep organizations, portfolios, campaigns and policies."""

    def create_organization(self, organization: organization_pb2.Organization | Plain) -> organization_pb2.Organization:
        """Creates an organization, or sets up the default one, and returns it as stored."""
        message = message_of(organization_pb2.Organization, organization)
        request = organization_pb2.CreateOrganizationRequest(organization=message)
        return (self._call(rpcs.CREATE_ORGANIZATION, request)).organization

    def get_organization(self, organization_id: str = "default") -> organization_pb2.Organization:
        """Returns one organization."""
        request = organization_pb2.GetOrganizationRequest(organization_id=organization_id)
        return (self._call(rpcs.GET_ORGANIZATION, request)).organization

    def list_organizations(self) -> list[organization_pb2.Organization]:
        """Returns all organizations by organization_id."""
        pages = self._pages(rpcs.LIST_ORGANIZATIONS, organization_pb2.ListOrganizationsRequest())
        return [found for page in pages for found in page.organizations]

    def update_organization(self, organization: organization_pb2.Organization | Plain) -> organization_pb2.Organization:
        """Replaces an organization's settings, based on the organization_version that it names."""
        message = message_of(organization_pb2.Organization, organization)
        request = organization_pb2.UpdateOrganizationRequest(organization=message)
        return (self._call(rpcs.UPDATE_ORGANIZATION, request)).organization

    def create_portfolio(self, portfolio: portfolio_pb2.Portfolio | Plain) -> portfolio_pb2.Portfolio:
        """Creates a portfolio and returns it as stored."""
        request = portfolio_pb2.CreatePortfolioRequest(portfolio=message_of(portfolio_pb2.Portfolio, portfolio))
        return (self._call(rpcs.CREATE_PORTFOLIO, request)).portfolio

    def get_portfolio(self, portfolio_id: str) -> portfolio_pb2.Portfolio:
        """Returns one portfolio."""
        request = portfolio_pb2.GetPortfolioRequest(portfolio_id=portfolio_id)
        return (self._call(rpcs.GET_PORTFOLIO, request)).portfolio

    def list_portfolios(self) -> list[portfolio_pb2.Portfolio]:
        """Returns all portfolios by portfolio_id."""
        pages = self._pages(rpcs.LIST_PORTFOLIOS, portfolio_pb2.ListPortfoliosRequest())
        return [found for page in pages for found in page.portfolios]

    def update_portfolio(
        self, portfolio: portfolio_pb2.Portfolio | Plain, *, override_reason: str = ""
    ) -> portfolio_pb2.Portfolio:
        """Replaces a portfolio's settings, based on the portfolio_version that it names, and returns it as stored."""
        message = message_of(portfolio_pb2.Portfolio, portfolio)
        request = portfolio_pb2.UpdatePortfolioRequest(portfolio=message, override_reason=override_reason)
        return (self._call(rpcs.UPDATE_PORTFOLIO, request)).portfolio

    def create_campaign(self, portfolio_id: str, campaign: campaign_pb2.Campaign | Plain) -> campaign_pb2.Campaign:
        """Adds a campaign to a portfolio's catalogue and returns it as stored."""
        message = message_of(campaign_pb2.Campaign, campaign)
        request = campaign_pb2.CreateCampaignRequest(portfolio_id=portfolio_id, campaign=message)
        return (self._call(rpcs.CREATE_CAMPAIGN, request)).campaign

    def get_campaign(self, portfolio_id: str, campaign_id: str) -> campaign_pb2.Campaign:
        """Returns one campaign."""
        request = campaign_pb2.GetCampaignRequest(portfolio_id=portfolio_id, campaign_id=campaign_id)
        return (self._call(rpcs.GET_CAMPAIGN, request)).campaign

    def list_campaigns(self, portfolio_id: str) -> list[campaign_pb2.Campaign]:
        """Returns a portfolio's whole catalogue by campaign_id."""
        pages = self._pages(rpcs.LIST_CAMPAIGNS, campaign_pb2.ListCampaignsRequest(portfolio_id=portfolio_id))
        return [found for page in pages for found in page.campaigns]

    def update_campaign(self, portfolio_id: str, campaign: campaign_pb2.Campaign | Plain) -> campaign_pb2.Campaign:
        """Replaces a campaign as a whole and returns it as stored."""
        message = message_of(campaign_pb2.Campaign, campaign)
        request = campaign_pb2.UpdateCampaignRequest(portfolio_id=portfolio_id, campaign=message)
        return (self._call(rpcs.UPDATE_CAMPAIGN, request)).campaign

    def pause_campaign(self, portfolio_id: str, campaign_id: str) -> campaign_pb2.PauseCampaignResponse:
        """Pauses a campaign; the answer names the decisions for it that wait to be sent."""
        request = campaign_pb2.PauseCampaignRequest(portfolio_id=portfolio_id, campaign_id=campaign_id)
        return self._call(rpcs.PAUSE_CAMPAIGN, request)

    def create_policy(self, policy: policy_pb2.Policy | Plain) -> policy_pb2.Policy:
        """Stores a new policy version and returns it."""
        request = policy_pb2.CreatePolicyRequest(policy=message_of(policy_pb2.Policy, policy))
        return (self._call(rpcs.CREATE_POLICY, request)).policy

    def get_policy(self, portfolio_id: str, policy_version: int = 0) -> policy_pb2.GetPolicyResponse:
        """Returns one policy version; 0 means the one at work."""
        request = policy_pb2.GetPolicyRequest(portfolio_id=portfolio_id, policy_version=policy_version)
        return self._call(rpcs.GET_POLICY, request)

    def list_policies(self, portfolio_id: str) -> list[policy_pb2.Policy]:
        """Returns all policy versions of a portfolio, oldest first."""
        pages = self._pages(rpcs.LIST_POLICIES, policy_pb2.ListPoliciesRequest(portfolio_id=portfolio_id))
        return [found for page in pages for found in page.policies]

    def deploy_policy(
        self, portfolio_id: str, policy_version: int, *, traffic_share: float = 1.0, override_reason: str = ""
    ) -> policy_pb2.DeployPolicyResponse:
        """Puts a policy version to work, with a share below 1 on trial beside the one at work.

        The reason says why it goes live without a certificate.
        """
        request = policy_pb2.DeployPolicyRequest(
            portfolio_id=portfolio_id,
            policy_version=policy_version,
            traffic_share=traffic_share,
            override_reason=override_reason,
        )
        return self._call(rpcs.DEPLOY_POLICY, request)

    def set_shadow(
        self, portfolio_id: str, policy_version: int = 0, model_version: str = ""
    ) -> policy_pb2.SetShadowResponse:
        """Lets a policy, a model or both decide alongside; neither of them ends the shadow."""
        request = policy_pb2.SetShadowRequest(
            portfolio_id=portfolio_id, policy_version=policy_version, model_version=model_version
        )
        return self._call(rpcs.SET_SHADOW, request)

    def file_certificate(
        self, portfolio_id: str, certificate: certificate_pb2.Certificate | Plain
    ) -> certificate_pb2.FileCertificateResponse:
        """Stores a certificate with a portfolio; the same again changes nothing."""
        message = message_of(certificate_pb2.Certificate, certificate)
        request = certificate_pb2.FileCertificateRequest(portfolio_id=portfolio_id, certificate=message)
        return self._call(rpcs.FILE_CERTIFICATE, request)

    def get_certificate(self, portfolio_id: str, certificate_id: str) -> certificate_pb2.Certificate:
        """Returns one certificate."""
        request = certificate_pb2.GetCertificateRequest(portfolio_id=portfolio_id, certificate_id=certificate_id)
        return (self._call(rpcs.GET_CERTIFICATE, request)).certificate

    def list_certificates(self, portfolio_id: str) -> list[certificate_pb2.Certificate]:
        """Returns all certificates of a portfolio, newest first."""
        request = certificate_pb2.ListCertificatesRequest(portfolio_id=portfolio_id)
        pages = self._pages(rpcs.LIST_CERTIFICATES, request)
        return [found for page in pages for found in page.certificates]

    def get_phase(self, portfolio_id: str) -> phase_pb2.GetPhaseResponse:
        """Returns how far a portfolio has come on the way to its policy, and what is missing to go on."""
        return self._call(rpcs.GET_PHASE, phase_pb2.GetPhaseRequest(portfolio_id=portfolio_id))

    def get_guardrails(self, portfolio_id: str) -> guardrail_pb2.GetGuardrailsResponse:
        """Returns what has turned a portfolio to business as usual, if anything has, and what its guardrails read."""
        request = guardrail_pb2.GetGuardrailsRequest(portfolio_id=portfolio_id)
        return self._call(rpcs.GET_GUARDRAILS, request)

    def resume_portfolio(self, portfolio_id: str, reason: str) -> guardrail_pb2.ResumePortfolioResponse:
        """Turns a portfolio back to its policy after a guardrail has tripped; says which one it was."""
        request = guardrail_pb2.ResumePortfolioRequest(portfolio_id=portfolio_id, reason=reason)
        return self._call(rpcs.RESUME_PORTFOLIO, request)

    def get_prices(self, portfolio_id: str) -> price_pb2.GetPricesResponse:
        """Returns the prices by which limits over all customers are part of a portfolio's scores."""
        return self._call(rpcs.GET_PRICES, price_pb2.GetPricesRequest(portfolio_id=portfolio_id))

    def set_prices(
        self, prices: price_pb2.Prices | Plain, *, portfolio_version: int, organization_version: int
    ) -> None:
        """Puts prices to work that were found for these versions of the settings; without limits it ends them."""
        request = price_pb2.SetPricesRequest(
            prices=message_of(price_pb2.Prices, prices),
            portfolio_version=portfolio_version,
            organization_version=organization_version,
        )
        self._call(rpcs.SET_PRICES, request)

    def create_exclusion(
        self, exclusion: exclusion_pb2.Exclusion | Plain, *, dry_run: bool = False
    ) -> exclusion_pb2.CreateExclusionResponse:
        """Keeps decisions from being learned from and evaluated; with dry_run it only says which."""
        message = message_of(exclusion_pb2.Exclusion, exclusion)
        request = exclusion_pb2.CreateExclusionRequest(exclusion=message, dry_run=dry_run)
        return self._call(rpcs.CREATE_EXCLUSION, request, rpcs.EXCLUSION_SECONDS)

    def revoke_exclusion(
        self, portfolio_id: str, exclusion_id: int, reason: str, *, author: str = ""
    ) -> exclusion_pb2.Exclusion:
        """Ends an exclusion: its decisions count again."""
        request = exclusion_pb2.RevokeExclusionRequest(
            portfolio_id=portfolio_id, exclusion_id=exclusion_id, reason=reason, author=author
        )
        return (self._call(rpcs.REVOKE_EXCLUSION, request, rpcs.EXCLUSION_SECONDS)).exclusion

    def list_exclusions(self, portfolio_id: str) -> list[exclusion_pb2.Exclusion]:
        """Returns all exclusions of a portfolio, revoked ones too, newest first."""
        pages = self._pages(
            rpcs.LIST_EXCLUSIONS, exclusion_pb2.ListExclusionsRequest(portfolio_id=portfolio_id), rpcs.EXCLUSION_SECONDS
        )
        return [found for page in pages for found in page.exclusions]

    def apply_settings(
        self, settings: settings_pb2.ApplySettingsRequest | Plain, timeout_seconds: float = 60.0
    ) -> settings_pb2.ApplySettingsResponse:
        """Stores settings of several organizations and portfolios, all of them or none."""
        request = message_of(settings_pb2.ApplySettingsRequest, settings)
        return self._call(rpcs.APPLY_SETTINGS, request, timeout_seconds)

    def _pages(self, rpc: Rpc[Any, R], request: Any, timeout_seconds: float | None = None) -> Iterator[R]:
        """Yields the pages of a list, from the first."""
        request.page_size = _PAGE_SIZE
        while True:
            page: Any = self._call(rpc, request, timeout_seconds)
            yield page
            request.page_token = page.next_page_token
            if not request.page_token:
                return

    @abstractmethod
    def _call(self, rpc: Rpc[Q, R], request: Q, timeout_seconds: float | None = None) -> R: ...
