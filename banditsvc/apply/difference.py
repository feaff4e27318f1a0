"""How two messages differ, field by field, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.message import Message

from banditsvc.plain import exploration_text, number_text, plain_fields
from banditsvc.v1 import policy_pb2


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. None stands for a field that is not set."""

    path: str
    old: str | None
    new: str | None


def difference(stored: Message | None, wanted: Message, written: Message, told: str) -> tuple[FieldChange, ...]:
    """Returns how what is wanted differs from what is stored; of something new, the fields that were written.

    Args:
        stored: What there is, in normal form; None for nothing.
        wanted: What is wanted, in normal form.
        written: What is wanted, as the file has it.
        told: Field of something new that is not shown, since the subject of the change tells it.
    """
    if stored is None:
        fields = plain_fields(written).items()
        return tuple(FieldChange(path, None, text) for path, text in fields if path != told)
    return _changes(plain_fields(stored), plain_fields(wanted))


def policy_difference(
    stored: policy_pb2.Policy | None, wanted: policy_pb2.Policy, written: policy_pb2.Policy
) -> tuple[FieldChange, ...]:
    """Returns how policies differ in what they do; a description alone is no difference."""
    if stored is None:
        return _changes({}, _policy_fields(written))
    return _changes(_policy_fields(stored), _policy_fields(wanted))


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[FieldChange, ...]:
    paths = [*new, *(path for path in old if path not in new)]
    return tuple(FieldChange(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path))


def _policy_fields(policy: policy_pb2.Policy) -> dict[str, str]:
    fields = {"exploration": exploration_text(policy)}
    if policy.WhichOneof("exploration") == "exclusive_rules":
        fields |= plain_fields(policy.exclusive_rules, "exclusive_rules")
    fields["floor"] = number_text(policy.floor)
    return fields | plain_fields(policy_pb2.Policy(limits=policy.limits))
