"""Rows of the SQLite registry, and the values that they stand for."""

from __future__ import annotations

import hashlib
from typing import Any

from banditsvc.core.model import Model
from banditsvc.ports import Checkpoint, Lineage, ModelSummary
from banditsvc.store.codec import LEARNED_STATES, RUNNING_SUMS
from banditsvc.store.errors import StoreDamaged
from banditsvc.store.stored_weights import unpack_model, weights_sha256


def checkpoint_row(checkpoint: Checkpoint) -> tuple[Any, ...]:
    """Returns the row of the table checkpoints."""
    return (
        checkpoint.lineage.lineage_id,
        checkpoint.position,
        checkpoint.lineage.portfolio_id,
        checkpoint.model_version,
        checkpoint.settled_through_us,
        RUNNING_SUMS.encode(checkpoint.sums),
        checkpoint.learner_state,
        hashlib.sha256(checkpoint.learner_state).hexdigest(),
    )


def model_row(checkpoint: Checkpoint, stored_weights: bytes) -> tuple[Any, ...]:
    """Returns the row of the table models, all columns but serve_order."""
    model = checkpoint.model
    return (
        checkpoint.lineage.portfolio_id,
        checkpoint.model_version,
        checkpoint.lineage.lineage_id,
        model.log_position,
        RUNNING_SUMS.encode(checkpoint.sums),
        LEARNED_STATES.encode(model.learned),
        model.publish_time_us,
        int((model.weights != 0).sum()),
        checkpoint.weights_sha256,
        stored_weights,
    )


def intact_checkpoint(lineage: Lineage, row: tuple[Any, ...]) -> Checkpoint | None:
    """Returns the checkpoint of a row of CHECKPOINTS, or None where a SHA-256 does not match."""
    position, version, settled_through_us, sums, state, state_sha256, sha256, *model_columns = row
    if hashlib.sha256(state).hexdigest() != state_sha256:
        return None
    model = intact_model(lineage, version, (*model_columns, sha256))
    if model is None:
        return None
    return Checkpoint(
        lineage=lineage,
        model_version=version,
        position=position,
        settled_through_us=settled_through_us,
        sums=RUNNING_SUMS.decode(sums),
        learner_state=state,
        model=model,
        weights_sha256=sha256,
    )


def intact_model(lineage: Lineage, model_version: str, columns: tuple[Any, ...]) -> Model | None:
    """Returns the model of the columns of MODEL, or None where its weights are not kept or are damaged."""
    log_position, learned, publish_time_us, stored_weights, sha256 = columns
    if stored_weights is None:
        return None
    try:
        weights, variances = unpack_model(stored_weights)
    except StoreDamaged:
        return None
    if weights_sha256(weights, variances) != sha256:
        return None
    return Model(
        portfolio_id=lineage.portfolio_id,
        model_version=model_version,
        learner_version=lineage.learner_version,
        learner=lineage.learner,
        learned=LEARNED_STATES.decode(learned),
        weights=weights,
        log_position=log_position,
        publish_time_us=publish_time_us,
        variances=variances,
    )


def model_summary(row: tuple[Any, ...]) -> ModelSummary:
    """Returns the summary of a row of SERVED_MODELS."""
    portfolio_id, version, lineage_id, learner_version, position, sums, learned, publish_time_us, *weights = row
    sha256, nonzero, has_weights = weights
    state = LEARNED_STATES.decode(learned)
    return ModelSummary(
        portfolio_id=portfolio_id,
        model_version=version,
        lineage_id=lineage_id,
        learner_version=learner_version,
        position=position,
        sums=RUNNING_SUMS.decode(sums),
        reward_mean=state.reward_mean,
        reward_deviation=state.reward_deviation,
        publish_time_us=publish_time_us,
        weights_sha256=sha256,
        nonzero_weights=nonzero,
        has_weights=bool(has_weights),
    )
