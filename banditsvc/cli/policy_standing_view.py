"""By what a policy is live, in words."""

from __future__ import annotations

from banditsvc.cli.enum_name import enum_name
from banditsvc.v1 import policy_pb2


def certification_words(policy: policy_pb2.Policy) -> str:
    """Returns by what a policy is live, such as "CERTIFIED, it has a certificate (0f3c..., until 2026-02-01T00:00:00Z)"."""
    standing = policy.standing
    words = f"{enum_name(policy_pb2.Certification, standing.certification)}, {standing.text}"
    if not standing.certificate_id:
        return words
    return f"{words} ({standing.certificate_id}, until {standing.expire_time.ToJsonString()})"
