"""Certificates: protobuf to core value and back."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from math import isfinite

from banditsvc.core.certificate import VALID_US, Certificate, Check, Verdict
from banditsvc.core.certified_subject import Subject, canonical_json
from banditsvc.rpc.faults import Faults, at_key
from banditsvc.rpc.wire_labels import check_distinct
from banditsvc.rpc.wire_number import enum_number, members_of, require_enum
from banditsvc.rpc.wire_text import read_id, read_label
from banditsvc.rpc.wire_time import read_time, write_time
from banditsvc.v1 import certificate_pb2 as pb

MOST_CHECKS = 100
MOST_NUMBERS = 100
MOST_SUBJECT = 1_048_576
MOST_REASON = 1024
MOST_DESCRIPTION = 4096

_SHA256 = re.compile("[0-9a-f]{64}")
_VERDICTS = members_of(Verdict)
_CHANGED = "it was changed after it was issued; have another made by `banditsvc certify`"


def read_certificate(message: pb.Certificate, path: str, faults: Faults) -> Certificate:
    """Returns a certificate whose id, verdict and hashes are those of its content."""
    noted = len(faults.violations)
    certificate = Certificate(
        subject=_read_subject(message, path, faults),
        checks=_read_checks(message, f"{path}.checks", faults),
        portfolio_id=read_label(message.portfolio_id, f"{path}.portfolio_id", faults),
        data_sha256=_read_sha256(message.data_sha256, f"{path}.data_sha256", faults),
        data_description=_read_words(message.data_description, f"{path}.data_description", MOST_DESCRIPTION, faults),
        code_version=read_id(message.code_version, f"{path}.code_version", faults),
        issue_time_us=_read_required_time(message, "issue_time", path, faults),
        expire_time_us=_read_required_time(message, "expire_time", path, faults),
    )
    if not 0 < certificate.expire_time_us - certificate.issue_time_us <= VALID_US:
        days = timedelta(microseconds=VALID_US).days
        faults.add(f"{path}.expire_time", f"must be after issue_time and at most {days} days after it")
    if len(faults.violations) == noted:
        if message.verdict != enum_number(certificate.verdict):
            faults.add(f"{path}.verdict", f"is not what its checks come to: {_CHANGED}")
        if message.certificate_id != certificate.certificate_id:
            faults.add(f"{path}.certificate_id", f"is not the hash of its content: {_CHANGED}")
    return certificate


def write_certificate(certificate: Certificate) -> pb.Certificate:
    """Returns a certificate as a message."""
    return pb.Certificate(
        certificate_id=certificate.certificate_id,
        verdict=enum_number(certificate.verdict),
        checks=[
            pb.Check(name=one.name, verdict=enum_number(one.verdict), reason=one.reason, numbers=one.numbers)
            for one in certificate.checks
        ],
        subject_sha256=certificate.subject.sha256,
        subject=certificate.subject.text,
        portfolio_id=certificate.portfolio_id,
        data_sha256=certificate.data_sha256,
        data_description=certificate.data_description,
        code_version=certificate.code_version,
        issue_time=write_time(certificate.issue_time_us),
        expire_time=write_time(certificate.expire_time_us),
    )


def _read_subject(message: pb.Certificate, path: str, faults: Faults) -> Subject:
    subject = Subject(message.subject)
    if len(message.subject) > MOST_SUBJECT:
        faults.add(f"{path}.subject", f"must have at most {MOST_SUBJECT:,} characters")
    elif not _is_canonical(message.subject):
        faults.add(f"{path}.subject", "must be canonical JSON: sorted keys, every number a double, no blanks")
    elif message.subject_sha256 != subject.sha256:
        faults.add(f"{path}.subject_sha256", f"is not that of its subject: {_CHANGED}")
    return subject


def _is_canonical(text: str) -> bool:
    try:
        parsed = json.loads(text)
        return isinstance(parsed, dict) and canonical_json(parsed) == text
    except (ValueError, RecursionError):  # no JSON, or numbers that are not finite
        return False


def _read_checks(message: pb.Certificate, path: str, faults: Faults) -> tuple[Check, ...]:
    if not 1 <= len(message.checks) <= MOST_CHECKS:
        faults.add(path, f"must have 1 to {MOST_CHECKS} entries")
        return ()
    check_distinct([check.name for check in message.checks], path, "name", faults)
    return tuple(_read_check(check, f"{path}[{place}]", faults) for place, check in enumerate(message.checks))


def _read_check(message: pb.Check, path: str, faults: Faults) -> Check:
    if len(message.numbers) > MOST_NUMBERS:
        faults.add(f"{path}.numbers", f"must have at most {MOST_NUMBERS} entries")
    for name, value in message.numbers.items():
        read_id(name, at_key(f"{path}.numbers", name), faults)
        if not isfinite(value):
            faults.add(at_key(f"{path}.numbers", name), "must be finite; leave out what is not known")
    return Check(
        name=read_id(message.name, f"{path}.name", faults),
        verdict=require_enum(_VERDICTS, message.verdict, f"{path}.verdict", faults) or Verdict.FAIL,
        reason=_read_words(message.reason, f"{path}.reason", MOST_REASON, faults),
        numbers=dict(message.numbers),
    )


def _read_sha256(text: str, path: str, faults: Faults) -> str:
    if not _SHA256.fullmatch(text):
        faults.add(path, "must be 64 hexadecimal digits, in lower case")
    return text


def _read_words(text: str, path: str, most: int, faults: Faults) -> str:
    if not 1 <= len(text) <= most:
        faults.add(path, f"must have 1 to {most:,} characters")
    return text


def _read_required_time(message: pb.Certificate, name: str, path: str, faults: Faults) -> int:
    if not message.HasField(name):
        faults.add(f"{path}.{name}", "is required")
        return 0
    return read_time(getattr(message, name), f"{path}.{name}", faults)
