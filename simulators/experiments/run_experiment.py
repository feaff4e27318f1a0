"""Running an experiment into a directory, as often as it takes."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from banditsvc.usage_error import UsageError
from simulators.experiments.code_version import code_version
from simulators.experiments.experiment import Experiment, read_experiment
from simulators.experiments.manifest import bind
from simulators.experiments.plan import Plan, make_plan
from simulators.experiments.results import has_results, put_together, read_results, remove_parts
from simulators.experiments.run_part import part_directory
from simulators.experiments.whole_files import failures_named
from simulators.experiments.workers import run_parts
from simulators.runs.run_frames import RunFrames

Progress = Callable[[int, int], None]
"""Is told how many parts are finished, and of how many."""


def _nobody(done: int, total: int) -> None:
    """Is told in vain."""
    del done, total


def run_experiment(
    experiment: Experiment | str | Path,
    out: str | Path | None = None,
    *,
    jobs: int | None = None,
    progress: Progress = _nobody,
) -> RunFrames:
    """Runs an experiment and returns what came of it: the same frames, byte by byte, for any number of jobs.

    Args:
        experiment: A declaration, or the path of one.
        out: Directory of the results. What is finished there is not run again. None: nothing is kept.
        jobs: Worker processes; None: one for each core. In a script, call this below `if __name__ == "__main__":`, for
            each worker begins by importing the script.
        progress: Told of each finished part.

    Raises:
        UsageError: The declaration is faulty, the directory is that of another, or jobs is below 1.
        SimulationError: A worker was killed, or results could not be written; what is finished is kept.
    """
    plan = plan_of(experiment)
    if out is not None:
        run_plan(plan, Path(out), jobs=jobs, progress=progress)
        return read_results(Path(out))
    with tempfile.TemporaryDirectory(prefix="banditsvc-experiment-") as name:
        run_plan(plan, Path(name), jobs=jobs, progress=progress)
        return read_results(Path(name))


def plan_of(experiment: Experiment | str | Path) -> Plan:
    """Returns the plan of a declaration, or of the file of that path.

    Raises:
        UsageError: It is faulty.
    """
    if isinstance(experiment, Experiment):
        return make_plan(experiment, experiment.name)
    return make_plan(read_experiment(Path(experiment)), str(experiment))


def run_plan(plan: Plan, directory: Path, *, jobs: int | None = None, progress: Progress = _nobody) -> None:
    """Makes the parts of a plan that are not finished, and puts all together; see run_experiment."""
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs is {jobs}: it must be at least 1")
    with failures_named(directory):
        directory.mkdir(parents=True, exist_ok=True)
    bind(directory, plan.declaration(), code_version())
    with _alone(directory):
        done = 0

        def on_part(_: object) -> None:
            nonlocal done
            done += 1
            progress(done, len(plan.parts))

        if has_results(directory):
            remove_parts(directory)
            progress(len(plan.parts), len(plan.parts))
            return
        missing = [part for part in plan.parts if not part_directory(directory, part).is_dir()]
        done = len(plan.parts) - len(missing)
        progress(done, len(plan.parts))
        if missing:
            run_parts(directory, missing, os.cpu_count() or 1 if jobs is None else jobs, on_part)
        put_together(directory, plan.parts)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keeps other runs out of a directory; the lock goes with the process, however it ends."""
    with (directory / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"another run is at work in {directory}: wait for it, or name another directory") from None
        yield
