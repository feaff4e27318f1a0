"""Collects the fields of a request that are at fault, so that a caller learns of all of them at once."""

from __future__ import annotations

import json

from banditsvc.core.errors import FieldViolation, InvalidRequest

_KEY_LENGTH = 40


class Faults:
    """The violations found so far in one request."""

    __slots__ = ("violations",)

    def __init__(self) -> None:
        self.violations: list[FieldViolation] = []

    def add(self, field: str, description: str) -> None:
        """Notes that the field at this path is at fault."""
        self.violations.append(FieldViolation(field, description))

    def raise_if_any(self) -> None:
        """Raises InvalidRequest with every violation noted so far, in the order of noting."""
        if self.violations:
            raise InvalidRequest(self.violations)


def at_key(path: str, key: str) -> str:
    """Returns the path of a map entry, `features["score"]`; a long key is cut short."""
    shown = key if len(key) <= _KEY_LENGTH else key[:_KEY_LENGTH] + "..."
    return f"{path}[{json.dumps(shown, ensure_ascii=False)}]"


def below(prefix: str, error: InvalidRequest) -> InvalidRequest:
    """Returns the error with every path moved below a prefix: `requests[3]` makes `customer_id` its member."""
    return InvalidRequest([FieldViolation(_joined(prefix, v.field), v.description) for v in error.violations])


def _joined(prefix: str, path: str) -> str:
    return f"{prefix}.{path}" if path else prefix
