"""Runs of experiments: the same bytes however they come about, and what becomes of them when they are cut short."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from banditsvc.usage_error import UsageError
from simulators.errors import SimulationError
from simulators.experiments.results import put_together
from simulators.experiments.run_experiment import plan_of, run_experiment, run_plan
from simulators.experiments.run_part import part_directory, run_part
from tests.simulators.experiments.small_experiment import (
    EXPERIMENT,
    PARTS,
    command,
    digests,
    write_experiment,
)

WAIT_SECONDS = 60.0
LIMIT_KIB = 12
"""More than the manifest takes, less than the results, and than the decisions of a part."""


def _wait(condition: Callable[[], bool], run: subprocess.Popen[str] | None = None) -> None:
    """Waits for a condition; a run that ends meanwhile will not bring it about."""
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert run is None or run.poll() is None, run.communicate()
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def _parts(out: Path) -> list[Path]:
    return sorted((out / "parts").glob("[0-9]*"))


def _workers(pid: int) -> list[int]:
    """Returns the worker processes of a run: not what keeps track of its resources."""
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path, finished: Path) -> None:
    """After kill -9 the workers end, finished parts are kept and not made again, and the results have the same bytes.

    Before and after two workers share the parts; the bytes are those of one process that made all of them in one go.
    """
    path, out = write_experiment(tmp_path), tmp_path / "out"
    with subprocess.Popen(command("run", path, "--out", out, "--jobs", "2"), stderr=subprocess.PIPE, text=True) as run:
        _wait(lambda: len(_parts(out)) >= 3, run)
        workers = _workers(run.pid)
        run.kill()
    _wait(lambda: not any(_is_alive(worker) for worker in workers))
    kept = {part: part.stat().st_mtime_ns for part in _parts(out)}
    assert 3 <= len(kept) < PARTS

    seen: list[tuple[int, int]] = []
    run_experiment(path, out, jobs=2, progress=lambda done, total: seen.append((done, total)))

    assert ((len(kept), PARTS), (PARTS, PARTS)) == (seen[0], seen[-1])
    assert digests(finished) == digests(out)
    assert {".lock", "experiment.json", "results"} == {entry.name for entry in out.iterdir()}


def test_a_killed_worker_is_named_and_costs_its_part_alone(tmp_path: Path, finished: Path) -> None:
    """A worker killed in the middle ends the run with the part it was at; what is finished is kept, and it can go on."""
    path, out = write_experiment(tmp_path), tmp_path / "out"
    run = subprocess.Popen(
        command("run", path, "--out", out, "--jobs", "1"), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    _wait(lambda: len(_parts(out)) >= 2, run)
    (worker,) = _workers(run.pid)
    os.kill(worker, signal.SIGKILL)
    written, errors = run.communicate(timeout=WAIT_SECONDS)

    kept = len(_parts(out))
    assert (1, "") == (run.returncode, written)
    assert "in corner-shop customers=" in errors
    assert "the worker process ended without an answer; was it killed, or out of memory?" in errors
    assert f"{kept} of {PARTS} parts are finished and kept; run the same command again, and it goes on" in errors
    assert "Traceback" not in errors

    plan = plan_of(path)
    missing = [part for part in plan.parts if not part_directory(out, part).is_dir()]
    assert PARTS - kept == len(missing)
    for part in missing:  # as a worker of the next run would
        run_part(out, part)
    run_plan(plan, out)
    assert digests(finished) == digests(out)


def test_an_interrupt_ends_a_run_with_what_to_do(tmp_path: Path) -> None:
    """Ctrl-C ends the run and its workers with exit code 130, and says that it can go on."""
    out = tmp_path / "out"
    run = subprocess.Popen(
        command("run", write_experiment(tmp_path), "--out", out, "--jobs", "1"),
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    _wait(lambda: len(_parts(out)) >= 1, run)
    workers = _workers(run.pid)
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=WAIT_SECONDS)

    assert 130 == run.returncode
    assert errors.startswith("error: interrupted: ")
    assert errors.rstrip().endswith("run the same command again, and it goes on")
    _wait(lambda: not any(_is_alive(worker) for worker in workers))


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, made: Path, finished: Path) -> None:
    """Where a file may not grow any further, the message names it, nothing of it is left, and a later run goes on."""
    path, out = write_experiment(tmp_path), tmp_path / "out"
    shutil.copytree(made, out)
    limited = f"ulimit -f {LIMIT_KIB}; {' '.join(command('run', path, '--out', out))}"
    run = subprocess.run(["bash", "-c", limited], capture_output=True, text=True, timeout=250, check=False)

    assert (1, f"error: cannot write {out}/results/daily.parquet: File too large\n") == (run.returncode, run.stderr)
    assert {".lock", "experiment.json", "parts"} == {entry.name for entry in out.iterdir()}
    assert PARTS == len(_parts(out))

    run_experiment(path, out)
    assert digests(finished) == digests(out)


def test_a_part_that_does_not_fit_on_disk_is_named(tmp_path: Path) -> None:
    """A part whose file may not grow any further ends the run with part and file; what is finished is kept."""
    text = EXPERIMENT.replace("seeds_at_once = 3", "seeds_at_once = 6\nkeep_decisions = true").replace("60, 120", "120")
    path, out = write_experiment(tmp_path, text), tmp_path / "out"
    limited = f"ulimit -f {LIMIT_KIB}; {' '.join(command('run', path, '--out', out, '--jobs', '1'))}"
    run = subprocess.run(["bash", "-c", limited], capture_output=True, text=True, timeout=250, check=False)

    first, second = run.stderr.splitlines()
    where = "ours epsilon=0.05 in corner-shop, seeds 1 to 6"
    assert f"error: {where}: cannot write {out}/parts/00000/decisions.parquet: File too large" == first
    assert "0 of 5 parts are finished and kept; run the same command again, and it goes on" == second
    assert [] == list((out / "parts").iterdir())


def test_another_declaration_is_refused(finished: Path, tmp_path: Path) -> None:
    """A directory of results is bound to its experiment: a change is refused with what differs, and how to go on."""
    changed = EXPERIMENT.replace("customers = [60, 120]", "customers = [60, 130]").replace("0.5]", "0.4]")
    path = write_experiment(tmp_path, changed, odds=3.0)
    with pytest.raises(UsageError) as refusal:
        run_plan(plan_of(path), finished)

    text = str(refusal.value)
    assert f"{finished} has results of another experiment, which do not go together with these:" in text
    assert "worlds.corner-shop customers=60.campaigns[news].odds.segment.family: 4.0 before, 3.0 now" in text
    assert "worlds.corner-shop customers=120: there no more" in text
    assert "To start afresh, name a new directory or remove this one." in text


def test_what_only_reading_depends_on_may_change(finished: Path, tmp_path: Path) -> None:
    """Other baselines and guard rails need no other runs: the finished results are read anew."""
    text = EXPERIMENT.replace('baselines = ["fixed"]', 'baselines = ["greedy", "fixed"]')
    before = digests(finished)
    run_plan(plan_of(write_experiment(tmp_path, text)), finished)

    assert before == digests(finished)
    run_plan(plan_of(write_experiment(tmp_path)), finished)


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A directory that has other files and no manifest is refused."""
    path = write_experiment(tmp_path / "files")
    with pytest.raises(UsageError, match=r"is not empty and has no experiment\.json: name a new directory"):
        run_plan(plan_of(path), tmp_path / "files")


