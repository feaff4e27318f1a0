"""One finished experiment for the tests that read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.experiments.run_experiment import run_experiment
from tests.simulators.experiments.small_experiment import write_experiment


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the small experiment, run by one worker."""
    folder = tmp_path_factory.mktemp("experiment")
    run_experiment(write_experiment(folder), folder / "out", jobs=1)
    return folder / "out"
