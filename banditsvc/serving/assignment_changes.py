"""Changes of how customers are divided into groups: not before the horizon is over, or else everyone is drawn again."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.errors import FailedPrecondition
from banditsvc.core.times import SECOND_US


def next_assignments(
    old: Sequence[AssignmentSpec], wanted: Sequence[AssignmentSpec], now_us: int, owner: str
) -> tuple[AssignmentSpec, ...]:
    """Returns the specifications to store: what stays keeps its draws, and what changes gets a new salt and begins now.

    A specification that is left out is stored with all shares 0 as long as its channel is known, so that versions go on
    where it comes back.

    Args:
        old: What is stored.
        wanted: What is to be, one for each channel at most.
        now_us: Log time.
        owner: Whose they are, for the message: `portfolio 'shop'`.

    Raises:
        FailedPrecondition: Shares or horizon would change before the horizon is over, and generation is not raised.
    """
    stored = {spec.channel: spec for spec in old}
    found = {spec.channel: spec for spec in wanted}
    return tuple(
        _next(stored.get(channel), found.get(channel), channel, now_us, owner) for channel in sorted({*stored, *found})
    )


def wanted_assignments(specs: Sequence[AssignmentSpec]) -> tuple[AssignmentSpec, ...]:
    """Returns what a caller sets of specifications; those that divide nobody are as good as none."""
    return tuple(spec.wanted for spec in specs if spec.divides)


def _next(
    old: AssignmentSpec | None, wanted: AssignmentSpec | None, channel: str, now_us: int, owner: str
) -> AssignmentSpec:
    if wanted is None:
        assert old is not None, "a channel is that of one of them"
        wanted = AssignmentSpec(channel=channel, horizon_us=old.horizon_us, generation=old.generation)
    if old is None:
        return _begun(wanted, 1, now_us)
    if old.wanted == wanted.wanted:
        return old
    if old.divides and now_us < old.end_time_us and wanted.generation <= old.generation:
        raise FailedPrecondition("ASSIGNMENT_FIXED", _refusal(old, owner))
    return _begun(wanted, old.assignment_version + 1, now_us)


def _begun(wanted: AssignmentSpec, version: int, now_us: int) -> AssignmentSpec:
    return dataclasses.replace(wanted, assignment_version=version, start_time_us=now_us, salt=secrets.token_hex(16))


def _refusal(old: AssignmentSpec, owner: str) -> str:
    scope = f" on channel {old.channel!r}" if old.channel else ""
    end = datetime.fromtimestamp(old.end_time_us / SECOND_US, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"the groups of {owner}{scope} stay as they are until {end}, when their horizon is over: a lift that is read "
        f"later would mix two divisions; raise assignments.generation above {old.generation} to break off and to draw "
        "everyone again"
    )
