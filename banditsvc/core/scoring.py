"""Scoring: predicted rewards, and how sure they are, from a compiled model, for one context or many.

A predicted reward is the baseline (see baseline.py) + (greatest - least) * scaled, where scaled, minus Vowpal Wabbit's
predicted cost, is a compiled sum of the model's weights. Its deviation is (greatest - least) * the root of the like sum
of the model's variances. See compiled_sums.py for the order of adding, by which one row, a batch, any split of it and
any set or order of campaigns agree bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.baseline import reward_baseline
from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.compiled_sums import CompiledSums, deviations_of
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.features import Encoder
from banditsvc.core.model import Model
from banditsvc.core.pair_sums import EncodedPairs, PairSums


class Prediction(NamedTuple):
    """What a model says of some contexts, each array C-contiguous, shape (contexts, campaigns)."""

    rewards: NDArray[np.float64]
    """Predicted rewards in raw units."""
    deviations: NDArray[np.float64] | None
    """Their standard deviations; None where the model does not say how sure it is."""


class Scorer:
    """Scores by one model. One thread at a time calls predict; another may call successor meanwhile."""

    __slots__ = ("_baseline", "_pair_sums", "_span", "_sums", "columns", "encoder", "model")

    def __init__(self, model: Model, encoder: Encoder | None = None) -> None:
        """Takes over an encoder, if given: it must be one of the model's EncoderSpec."""
        reward = model.learner.reward
        self.model = model
        self.encoder = encoder if encoder is not None else Encoder(model.learner.encoder)
        self.columns = ColumnEncoder(self.encoder)
        """Encodes many contexts as encoder does each."""
        layers = [one for one in (model.weights, model.variances) if one is not None]
        self._sums = CompiledSums(*layers)
        self._pair_sums = PairSums(*layers)
        self._baseline = reward_baseline(model.learned, reward) + 0.0
        self._span = float(reward.greatest) - float(reward.least)

    def predict(
        self, contexts: Sequence[EncodedContext] | EncodedBatch, campaigns: Sequence[EncodedCampaign]
    ) -> Prediction:
        """Returns what the model says of contexts."""
        if isinstance(contexts, EncodedBatch):
            return self._in_raw_units(*self._sums.of_batch(contexts, campaigns))
        return self._in_raw_units(*self._sums.of(contexts, campaigns))

    def predict_pairs(self, contexts: EncodedBatch, pairs: EncodedPairs) -> Prediction:
        """Returns the same of pairs of context and campaign, each array of shape (pairs,)."""
        return self._in_raw_units(*self._pair_sums.of(contexts, pairs))

    def _in_raw_units(self, scaled: NDArray[np.float64], variances: NDArray[np.float64] | None = None) -> Prediction:
        # Adding the baseline makes a zero positive, whichever way it came about.
        if self._span != 1.0:
            scaled *= self._span
        scaled += self._baseline
        return Prediction(scaled, None if variances is None else deviations_of(variances, self._span))

    def known_rows(self) -> list[int]:
        """Returns the hashes of the context features met so far."""
        return self._sums.known_rows()

    def successor(self, model: Model) -> Scorer:
        """Returns the scorer of a newer model, with all compiled that this one has; safe on another thread."""
        if model.learner.encoder != self.model.learner.encoder:
            return Scorer(model)
        successor = Scorer(model, self.encoder)
        successor._sums.make_like(self._sums)
        return successor
