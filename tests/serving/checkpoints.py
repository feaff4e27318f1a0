"""Publishing a model as the learner does, for the tests of serving."""

from __future__ import annotations

import dataclasses

from banditsvc.core.model import Model
from banditsvc.ports import Checkpoint, ModelRegistry, RunningSums
from banditsvc.store.stored_weights import weights_sha256


def save_model(registry: ModelRegistry, model: Model, sums: RunningSums) -> None:
    """Publishes a model in the portfolio's lineage, which is started when there is none."""
    lineage = registry.serving_lineage(model.portfolio_id)
    if lineage is None:
        lineage = registry.start_lineage(model.portfolio_id, 1, model.learner_version, model.learner)
    registry.save(
        Checkpoint(
            lineage=lineage,
            model_version=model.model_version,
            position=sums.learned_count,
            settled_through_us=sums.learned_count,
            sums=sums,
            learner_state=b"",
            model=dataclasses.replace(model),
            weights_sha256=weights_sha256(model.weights, model.variances),
        )
    )
