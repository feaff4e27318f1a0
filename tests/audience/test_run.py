"""Runs of audiences, with real worker processes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banditsvc.audience import canonical_order
from banditsvc.audience.run_directory import OtherAudience, RunDirectory, RunUnderWay
from banditsvc.audience.workers import WorkerLost
from banditsvc.core.contact_policy import Capacity
from banditsvc.usage_error import UsageError
from tests.audience.run_shop import make_shop, parts_of, run_audience, write_customers

_CUSTOMERS = 900


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical_order, "PART_ROWS", 128)


def test_the_same_audience_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order of rows and the number of workers, and ended in the middle, a run has the same parts.

    So does one that takes from a capacity that closes on the way: as many get a contact as it has room for.
    """
    capacity = Capacity(name="few", max_contacts=500)
    position = make_shop(tmp_path / "data", capacities=[capacity])
    source = write_customers(tmp_path / "customers.parquet", _CUSTOMERS)
    shuffled = write_customers(
        tmp_path / "shuffled.parquet", _CUSTOMERS, np.random.default_rng(7).permutation(_CUSTOMERS).tolist()
    )

    result, entered = run_audience(source, tmp_path / "data", tmp_path / "one", position)
    other, _ = run_audience(shuffled, tmp_path / "data", tmp_path / "two", position, workers=2)
    with pytest.raises(OSError, match="No space left"):
        run_audience(source, tmp_path / "data", tmp_path / "three", position, fail_at=3)
    resumed, entered_again = run_audience(source, tmp_path / "data", tmp_path / "three", position, workers=2)

    assert list(range(8)) == entered
    assert (_CUSTOMERS, 8, 500) == (result.decided, result.parts, result.contacts.total())
    assert result == other
    assert (4, _CUSTOMERS, 500) == (resumed.kept_parts, resumed.decided, resumed.contacts.total())
    assert list(range(8)) == entered_again
    first = parts_of(tmp_path / "one")
    assert 8 == len(first)
    assert first == parts_of(tmp_path / "two") == parts_of(tmp_path / "three")
    assert not (tmp_path / "three" / "work").exists()


def test_a_run_goes_on_with_no_other_audience(tmp_path: Path) -> None:
    """A run that is started again with other customers is refused, and its parts stay as they are."""
    position = make_shop(tmp_path / "data")
    source = write_customers(tmp_path / "customers.parquet", 100)
    run_audience(source, tmp_path / "data", tmp_path / "run", position)
    parts = parts_of(tmp_path / "run")

    with pytest.raises(OtherAudience, match="begun with 100 customers, and now there are 99"):
        run_audience(write_customers(source, 99), tmp_path / "data", tmp_path / "run", position)

    assert parts == parts_of(tmp_path / "run")


def test_what_was_decided_by_older_contacts_is_decided_again(tmp_path: Path) -> None:
    """A part that is not in the log when the lease lapses is not entered: others may have sent to its customers since."""
    position = make_shop(tmp_path / "data")
    source = write_customers(tmp_path / "customers.parquet", _CUSTOMERS)

    with pytest.raises(OSError, match="No space left"):
        run_audience(source, tmp_path / "data", tmp_path / "run", position, fail_at=3)
    resumed, entered = run_audience(
        source, tmp_path / "data", tmp_path / "run", position, counters_position=position + 1, committed_parts=3
    )

    assert (3, _CUSTOMERS) == (resumed.kept_parts, resumed.decided)
    assert [3, 4, 5, 6, 7] == entered


def test_a_lost_worker_ends_the_run_and_another_start_goes_on(tmp_path: Path) -> None:
    """Where a worker process is killed the run says so, keeps what is finished, and goes on when it is started again."""
    position = make_shop(tmp_path / "data")
    source = write_customers(tmp_path / "customers.parquet", _CUSTOMERS)

    with pytest.raises(WorkerLost, match="was it killed, or out of memory"):
        run_audience(source, tmp_path / "data", tmp_path / "run", position, kill_at=1)
    resumed, _ = run_audience(source, tmp_path / "data", tmp_path / "run", position)

    assert 2 <= resumed.kept_parts < 8
    assert _CUSTOMERS == resumed.decided


def test_two_processes_are_not_at_one_run(tmp_path: Path) -> None:
    """A run that another process is at is refused, and what that one has is left alone."""
    directory = RunDirectory(tmp_path / "run")

    with directory.work() as work:
        (work / "theirs").touch()
        with pytest.raises(RunUnderWay, match="another process is at the run"), directory.work():
            pass
        assert (work / "theirs").exists()


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    """A finished part that cannot be read is named with the remedy, whatever is wrong with it."""
    directory = RunDirectory(tmp_path)
    for content in (b"", b"PAR1", b"no part at all"):
        directory.part_path(0).write_bytes(content)
        with pytest.raises(UsageError, match=r"part-00000\.parquet is damaged: .*; take it from a backup"):
            directory.kept(0)
    pq.write_table(pa.table({"campaign_id": ["a"]}), directory.part_path(0))
    with pytest.raises(UsageError, match=r"part-00000\.parquet is damaged: its metadata do not say"):
        directory.kept(0)
