"""Replays the log and compares with the stored model, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from banditsvc.core.errors import NotFound
from banditsvc.learner import replay
from banditsvc.ports import Checkpoint
from banditsvc.store import SqliteLog, SqliteRegistry


@dataclass(frozen=True, slots=True)
class ReplayCheck:
    """What a replay showed."""

    model_version: str
    learned_count: int
    differing_weights: int
    sums_equal: bool

    @property
    def is_equal(self) -> bool:
        """Returns whether the replayed model is the stored one."""
        return self.sums_equal and not self.differing_weights

    @property
    def difference(self) -> str:
        """Returns what differs, for people."""
        sums = "" if self.sums_equal else ", and the running sums differ"
        return f"{self.differing_weights:,} weights differ{sums}"


def check_replay(log_path: Path, registry_path: Path, portfolio_id: str) -> ReplayCheck:
    """Recomputes the serving lineage's last checkpoint from the log, settled as it was then.

    Raises:
        NotFound: Nothing has been learned for the portfolio.
        StoreError: The files cannot be read.
    """
    log = SqliteLog(log_path, read_only=True)
    try:
        checkpoint = _checkpoint(registry_path, portfolio_id)
        weights, sums = replay(log, checkpoint.lineage, checkpoint.position, checkpoint.sums.early.positions)
    finally:
        log.close()
    stored = checkpoint.model.weights
    differing = np.count_nonzero(weights.view(np.uint32) != stored.view(np.uint32))
    return ReplayCheck(checkpoint.model_version, sums.learned_count, int(differing), sums == checkpoint.sums)


def _checkpoint(registry_path: Path, portfolio_id: str) -> Checkpoint:
    registry = SqliteRegistry(registry_path, read_only=True)
    try:
        lineage = registry.serving_lineage(portfolio_id)
        checkpoint = registry.latest(lineage.lineage_id) if lineage else None
    finally:
        registry.close()
    if checkpoint is None:
        raise NotFound("model of portfolio", portfolio_id)
    return checkpoint
