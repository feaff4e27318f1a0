"""Guardrail specifications: protobuf to core value and back."""

from __future__ import annotations

from banditsvc.core.guardrail_spec import GuardrailSpec
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_time import Allowed, read_span, write_time
from banditsvc.v1 import guardrail_pb2 as pb

MOST_FALSE_ALARM_CHANCE = 0.2
LEAST_LIMIT = 1e-9
"""Nearer to 0 or 1 double precision leaves nothing to reckon with."""

_SILENCE = Allowed(HOUR_US, 90 * DAY_US, "must be from 1 hour to 90 days")
_LIMITS = ("max_unsubscribe_rate", "max_complaint_rate", "max_fallback_share", "min_entropy")


def read_guardrail_spec(message: pb.GuardrailSpec, path: str, faults: Faults) -> GuardrailSpec:
    """Returns the limits; an unset one is not watched."""
    has = message.HasField
    limits: dict[str, float | None] = dict.fromkeys(_LIMITS)
    for name in _LIMITS:
        if has(name):
            limits[name] = value = getattr(message, name)
            if not LEAST_LIMIT <= value <= 1.0 - LEAST_LIMIT:
                faults.add(f"{path}.{name}", "must be above 0 and below 1; leave it out to watch nothing")
    chance = GuardrailSpec().false_alarm_chance
    if has("false_alarm_chance"):
        chance = message.false_alarm_chance
        if not LEAST_LIMIT <= chance <= MOST_FALSE_ALARM_CHANCE:
            faults.add(f"{path}.false_alarm_chance", f"must be above 0 and at most {MOST_FALSE_ALARM_CHANCE:g}")
    return GuardrailSpec(
        max_unsubscribe_rate=limits["max_unsubscribe_rate"],
        max_complaint_rate=limits["max_complaint_rate"],
        max_fallback_share=limits["max_fallback_share"],
        min_entropy=limits["min_entropy"],
        max_silence_us=read_span(message.max_silence, _SILENCE, f"{path}.max_silence", faults)
        if has("max_silence")
        else None,
        false_alarm_chance=chance,
    )


def write_guardrail_spec(spec: GuardrailSpec) -> pb.GuardrailSpec | None:
    """Returns the limits as a message, None where nothing is watched."""
    if spec == GuardrailSpec():
        return None
    return pb.GuardrailSpec(
        max_unsubscribe_rate=spec.max_unsubscribe_rate,
        max_complaint_rate=spec.max_complaint_rate,
        max_fallback_share=spec.max_fallback_share,
        min_entropy=spec.min_entropy,
        max_silence=None if spec.max_silence_us is None else write_time(spec.max_silence_us),
        false_alarm_chance=spec.false_alarm_chance,
    )
