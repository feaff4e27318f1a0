"""Certificate files: a certificate as a JSON document, for people and for archives.

Its keys are the fields of the message Certificate in certificate.proto; the subject, which there is a text, is a table here.
"""

from __future__ import annotations

import json
from pathlib import Path

from banditsvc.core.certificate import Certificate
from banditsvc.core.certified_subject import canonical_json
from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.plain import json_values, parse_message
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_certificate import read_certificate, write_certificate
from banditsvc.usage_error import UsageError
from banditsvc.v1 import certificate_pb2

_PATH = "certificate"


def certificate_json(certificate: Certificate) -> str:
    """Returns a certificate as a JSON document, which ends with a line break."""
    values = json_values(write_certificate(certificate))
    values["subject"] = json.loads(certificate.subject.text)
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def read_certificate_file(path: Path) -> Certificate:
    """Returns the certificate of a file. Whether it is still valid is not looked at.

    Raises:
        UsageError: The file cannot be read, is no JSON, has fields that are unknown or malformed, or was changed after it was
            issued; it names all that is wrong.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not valid JSON: {error}") from None
    try:
        return _certificate(values)
    except InvalidRequest as error:
        lines = [f"{path}: {fault.field.removeprefix(f'{_PATH}.')}: {fault.description}" for fault in error.violations]
        raise UsageError("\n".join(lines)) from None


def _certificate(values: object) -> Certificate:
    if isinstance(values, dict) and isinstance(values.get("subject"), dict):
        try:
            values = {**values, "subject": canonical_json(values["subject"])}
        except ValueError as error:
            raise InvalidRequest([FieldViolation("subject", f"cannot be read: {error}")]) from None
    message = parse_message(certificate_pb2.Certificate, values)
    faults = Faults()
    certificate = read_certificate(message, _PATH, faults)
    faults.raise_if_any()
    return certificate
