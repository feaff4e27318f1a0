"""Time zones: from IANA names to rules for local time, and between local time and microseconds.

The rules come from the machine's own zone files and, where it has none, from the package tzdata.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_LONGEST_NAME = 64
_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_NO_NAMES = re.compile(r"(posix|right)/.*|posixrules|localtime|Factory")
"""Files beside the zones: doubles, other counts of seconds, and what the machine is set to."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def zone(name: str) -> ZoneInfo:
    """Returns the time zone of an IANA name such as Europe/Berlin.

    Raises:
        ValueError: There is no such zone, or the name is no name but a path.
    """
    found = _find(name)
    if found is None:
        raise ValueError(f"no such time zone: {name[:_LONGEST_NAME]!r}")
    return found


def is_time_zone(name: str) -> bool:
    """Returns whether there is a time zone of this name."""
    return _find(name) is not None


def local_time(time_us: int, in_zone: ZoneInfo) -> datetime:
    """Returns what clocks of a zone show at a moment."""
    return (_EPOCH + timedelta(microseconds=time_us)).astimezone(in_zone)


def start_of_day_us(day: date, in_zone: ZoneInfo) -> int:
    """Returns the moment at which a local day starts: its first one where clocks show midnight twice or never."""
    return (datetime.combine(day, time.min, in_zone) - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=2048)
def _find(name: str) -> ZoneInfo | None:
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name) or _NO_NAMES.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a file of another kind; a folder such as Europe
        return None
