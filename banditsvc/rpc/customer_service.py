"""CustomerService: who is in an experiment, and which ids are one customer."""

from __future__ import annotations

from functools import partial

from banditsvc.core.errors import BanditError
from banditsvc.rpc.batch import answer_chunks, check_size
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.services import Services
from banditsvc.rpc.status import status_of
from banditsvc.rpc.wire_customer import read_enrollment, read_merge
from banditsvc.rpc.wire_number import enum_number
from banditsvc.rpc.wire_owner_id import read_organization_id
from banditsvc.v1 import customer_pb2 as pb


class CustomerServicer:
    """Answers CustomerService."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def EnrollCustomers(self, request: pb.EnrollCustomersRequest) -> pb.EnrollCustomersResponse:  # noqa: N802 - RPC name
        """Enrolls customers in the groups of a portfolio, each with its own status."""
        check_size(request.enrollments, "enrollments")
        require_ids(portfolio_id=request.portfolio_id)
        portfolio = self._services.resources.portfolio(request.portfolio_id).value
        read = partial(read_enrollment, organization_id=portfolio.organization_id, portfolio_id=portfolio.portfolio_id)
        results: list[pb.EnrollmentResult] = []
        async for chunk in answer_chunks(
            request.enrollments, read, self._services.enroller.enroll, field="enrollments"
        ):
            results += [
                pb.EnrollmentResult(status=status_of(answer))
                if isinstance(answer, BanditError)
                else pb.EnrollmentResult(status={}, group=enum_number(answer))
                for _, answer in chunk
            ]
        return pb.EnrollCustomersResponse(results=results)

    async def MergeCustomers(self, request: pb.MergeCustomersRequest) -> pb.MergeCustomersResponse:  # noqa: N802 - RPC name
        """Merges ids of an organization, each pair with its own status."""
        check_size(request.merges, "merges")
        faults = Faults()
        organization_id = read_organization_id(request.organization_id, "organization_id", faults)
        faults.raise_if_any()
        self._services.resources.organization(organization_id)
        read = partial(read_merge, organization_id=organization_id)
        merge = partial(self._services.merger.merge, organization_id)
        results: list[pb.MergeResult] = []
        async for chunk in answer_chunks(request.merges, read, merge, field="merges"):
            results += [
                pb.MergeResult(status=status_of(answer))
                if isinstance(answer, BanditError)
                else pb.MergeResult(
                    status={}, surviving_customer_id=answer.surviving_customer_id, is_repeat=answer.is_repeat
                )
                for _, answer in chunk
            ]
        return pb.MergeCustomersResponse(results=results)
