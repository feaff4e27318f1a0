"""The learner's store in one SQLite file: lineages, checkpoints and models."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from banditsvc.core.model import UNTRAINED, Model
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.ports import Checkpoint, Lineage, ModelSummary, Progress, RunningSums, Segment
from banditsvc.store import registry_sql as sql
from banditsvc.store.codec import LEARNER_SPECS, RUNNING_SUMS, SEGMENTS
from banditsvc.store.errors import StoreMissing, StoreUnavailable
from banditsvc.store.migrations import StoreKind
from banditsvc.store.registry_rows import checkpoint_row, intact_checkpoint, intact_model, model_row, model_summary
from banditsvc.store.sqlite_database import DURABLE, SqliteDatabase, WriterOptions
from banditsvc.store.stored_weights import pack_model, weights_sha256

KEPT_CHECKPOINTS = 3
"""How many checkpoints of a lineage are kept to fall back to."""


class SqliteRegistry:
    """A ModelRegistry in a SQLite file. One process writes it; servers read it at the same time.

    A reader may be opened before the writer has made the file: it is empty until then.
    """

    def __init__(self, path: str | Path, read_only: bool = False, *, options: WriterOptions = DURABLE) -> None:
        """Opens the registry; a writer creates it where it is missing.

        Raises:
            StoreInUse: Another process writes it.
            StoreMismatch: It is no registry, or has a schema that this version does not know.
        """
        self._path = Path(path)
        self._database: SqliteDatabase | None = None
        self._closed = False
        if not read_only:
            self._database = SqliteDatabase(self._path, StoreKind.REGISTRY, options=options)
        else:
            self._open_reader()

    def save(self, checkpoint: Checkpoint) -> None:
        """Stores a checkpoint and, when its lineage is the serving one, its model as the newest; one commit.

        Repeating a model_version of the same lineage replaces it, which is what going on from an older checkpoint does.

        Raises:
            ValueError: A weight is not finite, weights_sha256 is not the one of the weights, or model_version is taken
                by another lineage; nothing was written.
            StoreUnavailable: The commit failed.
        """
        stored_weights = pack_model(checkpoint.model.weights, checkpoint.model.variances)
        if weights_sha256(checkpoint.model.weights, checkpoint.model.variances) != checkpoint.weights_sha256:
            raise ValueError(f"weights_sha256 of model {checkpoint.model_version!r} is not the one of its weights")
        connection = self._writer()
        lineage = checkpoint.lineage
        with _translated(), connection:
            self._note(connection, lineage, checkpoint.position, checkpoint.settled_through_us, checkpoint.sums)
            connection.execute(sql.DELETE_CHECKPOINTS_FROM, (lineage.lineage_id, checkpoint.position))
            connection.execute(sql.INSERT_CHECKPOINT, checkpoint_row(checkpoint))
            connection.execute(sql.UPSERT_MODEL, model_row(checkpoint, stored_weights))
            if connection.changes() != 1:
                raise ValueError(f"model_version {checkpoint.model_version!r} is taken by another lineage")
            connection.execute(sql.DELETE_OLD_CHECKPOINTS, (lineage.lineage_id, KEPT_CHECKPOINTS))
            connection.execute(sql.DELETE_UNUSED_MODELS, (lineage.lineage_id,))
            if _pick(connection, sql.SERVING, lineage.portfolio_id) == lineage.lineage_id:
                self._serve(connection, lineage.portfolio_id, checkpoint.model_version)

    def note_progress(self, lineage: Lineage, position: int, settled_through_us: int, sums: RunningSums) -> None:
        """Notes that settling has looked up to settled_through_us and nothing was learned since the last checkpoint."""
        connection = self._writer()
        with _translated(), connection:
            self._note(connection, lineage, position, settled_through_us, sums)

    def latest(self, lineage_id: int) -> Checkpoint | None:
        """Returns the newest checkpoint of a lineage whose SHA-256 matches; older ones are fallen back to."""
        lineage = self._lineage(lineage_id)
        if lineage is None:
            return None
        for row in self._rows(sql.CHECKPOINTS, lineage_id):
            checkpoint = intact_checkpoint(lineage, row)
            if checkpoint is not None:
                return checkpoint
        return None

    def start_lineage(
        self, portfolio_id: str, cause_position: int, learner_version: int, learner: LearnerSpec
    ) -> Lineage:
        """Registers a new lineage. A portfolio's first one serves at once, a later one after take_over. A lineage
        that was still catching up is abandoned.
        """
        connection = self._writer()
        with _translated(), connection:
            _abandon(connection, _pick(connection, sql.CANDIDATE, portfolio_id))
            empty = (SEGMENTS.encode(()), RUNNING_SUMS.encode(RunningSums()))
            spec = LEARNER_SPECS.encode(learner)
            connection.execute(sql.INSERT_LINEAGE, (portfolio_id, cause_position, learner_version, spec, *empty))
            lineage_id = connection.last_insert_rowid()
            connection.execute(sql.INSERT_OR_NAME_CANDIDATE, (portfolio_id, lineage_id))
        return Lineage(
            lineage_id=lineage_id,
            portfolio_id=portfolio_id,
            cause_position=cause_position,
            learner_version=learner_version,
            learner=learner,
        )

    def set_segments(self, lineage_id: int, segments: Sequence[Segment]) -> None:
        """Fixes how a relearning lineage settles the stretches of the log."""
        connection = self._writer()
        with _translated(), connection:
            connection.execute(sql.UPDATE_SEGMENTS, (SEGMENTS.encode(tuple(segments)), lineage_id))

    def take_over(self, lineage_id: int) -> None:
        """Makes a lineage the serving one of its portfolio and its last checkpoint the newest model, one commit.

        Raises:
            ValueError: The lineage is neither catching up nor serving.
        """
        connection = self._writer()
        with _translated(), connection:
            portfolio_id = _pick(connection, sql.PORTFOLIO_OF_LINEAGE, lineage_id)
            serving = _pick(connection, sql.SERVING, portfolio_id)
            if serving == lineage_id:
                return
            if portfolio_id is None or _pick(connection, sql.CANDIDATE, portfolio_id) != lineage_id:
                raise ValueError(f"lineage {lineage_id} is not catching up: it cannot take over")
            connection.execute(sql.TAKE_OVER, (portfolio_id,))
            connection.execute(sql.DELETE_CHECKPOINTS_FROM, (serving, 0))
            self._serve(connection, portfolio_id, _pick(connection, sql.LAST_VERSION, lineage_id))

    def abandon(self, lineage_id: int) -> None:
        """Gives up a lineage that is catching up; for any other it does nothing."""
        connection = self._writer()
        with _translated(), connection:
            connection.execute(sql.DROP_CANDIDATE, (lineage_id,))
            if connection.changes() == 1:
                _abandon(connection, lineage_id)

    def serving_lineage(self, portfolio_id: str) -> Lineage | None:
        """Returns the lineage whose models serve a portfolio."""
        return self._lineage(self._value(sql.SERVING, portfolio_id))

    def candidate_lineage(self, portfolio_id: str) -> Lineage | None:
        """Returns the lineage that is catching up, if any."""
        return self._lineage(self._value(sql.CANDIDATE, portfolio_id))

    def progress(self, portfolio_id: str) -> Progress | None:
        """Returns where the serving lineage of a portfolio stands, by one cheap statement; None before there is one.

        model_version is UNTRAINED until the first model is saved.
        """
        rows = self._rows(sql.PROGRESS, portfolio_id)
        if not rows:
            return None
        version, position, settled_through_us, lineage_id, sums, relearning = rows[0]
        return Progress(
            model_version=version or UNTRAINED,
            position=position,
            settled_through_us=settled_through_us,
            lineage_id=lineage_id,
            sums=RUNNING_SUMS.decode(sums),
            relearning=bool(relearning),
        )

    def list_models(self, portfolio_id: str) -> list[ModelSummary]:
        """Returns all models ever served, newest first."""
        return [model_summary(row) for row in self._rows(sql.SERVED_MODELS, portfolio_id, None)]

    def find_model(self, portfolio_id: str, model_version: str) -> ModelSummary | None:
        """Returns a model that was served, without its weights."""
        rows = self._rows(sql.SERVED_MODELS, portfolio_id, model_version)
        return model_summary(rows[0]) if rows else None

    def load_model(self, portfolio_id: str, model_version: str) -> Model | None:
        """Returns a model with its weights, or None where it does not exist or its weights are no longer kept or
        are damaged.
        """
        rows = self._rows(sql.MODEL, portfolio_id, model_version)
        if not rows:
            return None
        lineage_id, *columns = rows[0]
        lineage = self._lineage(lineage_id)
        return None if lineage is None else intact_model(lineage, model_version, tuple(columns))

    def forget_weights(self, before_us: int, keep: int, spared: Collection[tuple[str, str]] = ()) -> int:
        """Drops the weights of models published before a time, but for the keep newest of each portfolio.

        The newest model of a portfolio and those of checkpoints that may be gone on from keep theirs in any case, and
        so do the (portfolio_id, model_version) in spared.
        """
        connection = self._writer()
        with _translated(), connection:
            connection.execute(sql.FORGET_WEIGHTS, (before_us, max(keep, 1), json.dumps(list(spared))))
        return connection.changes()

    def close(self) -> None:
        """Closes the file and gives the write lock up; closing twice does nothing."""
        self._closed = True
        if self._database is not None:
            self._database.close()

    def _note(
        self, connection: apsw.Connection, lineage: Lineage, position: int, settled_through_us: int, sums: RunningSums
    ) -> None:
        row = (position, settled_through_us, RUNNING_SUMS.encode(sums), lineage.lineage_id)
        connection.execute(sql.UPDATE_PROGRESS, row)

    def _serve(self, connection: apsw.Connection, portfolio_id: str, model_version: str | None) -> None:
        connection.execute(sql.NAME_MODEL, (model_version, portfolio_id))
        connection.execute(sql.SERVE_MODEL, (portfolio_id, model_version))

    def _lineage(self, lineage_id: int | None) -> Lineage | None:
        if lineage_id is None:
            return None
        rows = self._rows(sql.LINEAGE, lineage_id)
        if not rows:
            return None
        portfolio_id, cause_position, learner_version, learner, segments = rows[0]
        return Lineage(
            lineage_id=lineage_id,
            portfolio_id=portfolio_id,
            cause_position=cause_position,
            learner_version=learner_version,
            learner=LEARNER_SPECS.decode(learner),
            segments=SEGMENTS.decode(segments),
        )

    def _open_reader(self) -> None:
        try:
            self._database = SqliteDatabase(self._path, StoreKind.REGISTRY, read_only=True)
        except StoreMissing:
            self._database = None

    def _writer(self) -> apsw.Connection:
        if self._database is None:
            raise StoreUnavailable(f"{self._path} is open for reading only, or closed")
        return self._database.writer

    def _rows(self, statement: str, *bindings: Any) -> list[tuple[Any, ...]]:
        if self._database is None and not self._closed:
            self._open_reader()
        if self._database is None:
            return []
        with _translated():
            rows: list[tuple[Any, ...]] = self._database.reader().execute(statement, bindings).fetchall()
        return rows

    def _value(self, statement: str, *bindings: Any) -> Any:
        rows = self._rows(statement, *bindings)
        return rows[0][0] if rows else None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raise StoreUnavailable(f"the model registry cannot be read or written now: {error}") from error


def _pick(connection: apsw.Connection, statement: str, *bindings: Any) -> Any:
    row = connection.execute(statement, bindings).fetchone()
    return None if row is None else row[0]


def _abandon(connection: apsw.Connection, lineage_id: int | None) -> None:
    if lineage_id is not None:
        connection.execute(sql.DELETE_CHECKPOINTS_FROM, (lineage_id, 0))
        connection.execute(sql.DELETE_UNUSED_MODELS, (lineage_id,))
