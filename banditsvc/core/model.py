"""Models: trained weights with what is needed to score by them, versioned and immutable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.portfolio import LearnerSpec

UNTRAINED = "untrained"
"""model_version before anything was learned: every predicted reward is the default reward."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A snapshot that servers score by. weights is float32 of length 2**bits, read-only."""

    portfolio_id: str
    model_version: str
    learner_version: int
    learner: LearnerSpec
    learned: LearnedState
    weights: NDArray[np.float32]
    log_position: int = 0
    """Decisions up to here are settled."""
    publish_time_us: int = 0
    variances: NDArray[np.float32] | None = None
    """How sure the model is, as weights are: summed over the same features they are the variance of a predicted reward,
    on the scale of learning. None where the learner does not say."""


def untrained_model(portfolio_id: str, learner_version: int, learner: LearnerSpec) -> Model:
    """Returns the model that a portfolio starts from: all weights zero, so all campaigns tie."""
    weights = np.zeros(1 << learner.train.bits, dtype=np.float32)
    weights.flags.writeable = False
    return Model(
        portfolio_id=portfolio_id,
        model_version=UNTRAINED,
        learner_version=learner_version,
        learner=learner,
        learned=LearnedState(),
        weights=weights,
    )
