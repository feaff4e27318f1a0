"""OrganizationService: create, get, list, update."""

from __future__ import annotations

from banditsvc.core.organization import Organization
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.page import page_of
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_organization import read_organization, write_organization
from banditsvc.serving.resources import Resources
from banditsvc.v1 import organization_pb2 as pb


class OrganizationServicer:
    """Answers OrganizationService."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def CreateOrganization(  # noqa: N802
        self, request: pb.CreateOrganizationRequest
    ) -> pb.CreateOrganizationResponse:
        """Stores a new organization."""
        stored = await self._resources.create_organization(_read(request.organization))
        return pb.CreateOrganizationResponse(organization=write_organization(stored))

    async def GetOrganization(self, request: pb.GetOrganizationRequest) -> pb.GetOrganizationResponse:  # noqa: N802
        """Returns one organization."""
        require_ids(organization_id=request.organization_id)
        stored = self._resources.recorded_organization(request.organization_id)
        return pb.GetOrganizationResponse(organization=write_organization(stored))

    async def ListOrganizations(  # noqa: N802
        self, request: pb.ListOrganizationsRequest
    ) -> pb.ListOrganizationsResponse:
        """Returns a page of organizations by organization_id."""
        page, token = page_of(
            self._resources.organizations(),
            lambda recorded: recorded.value.organization_id,
            request.page_size,
            request.page_token,
            ("ListOrganizations",),
        )
        return pb.ListOrganizationsResponse(organizations=map(write_organization, page), next_page_token=token)

    async def UpdateOrganization(  # noqa: N802
        self, request: pb.UpdateOrganizationRequest
    ) -> pb.UpdateOrganizationResponse:
        """Replaces an organization's settings."""
        stored = await self._resources.update_organization(_read(request.organization))
        return pb.UpdateOrganizationResponse(organization=write_organization(stored))


def _read(message: pb.Organization) -> Organization:
    faults = Faults()
    organization = read_organization(message, "organization", faults)
    faults.raise_if_any()
    return organization
