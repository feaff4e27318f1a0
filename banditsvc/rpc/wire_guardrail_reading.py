"""Guardrail readings: core values to protobuf."""

from __future__ import annotations

from banditsvc.core.guardrail_reading import GuardrailReading
from banditsvc.rpc.wire_number import enum_number
from banditsvc.rpc.wire_time import write_time
from banditsvc.serving.guardrail_watch import GuardrailView
from banditsvc.v1 import guardrail_pb2 as pb


def write_guardrail_view(view: GuardrailView) -> pb.GetGuardrailsResponse:
    """Returns what has tripped and what each guardrail reads as a message."""
    tripped = view.tripped
    return pb.GetGuardrailsResponse(
        tripped=enum_number(None if tripped is None else tripped.value.guardrail),
        text="" if tripped is None else tripped.value.text,
        trip_time=None if tripped is None else write_time(tripped.record_time_us),
        readings=map(_write_reading, view.readings),
        read_through_time=None if view.through_us is None else write_time(view.through_us),
    )


def _write_reading(reading: GuardrailReading) -> pb.GuardrailReading:
    return pb.GuardrailReading(
        guardrail=enum_number(reading.guardrail),
        limit=reading.start.limit,
        observed=None if reading.seen is None else reading.seen.observed,
        count=0 if reading.seen is None else reading.seen.count,
        evidence=reading.evidence,
        count_time=write_time(reading.start.time_us),
    )
