"""Quiet times: protobuf to core value and back."""

from __future__ import annotations

import re
from datetime import date, time
from enum import IntEnum

from banditsvc.core.contact_policy import QuietTime
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_labels import read_labels, read_members
from banditsvc.rpc.wire_number import members_of
from banditsvc.rpc.wire_text import read_id
from banditsvc.v1 import contact_policy_pb2 as pb

MOST_CHANNELS = 100

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Weekday(IntEnum):
    """Days of the week by their ISO number."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


_DAYS = members_of(Weekday)


def read_quiet_time(message: pb.QuietTime, path: str, faults: Faults) -> QuietTime:
    """Returns times at which nothing goes out."""
    start, end = _read_clock_times(message, path, faults)
    first, last = _read_dates(message, path, faults)
    if not (message.start_time or message.end_time or message.days or message.first_date or message.last_date):
        faults.add(path, "would never end: say start_time and end_time, days, or first_date and last_date")
    return QuietTime(
        name=read_id(message.name, f"{path}.name", faults),
        channels=read_labels(message.channels, MOST_CHANNELS, f"{path}.channels", faults),
        days=tuple(map(int, read_members(_DAYS, message.days, f"{path}.days", faults))),
        start=start,
        end=end,
        first_date=first,
        last_date=last,
    )


def write_quiet_time(quiet: QuietTime) -> pb.QuietTime:
    """Returns a quiet time as a message."""
    message = pb.QuietTime(
        name=quiet.name,
        channels=quiet.channels,
        start_time="" if quiet.start is None else f"{quiet.start:%H:%M}",
        end_time="" if quiet.end is None else f"{quiet.end:%H:%M}",
        first_date="" if quiet.first_date is None else quiet.first_date.isoformat(),
        last_date="" if quiet.last_date is None else quiet.last_date.isoformat(),
    )
    message.days.extend(quiet.days)  # type: ignore[arg-type]  # numbers are taken at run time
    return message


def _read_clock_times(message: pb.QuietTime, path: str, faults: Faults) -> tuple[time | None, time | None]:
    if bool(message.start_time) != bool(message.end_time):
        missing, given = ("end_time", "start_time") if message.start_time else ("start_time", "end_time")
        faults.add(f"{path}.{missing}", f"is required with {given}")
    start = _read_clock_time(message.start_time, f"{path}.start_time", faults)
    end = _read_clock_time(message.end_time, f"{path}.end_time", faults)
    if start is not None and start == end:
        faults.add(f"{path}.end_time", "must differ from start_time; leave both unset for the whole day")
    return start, end


def _read_clock_time(text: str, path: str, faults: Faults) -> time | None:
    if not text:
        return None
    found = _CLOCK.fullmatch(text)
    if found is None:
        remedy = f"write 0{text}" if _CLOCK.fullmatch(f"0{text}") else "such as 21:00"
        faults.add(path, f"must be a time of the day from 00:00 to 23:59, {remedy}")
        return None
    return time(int(found[1]), int(found[2]))


def _read_dates(message: pb.QuietTime, path: str, faults: Faults) -> tuple[date | None, date | None]:
    first = _read_date(message.first_date, f"{path}.first_date", faults)
    last = _read_date(message.last_date, f"{path}.last_date", faults)
    if first is not None and last is not None and last < first:
        faults.add(f"{path}.last_date", "must not be before first_date")
    return first, last


def _read_date(text: str, path: str, faults: Faults) -> date | None:
    if not text:
        return None
    try:
        # date.fromisoformat takes further forms, such as week dates.
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        faults.add(path, "must be a date such as 2026-12-24")
    return found
