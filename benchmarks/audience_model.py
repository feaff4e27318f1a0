"""A model for the portfolios of benchmarks/audience.py, as a learner would have published it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from banditsvc.core.decision import LearnedState
from banditsvc.core.model import Model
from banditsvc.core.portfolio import LearnerKind
from banditsvc.ports import Checkpoint, RunningSums
from banditsvc.serving.active_as_of import settings_as_of
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.store.sqlite_registry import SqliteRegistry
from banditsvc.store.stored_weights import weights_sha256

MODEL_VERSION = "1.20000"
_LEARNED = LearnedState(20_000, 0.03, 0.17)


def publish_model(data: Path, portfolio_id: str) -> None:
    """Publishes a model of 20,000 decisions that tells campaigns and customers apart; no server may be running."""
    with closing(SqliteLog(data / "log.db", read_only=True)) as log:
        state = settings_as_of(log, log.watermark().position).state(portfolio_id)
    portfolio = state.portfolio.value
    train, rng = portfolio.learner.train, np.random.default_rng(1)
    size = 1 << train.bits
    knows_deviations = train.learner is LearnerKind.POSTERIOR
    model = Model(
        portfolio_id=portfolio_id,
        model_version=MODEL_VERSION,
        learner_version=portfolio.learner_version,
        learner=portfolio.learner,
        learned=_LEARNED,
        weights=rng.normal(0.0, 0.005, size).astype(np.float32),
        variances=rng.exponential(1e-6, size).astype(np.float32) if knows_deviations else None,
    )
    with closing(SqliteRegistry(data / "learner.db")) as registry:
        lineage = registry.start_lineage(portfolio_id, 1, model.learner_version, model.learner)
        registry.save(
            Checkpoint(
                lineage=lineage,
                model_version=model.model_version,
                position=0,
                settled_through_us=0,
                sums=RunningSums(learned_count=_LEARNED.learned_count),
                learner_state=b"",
                model=model,
                weights_sha256=weights_sha256(model.weights, model.variances),
            )
        )
