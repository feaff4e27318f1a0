"""Vowpal Wabbit's own loop over a file, run in the peers' environment; prints seconds as one JSON line.

Usage: python -m benchmarks.audience_vw_peer FILE RUNS.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module

ARGUMENTS = "--cb_explore_adf --squarecb --cb_type mtr -q CA --quiet"


def main() -> None:
    """Predicts the file some times, each time from the start, as `vw -t -d FILE -p PREDICTIONS` does."""
    path, runs = sys.argv[1], int(sys.argv[2])
    vw = import_module("vowpalwabbit")
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        # Given a file it runs its own reader and driver, and ends when that is through.
        vw.Workspace(f"{ARGUMENTS} -t -d {path} -p {path}.predictions").finish()
        seconds.append(time.perf_counter() - start)
    sys.stdout.write(json.dumps(seconds) + "\n")


if __name__ == "__main__":
    main()
