"""Exclusions: protobuf to core value and back."""

from __future__ import annotations

from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_selector import read_selector, write_selector
from banditsvc.rpc.wire_text import read_id, read_label, text_fault
from banditsvc.rpc.wire_time import read_validity, write_time
from banditsvc.serving.excluding import ExclusionEffect, ExclusionView
from banditsvc.v1 import exclusion_pb2 as pb

MOST_REASON_CHARACTERS = 256


def read_exclusion(message: pb.Exclusion, path: str, faults: Faults) -> Exclusion:
    """Returns an exclusion that is to be stored; what the service sets is not looked at."""
    start_us, end_us = read_validity(message, path, faults)
    return Exclusion(
        portfolio_id=read_id(message.portfolio_id, f"{path}.portfolio_id", faults),
        exclusion_id=0,
        start_us=start_us,
        end_us=end_us,
        campaigns=read_selector(message.campaigns, f"{path}.campaigns", faults),
        reason=_read_reason(message.reason, f"{path}.reason", faults),
        author=read_label(message.author, f"{path}.author", faults),
    )


def read_revocation(message: pb.RevokeExclusionRequest, faults: Faults) -> ExclusionRevocation:
    """Returns what ends an exclusion."""
    if message.exclusion_id < 1:
        faults.add("exclusion_id", "must be the number of an exclusion, from 1; ListExclusions has them")
    return ExclusionRevocation(
        portfolio_id=read_id(message.portfolio_id, "portfolio_id", faults),
        exclusion_id=message.exclusion_id,
        reason=_read_reason(message.reason, "reason", faults),
        author=read_label(message.author, "author", faults),
    )


def write_exclusion(view: ExclusionView) -> pb.Exclusion:
    """Returns an exclusion as a message."""
    exclusion, revocation = view.exclusion, view.revocation
    state = pb.EXCLUSION_STATE_ACTIVE if revocation is None else pb.EXCLUSION_STATE_REVOKED
    return pb.Exclusion(
        portfolio_id=exclusion.portfolio_id,
        exclusion_id=exclusion.exclusion_id,
        start_time=None if exclusion.start_us is None else write_time(exclusion.start_us),
        end_time=None if exclusion.end_us is None else write_time(exclusion.end_us),
        campaigns=write_selector(exclusion.campaigns),
        reason=exclusion.reason,
        author=exclusion.author,
        # What a dry run shows is not in force.
        state=state if exclusion.exclusion_id else pb.EXCLUSION_STATE_UNSPECIFIED,
        create_time=write_time(view.recorded_us) if view.recorded_us else None,
        revoke_time=None if revocation is None else write_time(revocation.record_time_us),
        revoke_reason="" if revocation is None else revocation.value.reason,
        revoke_author="" if revocation is None else revocation.value.author,
        decision_count=view.decision_count,
    )


def write_effect(effect: ExclusionEffect) -> pb.CreateExclusionResponse:
    """Returns an exclusion with what it covers."""
    return pb.CreateExclusionResponse(
        exclusion=write_exclusion(effect.view),
        campaigns=[
            pb.ExcludedCampaign(
                campaign_id=one.campaign_id, decision_count=one.decision_count, learned_count=one.learned_count
            )
            for one in effect.campaigns
        ],
        learned_count=sum(one.learned_count for one in effect.campaigns),
        is_repeat=effect.is_repeat,
    )


def _read_reason(text: str, path: str, faults: Faults) -> str:
    fault = text_fault(text.strip(), most=MOST_REASON_CHARACTERS)
    if fault:
        faults.add(path, fault)
    return text.strip()
