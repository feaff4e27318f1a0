"""Part check: whether a part of an audience is what its run says, and the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from banditsvc.core.audience_part import AudiencePart, part_name
from banditsvc.core.errors import AlreadyExists, FailedPrecondition
from banditsvc.core.run_terms import RunTerms
from banditsvc.ports import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCall:
    """What a caller says of a part that it has written."""

    portfolio_id: str
    run_id: str
    number: int
    row_count: int
    size_bytes: int


def same_part(stored: Recorded[AudiencePart], call: PartCall) -> Recorded[AudiencePart]:
    """Returns the part that the log has.

    Raises:
        AlreadyExists: It is another one than the call is about.
    """
    if (stored.value.row_count, stored.value.size_bytes) != (call.row_count, call.size_bytes):
        difference = f"{stored.value.row_count} rows and {stored.value.size_bytes} bytes"
        raise AlreadyExists("part", part_name(call.run_id, call.number), difference)
    return stored


def checked_part(
    part: AudiencePart, call: PartCall, terms: RunTerms, before: Sequence[Recorded[AudiencePart]]
) -> AudiencePart:
    """Returns a part that may follow those before it.

    Raises:
        FailedPrecondition: It is not what the call says, not of the run, or not the next one in the canonical order
            (PART_DIFFERS).
    """
    name = part_name(call.run_id, call.number)
    if (part.row_count, part.size_bytes) != (call.row_count, call.size_bytes):
        message = (
            f"{name} has {part.row_count} rows and {part.size_bytes} bytes, not {call.row_count} and {call.size_bytes}"
        )
        raise FailedPrecondition("PART_DIFFERS", message)
    if not part.row_count:
        # Without rows it does not say what it is of.
        return replace(part, portfolio_id=terms.portfolio_id, occasion=terms.occasion, send_time_us=terms.send_time_us)
    if (part.portfolio_id, part.occasion, part.send_time_us) != (
        terms.portfolio_id,
        terms.occasion,
        terms.send_time_us,
    ):
        raise FailedPrecondition("PART_DIFFERS", f"{name} is not of the run's portfolio, occasion and send_time")
    last = next((one.value for one in reversed(before) if one.value.row_count), None)
    if last is not None and (part.first_row <= last.last_row or part.first_hash < last.last_hash):
        raise FailedPrecondition("PART_DIFFERS", f"{name} does not follow the part before it in the canonical order")
    return part
