from __future__ import annotations

import subprocess
import sys

_LOGS = """
import structlog
from banditsvc.audience.part_job import begin_deciding
begin_deciding()
structlog.get_logger("a").error("scoring_failed", kind="OverflowError")
"""


def test_what_a_worker_logs_leaves_standard_output_to_the_commands_answer() -> None:
    """A worker's log goes to standard error alone: standard output may be JSON that a program reads."""
    done = subprocess.run([sys.executable, "-c", _LOGS], capture_output=True, text=True, check=True)

    assert "" == done.stdout
    assert "scoring_failed" in done.stderr
