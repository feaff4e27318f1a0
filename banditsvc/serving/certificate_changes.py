"""Changes of certificates, on a draft."""

from __future__ import annotations

from banditsvc.core.certificate import Certificate
from banditsvc.core.errors import FailedPrecondition, FieldViolation, InvalidRequest
from banditsvc.ports import FiledCertificate
from banditsvc.serving.settings_draft import SettingsDraft


def file_certificate(draft: SettingsDraft, portfolio_id: str, certificate: Certificate) -> bool:
    """Stores a certificate with a portfolio; returns False where it is stored already.

    Raises:
        NotFound: There is no such portfolio.
        InvalidRequest: It is about another portfolio.
        FailedPrecondition: It has expired.
    """
    if certificate.certificate_id in draft.after.state(portfolio_id).certificates:
        return False
    if certificate.portfolio_id not in ("", portfolio_id):
        remedy = f"is about portfolio {certificate.portfolio_id!r}, whose log was looked at: file it there"
        raise InvalidRequest([FieldViolation("certificate.portfolio_id", remedy)])
    if draft.now_us >= certificate.expire_time_us:
        raise FailedPrecondition(
            "CERTIFICATE_EXPIRED",
            f"certificate {certificate.certificate_id} has expired: have another made by `banditsvc certify`",
        )
    draft.store(FiledCertificate(portfolio_id=portfolio_id, certificate=certificate))
    return True
