"""Audiences' runs: protobuf to core value and back."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.decision_id import is_run_id
from banditsvc.core.run_terms import RunTerms
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_rank import MOST_CANDIDATES
from banditsvc.rpc.wire_text import are_ids, read_id, read_label
from banditsvc.rpc.wire_time import read_time, write_time
from banditsvc.serving.audience_lease import AudienceRunView, PartAnswer
from banditsvc.serving.part_check import PartCall
from banditsvc.v1 import audience_pb2 as pb


def read_terms(message: pb.AudienceRun, path: str, faults: Faults) -> RunTerms:
    """Returns what a run is to decide; what the service sets is not looked at."""
    if not is_run_id(message.run_id):
        faults.add(f"{path}.run_id", "must be a small letter or digit, then at most 62 of these or hyphens")
    has_send_time = message.HasField("send_time")
    return RunTerms(
        run_id=message.run_id,
        portfolio_id=read_id(message.portfolio_id, f"{path}.portfolio_id", faults),
        send_time_us=read_time(message.send_time, f"{path}.send_time", faults) if has_send_time else 0,
        now_us=0,
        has_send_time=has_send_time,
        occasion=read_label(message.occasion, f"{path}.occasion", faults),
        channel=read_label(message.channel, f"{path}.channel", faults),
        placement=read_label(message.placement, f"{path}.placement", faults),
        excluded=_read_excluded(message.excluded_campaign_ids, f"{path}.excluded_campaign_ids", faults),
        defer_activation=message.defer_activation,
    )


def read_part(request: pb.CommitAudiencePartRequest, faults: Faults) -> PartCall:
    """Returns what is said of a part."""
    for name in ("number", "row_count", "size_bytes"):
        if getattr(request, name) < 0:
            faults.add(name, "must not be negative")
    return PartCall(
        portfolio_id=read_id(request.portfolio_id, "portfolio_id", faults),
        run_id=read_id(request.run_id, "run_id", faults),
        number=request.number,
        row_count=request.row_count,
        size_bytes=request.size_bytes,
    )


def write_run(view: AudienceRunView) -> pb.AudienceRun:
    """Returns a run as a message."""
    run = view.run
    return pb.AudienceRun(
        portfolio_id=run.portfolio_id,
        run_id=run.run_id,
        send_time=write_time(run.terms.send_time_us),
        occasion=run.terms.occasion,
        channel=run.terms.channel,
        placement=run.terms.placement,
        excluded_campaign_ids=run.terms.excluded,
        defer_activation=run.terms.defer_activation,
        state=pb.AudienceRunState.Name(pb.AudienceRunState.ValueType(run.state)),
        change_time=write_time(view.change_time_us),
        begin_time=write_time(run.terms.now_us),
        begin_position=view.begin_position,
        counters_position=view.counters_position,
        counters_time=write_time(view.counters_time_us),
        organization_version=run.organization_version,
        portfolio_version=run.portfolio_version,
        policy_version=run.policy_version,
        catalogue_version=run.catalogue_version,
        model_version=run.model_version,
        part_count=view.part_count,
        decision_count=view.decision_count,
        lease_expire_time=None if view.expire_time_us is None else write_time(view.expire_time_us),
        lease_duration=write_time(view.lease_us),
    )


def write_part(answer: PartAnswer) -> pb.CommitAudiencePartResponse:
    """Returns where a part stands."""
    return pb.CommitAudiencePartResponse(
        position=answer.part.position,
        record_time=write_time(answer.part.record_time_us),
        is_repeat=answer.is_repeat,
    )


def _read_excluded(excluded: Sequence[str], path: str, faults: Faults) -> tuple[str, ...]:
    if len(excluded) > MOST_CANDIDATES:
        faults.add(path, f"must have at most {MOST_CANDIDATES} entries")
    elif not are_ids(excluded):
        for place, campaign_id in enumerate(excluded):
            read_id(campaign_id, f"{path}[{place}]", faults)
    return tuple(excluded)
