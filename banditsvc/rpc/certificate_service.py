"""CertificateService: what lets policies go live."""

from __future__ import annotations

from banditsvc.core.errors import NotFound
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.page import page_of
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_certificate import read_certificate, write_certificate
from banditsvc.rpc.wire_text import read_id
from banditsvc.serving.resources import Resources
from banditsvc.v1 import certificate_pb2 as pb


class CertificateServicer:
    """Answers CertificateService."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def FileCertificate(self, request: pb.FileCertificateRequest) -> pb.FileCertificateResponse:  # noqa: N802
        """Stores a certificate with a portfolio."""
        faults = Faults()
        portfolio_id = read_id(request.portfolio_id, "portfolio_id", faults)
        certificate = read_certificate(request.certificate, "certificate", faults)
        faults.raise_if_any()
        is_new = await self._resources.file_certificate(portfolio_id, certificate)
        return pb.FileCertificateResponse(certificate=write_certificate(certificate), is_repeat=not is_new)

    async def GetCertificate(self, request: pb.GetCertificateRequest) -> pb.GetCertificateResponse:  # noqa: N802
        """Returns one certificate."""
        require_ids(portfolio_id=request.portfolio_id, certificate_id=request.certificate_id)
        filed = self._resources.state(request.portfolio_id).certificates.get(request.certificate_id)
        if filed is None:
            raise NotFound("certificate", request.certificate_id)
        return pb.GetCertificateResponse(certificate=write_certificate(filed.value.certificate))

    async def ListCertificates(self, request: pb.ListCertificatesRequest) -> pb.ListCertificatesResponse:  # noqa: N802
        """Returns a page of certificates, newest first."""
        require_ids(portfolio_id=request.portfolio_id)
        page, token = page_of(
            list(reversed(self._resources.state(request.portfolio_id).certificates.values())),
            lambda filed: filed.value.certificate.certificate_id,
            request.page_size,
            request.page_token,
            ("ListCertificates", request.portfolio_id),
        )
        found = [write_certificate(filed.value.certificate) for filed in page]
        return pb.ListCertificatesResponse(certificates=found, next_page_token=token)
