"""What a process and all that come from it use, on Linux."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_EVERY_SECONDS = 0.1
_MEMORY_EVERY = 5
"""Looks for each look at memory, which takes a tenth of a processor where it is done at every one."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class FamilyUse:
    """What a process and all that came from it used until it ended."""

    seconds: float
    """Of all processors."""
    peak_mib: float
    """Memory of all together, what they share counted once."""


def watched(process: subprocess.Popen[str]) -> FamilyUse:
    """Waits for the end of a process, and returns what it and all that came from it used.

    Processors as seen ten times a second, memory twice: to see them takes time of the processors too.
    """
    seconds: dict[int, float] = {}
    peak_kib = looks = 0
    while process.poll() is None:
        family = _family(process.pid)
        seconds |= {one: spent for one in family if (spent := processor_seconds(one))}
        if looks % _MEMORY_EVERY == 0:
            peak_kib = max(peak_kib, sum(map(_proportional_kib, family)))
        looks += 1
        time.sleep(_EVERY_SECONDS)
    return FamilyUse(sum(seconds.values()), peak_kib / 1024)


def processor_seconds(process_id: int) -> float:
    """Returns the time that a process has had of processors, without its children; 0 where it has ended."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0


def _family(process_id: int) -> list[int]:
    """Returns a process and all that come from it."""
    found = [process_id]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process_id}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _family(int(child))
    return found


def _proportional_kib(process_id: int) -> int:
    """Returns the memory of a process, of what it shares its part; 0 where it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
