"""What the SQLite log promises beyond the port."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest

from banditsvc.core.decision import Decision
from banditsvc.core.errors import LogFull, LogUnavailable
from banditsvc.core.policy import Policy
from banditsvc.ports import Watermark
from banditsvc.store import SqliteLog, SqliteRegistry, checkpointer
from banditsvc.store.checkpointer import BUSY_PAGES, IDLE_PAGES, MOST_PAGES
from banditsvc.store.errors import StoreInUse, StoreMismatch, StoreMissing
from tests.store.build import SHOP, decision, outcome, portfolio

ROOT = Path(__file__).parents[2]


def _group(start: int) -> list[Decision]:
    return [decision(f"d{number}") for number in range(start, start + 10)]


def _child(code: str, *arguments: str) -> subprocess.Popen[str]:
    prelude = "import sys\nfrom banditsvc.store import SqliteLog\nfrom tests.store.build import SHOP, decision\n"
    return subprocess.Popen(
        [sys.executable, "-c", prelude + code, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_log_outlives_the_process(tmp_path: Path) -> None:
    """A reopened log stands where it stood, and goes on from there."""
    log = SqliteLog(tmp_path / "log.db")
    log.append([decision("d1"), portfolio(), Policy(portfolio_id=SHOP)], now_us=5)
    expected = log.read_resources(0)
    log.close()
    log = SqliteLog(tmp_path / "log.db")
    assert log.watermark() == Watermark(3, 5)
    assert log.read_resources(0) == expected
    commit = log.append([decision("d1"), decision("d2")], now_us=0)
    assert (commit.record_time_us, commit.positions) == (6, (None, 4))
    log.close()


def test_every_commit_is_synced(tmp_path: Path) -> None:
    """The writing connection is in WAL mode with synchronous=FULL and no automatic checkpoint."""
    log = SqliteLog(tmp_path / "log.db")
    writer = log.database.writer
    assert (writer.pragma("journal_mode"), writer.pragma("synchronous")) == ("wal", 2)
    assert writer.pragma("wal_autocheckpoint") == 0
    log.close()


def test_a_checkpoint_that_cannot_start_harms_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit is acknowledged where no thread can be had for a checkpoint, and so are those after it."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("banditsvc.store.checkpointer.BUSY_PAGES", 1)
    log = SqliteLog(tmp_path / "log.db")
    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        commits = [log.append([decision(f"d{number}")], now_us=number) for number in (1, 2)]
    commits.append(log.append([decision("d3")], now_us=3))
    assert [(1,), (2,), (3,)] == [commit.positions for commit in commits]
    assert log.watermark() == Watermark(3, 3)
    log.close()


def test_one_process_writes(tmp_path: Path) -> None:
    """A second writer is refused at once, in this process or another, until the first has closed."""
    path = tmp_path / "log.db"
    log = SqliteLog(path)
    with pytest.raises(StoreInUse, match="another process"):
        SqliteLog(path)
    refused = _child(
        "from banditsvc.store.errors import StoreInUse\n"
        "try: SqliteLog(sys.argv[1])\n"
        "except StoreInUse: print('refused')\n",
        str(path),
    )
    assert refused.communicate()[0] == "refused\n"
    log.close()
    SqliteLog(path).close()


def test_a_reader_needs_a_log(tmp_path: Path) -> None:
    """Opening for reading only makes no file: a missing or an empty one is StoreMissing."""
    with pytest.raises(StoreMissing):
        SqliteLog(tmp_path / "log.db", read_only=True)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "log.db").touch()
    with pytest.raises(StoreMissing):
        SqliteLog(tmp_path / "log.db", read_only=True)


def test_a_reader_reads_with_and_without_a_writer(tmp_path: Path) -> None:
    """A read-only log shows each commit of a running writer at once, and works where nobody writes."""
    path = tmp_path / "log.db"
    writer = SqliteLog(path)
    writer.append([decision("d1")], now_us=1)
    reader = SqliteLog(path, read_only=True)
    assert reader.watermark() == Watermark(1, 1)
    writer.append([decision("d2")], now_us=2)
    assert reader.watermark() == Watermark(2, 2)
    with pytest.raises(LogUnavailable):
        reader.append([decision("d3")], now_us=3)
    reader.close()
    writer.close()
    alone = SqliteLog(path, read_only=True)
    assert len(alone.read_decisions(SHOP, 0, 9)) == 2
    alone.close()
    assert not (tmp_path / "log.db-wal").exists() or SqliteLog(path).watermark() == Watermark(2, 2)


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    """A file that is no database, and a database of another kind, are refused and left as they are."""
    text = tmp_path / "text"
    text.write_text("no database " * 1000)
    SqliteRegistry(tmp_path / "learner.db").close()
    with apsw.Connection(str(tmp_path / "foreign.db")) as foreign:
        foreign.execute("CREATE TABLE t (x)")
    foreign.close()
    for path in (text, tmp_path / "learner.db", tmp_path / "foreign.db"):
        before = path.read_bytes()
        for read_only in (False, True):
            with pytest.raises(StoreMismatch):
                SqliteLog(path, read_only=read_only)
        assert before == path.read_bytes()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """A log with a migration that this version does not know is refused, for writing and for reading."""
    path = tmp_path / "log.db"
    SqliteLog(path).close()
    with apsw.Connection(str(path)) as connection:
        connection.execute("INSERT INTO migrations VALUES (99, '0099_later.sql')")
    connection.close()
    for read_only in (False, True):
        with pytest.raises(StoreMismatch, match="newer"):
            SqliteLog(path, read_only=read_only)


def test_a_full_disk_takes_nothing_until_there_is_room(tmp_path: Path) -> None:
    """On a full disk append raises LogFull and writes nothing; with room it goes on at the right position."""
    log = SqliteLog(tmp_path / "log.db")
    writer = log.database.writer
    log.append([decision("d0")], now_us=1)
    writer.pragma("max_page_count", writer.pragma("page_count") + 2)
    with pytest.raises(LogFull):
        log.append([decision(f"x{number}", customer_id="c" * 1000) for number in range(100)], now_us=2)
    assert log.watermark() == Watermark(1, 1)
    assert log.get_decision("x0") is None
    writer.pragma("max_page_count", 1_000_000)
    assert log.append([decision("x0"), decision("x1")], now_us=2).positions == (2, 3)
    log.close()


def test_a_broken_log_is_unavailable(tmp_path: Path) -> None:
    """A commit that fails for another reason than space raises LogUnavailable, and so does reading."""
    log = SqliteLog(tmp_path / "log.db")
    log.database.writer.execute("ALTER TABLE watermark RENAME TO mislaid")
    with pytest.raises(LogUnavailable) as caught:
        log.append([decision("d1")], now_us=1)
    assert not isinstance(caught.value, LogFull)
    log.database.writer.execute("ALTER TABLE mislaid RENAME TO watermark")
    assert log.append([decision("d1")], now_us=1).positions == (1,)
    log.database.writer.execute("DROP TABLE feed_marks")
    with pytest.raises(LogUnavailable):
        log.read_feed_marks(SHOP)
    log.close()


def test_reading_and_appending_go_on_at_once(tmp_path: Path) -> None:
    """While one thread appends, another sees whole commits only, each stamp with all its records."""
    log = SqliteLog(tmp_path / "log.db")

    def append_all() -> None:
        for start in range(0, 2000, 10):
            log.append(_group(start), now_us=start)

    thread = threading.Thread(target=append_all)
    thread.start()
    seen = 0
    while seen < 2000:
        mark = log.watermark()
        found = log.read_decisions(SHOP, 0, 5000)
        assert len(found) % 10 == 0
        assert len(found) >= mark.position >= seen
        seen = len(found)
    thread.join()
    log.close()


def test_another_process_sees_whole_commits(tmp_path: Path) -> None:
    """A read-only log in another process sees only whole commits while the writer goes on."""
    path = tmp_path / "log.db"
    log = SqliteLog(path)
    child = _child(
        "log = SqliteLog(sys.argv[1], read_only=True)\n"
        "print('open', flush=True)\n"
        "counts = set()\n"
        "while 500 not in counts: counts.add(len(log.read_decisions(SHOP, 0, 999)))\n"
        "print(all(count % 10 == 0 for count in counts))\n",
        str(path),
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    for start in range(0, 500, 10):
        log.append(_group(start), now_us=start)
    assert child.communicate(timeout=60)[0] == "True\n"
    log.close()


@pytest.mark.parametrize("acknowledged", [1, 7, 40])
def test_a_kill_loses_nothing_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    """After kill -9 of the writer every commit that it had acknowledged is there, and positions go on without a gap."""
    path = tmp_path / "log.db"
    child = _child(
        "log = SqliteLog(sys.argv[1])\n"
        "number = 0\n"
        "while True:\n"
        "    commit = log.append([decision(f'd{number}'), decision(f'e{number}')], 0)\n"
        "    print(commit.positions[-1], flush=True)\n"
        "    number += 1\n",
        str(path),
    )
    assert child.stdout is not None
    last = [int(child.stdout.readline()) for _ in range(acknowledged)][-1]
    child.kill()
    last = max([last, *(int(line) for line in child.communicate()[0].splitlines() if line)])
    reader = SqliteLog(path, read_only=True)
    assert reader.watermark().position >= last
    reader.close()
    log = SqliteLog(path)
    found = log.read_decisions(SHOP, 0, 100_000)
    assert [recorded.position for recorded in found] == list(range(1, len(found) + 1))
    assert len(found) == log.watermark().position >= last
    log.close()


def _wal_pages(path: Path) -> int:
    return path.with_name(path.name + "-wal").stat().st_size // 4096


def test_the_write_ahead_log_stays_small(tmp_path: Path) -> None:
    """Under steady writing the write-ahead log starts again from time to time, and nothing is lost."""
    path = tmp_path / "log.db"
    log = SqliteLog(path)
    for start in range(200):
        group = [outcome(f"o{start}-{number}", customer_id="c" * 4000) for number in range(50)]
        log.append(group, now_us=start)
    assert path.stat().st_size > 2 * 4096 * BUSY_PAGES
    assert _wal_pages(path) < MOST_PAGES + BUSY_PAGES
    assert len(log.read_outcomes(SHOP, 0, 20_000)) == 200 * 50
    log.close()


def test_an_idle_moment_is_used(tmp_path: Path) -> None:
    """A heartbeat moves the write-ahead log into the file, so that it starts again from its beginning."""
    path = tmp_path / "log.db"
    log = SqliteLog(path)
    log.append([outcome(f"o{number}", customer_id="c" * 4000) for number in range(2 * IDLE_PAGES)], now_us=1)
    before = path.stat().st_size
    log.append([], now_us=2)
    while path.stat().st_size == before:
        pass
    log.close()


def test_pages_are_moved_while_commits_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write-ahead log that has grown is moved by another thread first: the writer is left the few pages after."""
    movers: list[str] = []
    move = checkpointer._move

    def watched(connection: apsw.Connection) -> int:
        movers.append(threading.current_thread().name)
        return move(connection)

    monkeypatch.setattr(checkpointer, "BUSY_PAGES", 8)
    monkeypatch.setattr(checkpointer, "_move", watched)
    path = tmp_path / "log.db"
    log = SqliteLog(path)
    before, number = path.stat().st_size, 0
    while path.stat().st_size < before + 64 * 4096 or len(movers) < 4:
        log.append([outcome(f"o{number}", customer_id="c" * 4000)], now_us=number)
        number += 1
    assert "checkpoint" == movers[0]
    log.close()
