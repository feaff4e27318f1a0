"""What the SQLite registry promises beyond the port."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from banditsvc.ports import Progress
from banditsvc.store import SqliteLog, SqliteRegistry
from banditsvc.store.errors import StoreInUse, StoreMismatch, StoreUnavailable
from tests.store.build import LEARNER, SHOP, checkpoint


def _damage(path: Path, statement: str) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE checkpoints SET learner_state = x'00' WHERE position = 3",
        "UPDATE models SET weights = substr(weights, 1, 10) WHERE position = 3",
        "UPDATE models SET weights = (SELECT weights FROM models WHERE position = 2) WHERE position = 3",
        "UPDATE models SET weights = NULL WHERE position = 3",
    ],
)
def test_a_damaged_checkpoint_is_fallen_back_from(tmp_path: Path, damage: str) -> None:
    """Latest gives the newest checkpoint whose SHA-256 matches, whatever of a newer one is damaged."""
    path = tmp_path / "learner.db"
    registry = SqliteRegistry(path)
    lineage = registry.start_lineage(SHOP, 1, 1, LEARNER)
    for position in (1, 2, 3):
        registry.save(checkpoint(lineage, position))
    registry.close()
    _damage(path, damage)
    registry = SqliteRegistry(path)
    found = registry.latest(lineage.lineage_id)
    assert found is not None
    assert found.position == 2
    assert ("weights" in damage) == (registry.load_model(SHOP, "1-3") is None)
    registry.close()


def test_three_learner_states_are_kept(tmp_path: Path) -> None:
    """Of each lineage the newest three checkpoints are kept, and models of a candidate only with a checkpoint."""
    path = tmp_path / "learner.db"
    registry = SqliteRegistry(path)
    serving, candidate = (registry.start_lineage(SHOP, cause, 1, LEARNER) for cause in (1, 2))
    for position in range(1, 6):
        registry.save(checkpoint(serving, position))
        registry.save(checkpoint(candidate, position))
    connection = apsw.Connection(str(path))
    kept = connection.execute("SELECT lineage_id, position FROM checkpoints ORDER BY 1, 2").fetchall()
    assert kept == [(1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5)]
    models = connection.execute("SELECT lineage_id, count(*) FROM models GROUP BY 1").fetchall()
    assert models == [(1, 5), (2, 3)]
    connection.close()
    registry.close()


def test_everything_outlives_the_process(tmp_path: Path) -> None:
    """A reopened registry stands where it stood."""
    registry = SqliteRegistry(tmp_path / "learner.db")
    lineage = registry.start_lineage(SHOP, 1, 1, LEARNER)
    registry.save(checkpoint(lineage, 4))
    expected = (registry.progress(SHOP), registry.list_models(SHOP), registry.serving_lineage(SHOP))
    registry.close()
    registry = SqliteRegistry(tmp_path / "learner.db")
    assert expected == (registry.progress(SHOP), registry.list_models(SHOP), registry.serving_lineage(SHOP))
    registry.close()


def test_a_reader_may_come_first(tmp_path: Path) -> None:
    """A read-only registry is empty until the learner has made the file, then shows every commit."""
    reader = SqliteRegistry(tmp_path / "learner.db", read_only=True)
    assert reader.progress(SHOP) is None
    writer = SqliteRegistry(tmp_path / "learner.db")
    lineage = writer.start_lineage(SHOP, 1, 1, LEARNER)
    saved = checkpoint(lineage, 4)
    writer.save(saved)
    assert reader.progress(SHOP) == Progress("1-4", 4, 40, lineage.lineage_id, saved.sums)
    with pytest.raises(StoreUnavailable):
        reader.save(saved)
    writer.close()
    assert reader.load_model(SHOP, "1-4") is not None
    reader.close()


def test_one_process_writes(tmp_path: Path) -> None:
    """A second writer is refused at once, until the first has closed."""
    first = SqliteRegistry(tmp_path / "learner.db")
    with pytest.raises(StoreInUse, match="another process"):
        SqliteRegistry(tmp_path / "learner.db")
    first.close()
    SqliteRegistry(tmp_path / "learner.db").close()


def test_a_log_is_no_registry(tmp_path: Path) -> None:
    """A database of the other kind is refused, for writing and for reading, and is left as it is."""
    SqliteLog(tmp_path / "log.db").close()
    before = (tmp_path / "log.db").read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreMismatch, match="no registry database"):
            SqliteRegistry(tmp_path / "log.db", read_only=read_only)
    assert before == (tmp_path / "log.db").read_bytes()
