"""Treatments and pins of a campaign: protobuf to core value and back."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.campaign import Pin, Treatment
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_features import read_features, write_features
from banditsvc.rpc.wire_labels import read_entries, read_message_fields
from banditsvc.rpc.wire_rules import read_expression
from banditsvc.rpc.wire_text import read_id, read_label
from banditsvc.rpc.wire_time import read_validity, write_time
from banditsvc.v1 import campaign_pb2 as pb

MOST_TREATMENTS = 20
MOST_PINS = 20
MOST_FEATURES = 64


def read_treatments(messages: Sequence[pb.Treatment], path: str, faults: Faults) -> tuple[Treatment, ...]:
    """Returns treatments by treatment_id; the ids are distinct."""
    read = read_entries(messages, _read_treatment, MOST_TREATMENTS, path, faults, member="treatment_id")
    return tuple(sorted(read, key=lambda treatment: treatment.treatment_id))


def write_treatments(treatments: Sequence[Treatment]) -> list[pb.Treatment]:
    """Returns treatments as messages."""
    return [
        pb.Treatment(
            treatment_id=treatment.treatment_id,
            subject_line=treatment.subject_line,
            tone=treatment.tone,
            call_to_action=treatment.call_to_action,
            features=write_features(treatment.features),
            message_fields=treatment.message_fields,
        )
        for treatment in treatments
    ]


def read_pins(messages: Sequence[pb.Pin], path: str, faults: Faults) -> tuple[Pin, ...]:
    """Returns pins in their order, with distinct names."""
    return read_entries(messages, _read_pin, MOST_PINS, path, faults)


def write_pins(pins: Sequence[Pin]) -> list[pb.Pin]:
    """Returns pins as messages."""
    return [
        pb.Pin(
            name=pin.name,
            expression=pin.expression,
            start_time=None if pin.start_time_us is None else write_time(pin.start_time_us),
            end_time=None if pin.end_time_us is None else write_time(pin.end_time_us),
        )
        for pin in pins
    ]


def _read_treatment(message: pb.Treatment, path: str, faults: Faults) -> Treatment:
    return Treatment(
        treatment_id=read_id(message.treatment_id, f"{path}.treatment_id", faults),
        subject_line=read_label(message.subject_line, f"{path}.subject_line", faults, 256),
        tone=read_label(message.tone, f"{path}.tone", faults),
        call_to_action=read_label(message.call_to_action, f"{path}.call_to_action", faults),
        features=read_features(message.features, MOST_FEATURES, f"{path}.features", faults),
        message_fields=read_message_fields(message.message_fields, f"{path}.message_fields", faults),
    )


def _read_pin(message: pb.Pin, path: str, faults: Faults) -> Pin:
    start_time_us, end_time_us = read_validity(message, path, faults)
    expression = message.expression.strip()
    return Pin(
        name=read_id(message.name, f"{path}.name", faults),
        expression=read_expression(message.expression, f"{path}.expression", faults) if expression else "",
        start_time_us=start_time_us,
        end_time_us=end_time_us,
    )
