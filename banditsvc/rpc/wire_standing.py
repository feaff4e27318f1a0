"""Standings of policies: core value to protobuf."""

from __future__ import annotations

from banditsvc.rpc.wire_number import enum_number
from banditsvc.rpc.wire_time import write_time
from banditsvc.serving.policy_standing import PolicyStanding
from banditsvc.v1 import policy_pb2 as pb


def write_standing(standing: PolicyStanding) -> pb.PolicyStanding:
    """Returns by what a policy may go live as a message."""
    expire_time_us = standing.expire_time_us
    return pb.PolicyStanding(
        certification=enum_number(standing.certification),
        certificate_id=standing.certificate_id,
        expire_time=None if expire_time_us is None else write_time(expire_time_us),
        text=standing.text,
    )
