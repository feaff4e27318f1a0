"""Killing a run over an audience in the middle."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

_WAIT_SECONDS = 120.0


def kill_after_first_part(command: Sequence[str], parts: Path) -> None:
    """Starts a command and kills it once the first of its parts is in their directory."""
    deadline = time.monotonic() + _WAIT_SECONDS
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not (parts / "part-00000.parquet").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.kill()
