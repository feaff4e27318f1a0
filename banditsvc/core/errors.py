"""What can go wrong, one class per fact.

BanditError
├── InvalidRequest            a request that names every field at fault
├── NotFound                  a portfolio, campaign, policy, model or decision that does not exist
├── AlreadyExists             an id that is taken by something else
├── FailedPrecondition        a request that is right in itself, at the wrong time
├── VersionMismatch           a change based on settings that have changed since
├── Unsupported               something that this version does not do yet
├── RecordDamaged             a stored record that cannot be read
└── LogUnavailable            the decision log cannot take records now
    └── LogFull               the disk is full
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """Names one field at fault and the remedy."""

    field: str
    """Path within the request, such as `candidates[3].inline.campaign_id`."""
    description: str
    """What is wrong and what would be right."""


class BanditError(Exception):
    """Base of all errors that a caller may see. Its text is for the caller: no internals, no customer data."""


class InvalidRequest(BanditError):
    """A request with fields that are malformed; nothing was written."""

    def __init__(self, violations: Sequence[FieldViolation]) -> None:
        self.violations = tuple(violations)
        super().__init__("; ".join(f"{v.field}: {v.description}" for v in self.violations))


class NotFound(BanditError):
    """Something named in the request does not exist."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        super().__init__(f"{kind} {name!r} does not exist")


class AlreadyExists(BanditError):
    """An id in the request is taken by something else."""

    def __init__(self, kind: str, name: str, difference: str) -> None:
        self.kind = kind
        self.name = name
        super().__init__(f"{kind} {name!r} exists already with {difference}")


class FailedPrecondition(BanditError):
    """The request is right in itself but not in the present state."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class VersionMismatch(BanditError):
    """A change was based on settings that have changed since."""

    def __init__(self, kind: str, name: str, given: int, stored: int) -> None:
        self.kind = kind
        self.name = name
        super().__init__(f"{kind} {name!r} is at version {stored}, not {given}: read it again and repeat the change")


class Unsupported(BanditError):
    """This version of the service does not do that yet."""


class RecordDamaged(BanditError):
    """A stored record that the request needs cannot be read; an operator must restore it from a backup."""


class LogUnavailable(BanditError):
    """The decision log cannot take records now; the request may be repeated with the same ids."""


class LogFull(LogUnavailable):
    """The disk that holds the decision log is full."""