@pytest.mark.parametrize("jobs", [0, -1])
def test_without_workers_nothing_is_begun(tmp_path: Path, jobs: int) -> None:
    """Fewer jobs than one are refused, and no directory of results is begun."""
    with pytest.raises(UsageError, match=f"jobs is {jobs}: it must be at least 1"):
        run_experiment(write_experiment(tmp_path), tmp_path / "out", jobs=jobs)

    assert not (tmp_path / "out").exists()


def test_results_are_of_all_parts_or_none(tmp_path: Path) -> None:
    """Where a part is not there the results are not put together, and the message names it."""
    plan = plan_of(write_experiment(tmp_path))
    for part in plan.parts[1:]:
        part_directory(tmp_path / "out", part).mkdir(parents=True)
    with pytest.raises(SimulationError, match=r"1 of 20 parts are not there, the first of them ours epsilon=0\.05 in"):
        put_together(tmp_path / "out", plan.parts)

    assert ["parts"] == [entry.name for entry in (tmp_path / "out").iterdir()]


def test_two_runs_do_not_share_a_directory(tmp_path: Path, finished: Path) -> None:
    """While one run is at work in a directory another one is refused."""
    plan = plan_of(write_experiment(tmp_path))
    refusals = []

    def try_another(done: int, total: int) -> None:
        del done, total
        with pytest.raises(UsageError, match="another run is at work in") as refusal:
            run_plan(plan, finished)
        refusals.append(refusal.value)

    run_plan(plan, finished, progress=try_another)

    assert 1 == len(refusals)
