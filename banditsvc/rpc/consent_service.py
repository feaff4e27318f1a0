"""ConsentService: what customers have agreed to and refused."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from google.rpc import status_pb2

from banditsvc.core.consent import Consent
from banditsvc.core.errors import BanditError
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID
from banditsvc.rpc.batch import answer_chunks, check_size
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.services import Services
from banditsvc.rpc.status import status_of
from banditsvc.rpc.wire_consent import read_consent, write_consent
from banditsvc.rpc.wire_text import read_label
from banditsvc.v1 import consent_pb2 as pb


class ConsentServicer:
    """Answers ConsentService."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def BatchRecordConsents(  # noqa: N802 - RPC name
        self, request: pb.BatchRecordConsentsRequest
    ) -> pb.BatchRecordConsentsResponse:
        """Records consents and denials, each with its own status."""
        check_size(request.consents, "consents")
        organization_id = self._organization_id(request.organization_id)
        read = partial(read_consent, organization_id=organization_id, now_us=self._services.clock.now_us())
        statuses: list[status_pb2.Status] = []
        async for chunk in answer_chunks(request.consents, read, self._record, field="consents"):
            statuses += [
                status_of(answer) if isinstance(answer, BanditError) else status_pb2.Status() for _, answer in chunk
            ]
        return pb.BatchRecordConsentsResponse(statuses=statuses)

    async def GetConsents(self, request: pb.GetConsentsRequest) -> pb.GetConsentsResponse:  # noqa: N802 - RPC name
        """Returns what is on record for a customer."""
        require_ids(customer_id=request.customer_id)
        organization_id = self._organization_id(request.organization_id)
        words = self._services.consents.on_record(organization_id, request.customer_id)
        return pb.GetConsentsResponse(consents=[write_consent(word) for word in words])

    def _organization_id(self, given: str) -> str:
        """Returns the organization meant; one that does not exist fails the whole call."""
        faults = Faults()
        organization_id = read_label(given, "organization_id", faults) or DEFAULT_ORGANIZATION_ID
        faults.raise_if_any()
        self._services.resources.organization(organization_id)
        return organization_id

    async def _record(self, words: Sequence[Consent]) -> Sequence[bool | BanditError]:
        return [error or True for error in await self._services.consents.record(words)]
