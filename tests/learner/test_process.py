"""Laws of the learner's process: it comes up first or last, dies at any moment, and the model is the same."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from banditsvc.core.portfolio import LearnerKind, LearnerSpec, Portfolio, TrainSpec
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner import replay
from banditsvc.store import SqliteLog, SqliteRegistry
from tests.learner.feeds import END_US, facts, prompt_feed
from tests.learner.worlds import SHOP, Event, decision, learner_spec, opening, relearn

PROGRAM = """
import sys
from pathlib import Path
from banditsvc.learner import LearnerOptions, run
run(Path(sys.argv[1]), LearnerOptions(poll_us=5_000, publish_interval_us=0, parent_process_id=int(sys.argv[2])))
"""
PATIENCE_SECONDS = 60


@contextmanager
def learner_process(data_dir: Path, told: Path = Path(os.devnull)) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a learner over a directory and makes sure that it ends. What it says goes to a file."""
    command = [sys.executable, "-c", PROGRAM, str(data_dir), str(os.getpid())]
    with told.open("wb") as out:
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    """Waits until a condition holds."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def settled_through(registry: SqliteRegistry) -> int:
    """Returns how far a learner has looked."""
    progress = registry.progress(SHOP)
    return -1 if progress is None else progress.settled_through_us


def serving(registry: SqliteRegistry) -> int | None:
    """Returns the lineage that serves."""
    progress = registry.progress(SHOP)
    return None if progress is None else progress.lineage_id


def story(seed: int, learner: LearnerSpec | None = None) -> list[Event]:
    """Returns a history in order of time, a relearn at its end."""
    truth = facts(seed, count=40)
    events = [opening(learner or learner_spec()), *truth.deeds, *prompt_feed(truth), (END_US, [])]
    return [*sorted(events, key=lambda event: event[0]), (END_US + DAY_US, [relearn()])]


def learning_at_checkpoints() -> LearnerSpec:
    """Returns settings with two checkpoints."""
    spec = learner_spec(train=TrainSpec(learner=LearnerKind.POSTERIOR, bits=10))
    ages = (6 * HOUR_US, 36 * HOUR_US)
    return dataclasses.replace(spec, settle=dataclasses.replace(spec.settle, checkpoints_us=ages))


def test_it_waits_for_the_log_learns_and_stops_when_told(tmp_path: Path) -> None:
    """A learner started before the service waits for the log, learns from it, and ends with 0 on SIGTERM."""
    with learner_process(tmp_path) as process:
        wait_for((tmp_path / "learner.db").exists)
        with closing(SqliteLog(tmp_path / "log.db")) as log:
            for time_us, records in story(1):
                log.append(records, time_us)
            with closing(SqliteRegistry(tmp_path / "learner.db", read_only=True)) as registry:
                wait_for(lambda: settled_through(registry) == log.watermark().time_us)
                progress = registry.progress(SHOP)
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE_SECONDS) == 0
    assert progress is not None
    assert progress.sums.learned_count > 10


@pytest.mark.parametrize(
    ("events", "lineage_id"),
    [(story(2), 2), (story(2, learning_at_checkpoints())[:-1], 1)],
    ids=["with a relearn", "at checkpoints"],
)
def test_killed_at_any_moment_it_comes_to_the_same_model(tmp_path: Path, events: list[Event], lineage_id: int) -> None:
    """Killed again and again while the log grows and a relearn runs, it comes to the model that the log says."""
    rng = np.random.default_rng(5)
    with closing(SqliteLog(tmp_path / "log.db")) as log:
        for part in np.array_split(np.arange(len(events)), 6):
            with learner_process(tmp_path) as process:
                for index in part:
                    log.append(events[index][1], events[index][0])
                time.sleep(float(rng.uniform(0.3, 1.0)))
                os.kill(process.pid, signal.SIGKILL)
        with (
            learner_process(tmp_path),
            closing(SqliteRegistry(tmp_path / "learner.db", read_only=True)) as registry,
        ):
            wait_for(lambda: serving(registry) == lineage_id and settled_through(registry) == log.watermark().time_us)
            lineage, progress = registry.serving_lineage(SHOP), registry.progress(SHOP)
            assert lineage is not None
            assert progress is not None
            model = registry.load_model(SHOP, progress.model_version)
        assert model is not None
        weights, sums = replay(log, lineage, progress.position, progress.sums.early.positions)

    assert progress.lineage_id == lineage_id
    assert progress.sums.learned_count > 10
    assert (progress.sums.early.changes > 0) is (lineage_id == 1)
    assert model.weights.tobytes() == weights.tobytes()
    assert progress.sums == sums


def test_a_damaged_record_stops_no_other_portfolio(tmp_path: Path) -> None:
    """A portfolio with a record that cannot be read is told of once; the others are learned, and nothing dies."""
    told = tmp_path / "told"
    damaged = Portfolio(portfolio_id="broken", currency="EUR", learner=learner_spec())
    lost = decision(0, customer=0, send_us=END_US)
    lost = structs.replace(
        lost, decision_id="lost", input=structs.replace(lost.input, portfolio_id=damaged.portfolio_id)
    )
    with closing(SqliteLog(tmp_path / "log.db")) as log:
        for time_us, records in story(1):
            log.append(records, time_us)
        log.append([damaged, lost], END_US + DAY_US)
        log.database.writer.execute("UPDATE decisions SET body = x'00' WHERE decision_id = 'lost'")
        with (
            learner_process(tmp_path, told) as process,
            closing(SqliteRegistry(tmp_path / "learner.db", read_only=True)) as registry,
        ):
            for _ in range(3):
                log.append([], END_US + 2 * DAY_US)
                wait_for(lambda: settled_through(registry) == log.watermark().time_us)
            progress = registry.progress(SHOP)
            assert process.poll() is None

    assert progress is not None
    assert progress.sums.learned_count > 10
    assert told.read_text(encoding="utf-8").count("portfolio_failed") == 1


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """A learner told to stop with its parent does so when the parent is killed."""
    parent_program = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {PROGRAM!r}, {str(tmp_path)!r}, str(os.getpid())], stderr=subprocess.DEVNULL)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent_program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        wait_for((tmp_path / "learner.db").exists)
        parent.kill()

    wait_for(lambda: not _is_alive(child))


def _is_alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
