"""Where the trial files are."""

from __future__ import annotations

import os
from pathlib import Path

DATA_VARIABLE = "TRIAL_DATA_DIR"
"""Names the directory with hillstrom/hillstrom.csv and charitable/charitable.csv."""
DEFAULT_DIRECTORY = Path(__file__).parents[2] / "shared" / "data"


def trial_file(name: str) -> Path:
    """Returns the file of a trial.

    Raises:
        SystemExit: It is not at hand; the message says what to do.
    """
    directory = Path(os.environ.get(DATA_VARIABLE, "") or DEFAULT_DIRECTORY)
    path = directory / name / f"{name}.csv"
    if not path.exists():
        raise SystemExit(f"the trial file {name}/{name}.csv is missing: set {DATA_VARIABLE} to its directory")
    return path
