"""Times and spans: protobuf Timestamp and Duration to whole microseconds and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.core.times import SECOND_US
from banditsvc.rpc.faults import Faults

LAST_SECOND = 253_402_300_799
"""23:59:59 on 31 December 9999, the last second of google.protobuf.Timestamp."""
NANOS = 1_000_000_000
"""In a second."""


class SecondsNanos(TypedDict):
    """The two members of a Timestamp or Duration, for use as a constructor's argument."""

    seconds: int
    nanos: int


def read_time(stamp: Timestamp, path: str, faults: Faults) -> int:
    """Returns a time in microseconds; nanoseconds are cut off. It lies between 1970 and 9999."""
    seconds, nanos = stamp.seconds, stamp.nanos
    if not (0 <= seconds <= LAST_SECOND and 0 <= nanos < NANOS):
        faults.add(path, "must be a time between the years 1970 and 9999, with nanos from 0 to 999,999,999")
        return 0
    return seconds * SECOND_US + nanos // 1000


@dataclass(frozen=True, slots=True)
class Allowed:
    """A range of times or spans in microseconds, both ends included."""

    least_us: int
    most_us: int
    remedy: str
    """The range in words: `must be ...`."""


def read_time_within(stamp: Timestamp, allowed: Allowed, path: str, faults: Faults) -> int:
    """Returns a time within the range allowed."""
    noted = len(faults.violations)
    time_us = read_time(stamp, path, faults)
    if len(faults.violations) == noted and not allowed.least_us <= time_us <= allowed.most_us:
        faults.add(path, allowed.remedy)
    return time_us


class Bounded(Protocol):
    """A message with start_time and end_time, each unset for no bound."""

    @property
    def start_time(self) -> Timestamp:
        """First moment."""
        ...

    @property
    def end_time(self) -> Timestamp:
        """First moment after."""
        ...

    def HasField(self, field_name: Any, /) -> bool:  # noqa: N802  the name is protobuf's
        """Says whether a field is set."""
        ...


def read_validity(message: Bounded, path: str, faults: Faults) -> tuple[int | None, int | None]:
    """Returns start and end of a message, None for what is unset; the end is after the start."""
    noted = len(faults.violations)
    start = read_time(message.start_time, f"{path}.start_time", faults) if message.HasField("start_time") else None
    end = read_time(message.end_time, f"{path}.end_time", faults) if message.HasField("end_time") else None
    if len(faults.violations) == noted and start is not None and end is not None and end <= start:
        faults.add(f"{path}.end_time", "must be after start_time")
    return start, end


def read_span(span: Duration, allowed: Allowed, path: str, faults: Faults) -> int:
    """Returns a span within the range allowed."""
    seconds, nanos = span.seconds, span.nanos
    span_us = seconds * SECOND_US + nanos // 1000
    if not (allowed.least_us <= span_us <= allowed.most_us and 0 <= nanos < NANOS):
        faults.add(path, allowed.remedy)
    return span_us


def write_time(time_us: int) -> SecondsNanos:
    """Returns a time or span in microseconds as the members of its message."""
    seconds, micros = divmod(time_us, SECOND_US)
    return {"seconds": seconds, "nanos": micros * 1000}
