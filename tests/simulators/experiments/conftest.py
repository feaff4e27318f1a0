"""One small experiment for the tests that read its results, or that need some of its parts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simulators.experiments.code_version import code_version
from simulators.experiments.manifest import bind
from simulators.experiments.run_experiment import plan_of, run_plan
from simulators.experiments.run_part import run_part
from tests.simulators.experiments.small_experiment import write_experiment


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the small experiment with all its parts, made in this process, that are not put together yet."""
    folder = tmp_path_factory.mktemp("experiment")
    plan = plan_of(write_experiment(folder))
    bind(folder / "out", plan.declaration(), code_version())
    for part in plan.parts:
        run_part(folder / "out", part)
    return folder / "out"


@pytest.fixture(scope="session")
def finished(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the small experiment with its results."""
    folder = tmp_path_factory.mktemp("finished")
    shutil.copytree(made, folder / "out")
    run_plan(plan_of(write_experiment(folder)), folder / "out")
    return folder / "out"
