"""Answering: from requests to predicted rewards and selection probabilities, by one policy and one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import RankInput
from banditsvc.core.encode_together import encode_together
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.exploration_limits import ceilings_of
from banditsvc.core.levers import weighted_deviations, weighted_rewards
from banditsvc.core.policy import Policy, is_pmf, selection_probabilities
from banditsvc.core.rule import FeatureType
from banditsvc.core.scoring import Prediction, Scorer
from banditsvc.serving.entry_rows import EntryRows
from banditsvc.serving.to_decide import ToDecide

MOST_ALONE = 256
"""Contexts of one pass that are each encoded by itself: the more their values differ, the more of them columns take to pay."""
_MOST_SHARED_COLUMNS = 8
"""Campaigns scored for one request because others of its group need them, as a multiple of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a policy and a model say of some requests."""

    predicted: NDArray[np.float64]
    weighted: NDArray[np.float64]
    """The predicted rewards weighted by the levers, less the prices; the same array where there are neither."""
    deviations: NDArray[np.float64] | None
    """How sure the model is of the predicted rewards; None where it does not say."""
    probabilities: NDArray[np.float64]
    is_sound: NDArray[np.bool_]
    """Whether each row is finite and its probabilities are some."""


def answer(
    policy: Policy,
    scorer: Scorer,
    schema: Mapping[str, FeatureType],
    rows: EntryRows,
    encoded: Sequence[Sequence[EncodedCampaign]],
) -> Answers:
    """Returns the answers to the requests of some rows, each as if it were alone, bit for bit.

    Args:
        policy: How to explore.
        scorer: What to score by.
        schema: Types of the further features that rules of the policy may name.
        rows: The requests.
        encoded: Features of the entries of each request, made by the scorer's encoder; the same object where requests
            share a set.

    Raises:
        RuleFault: A rule of the policy does not fit the schema.
    """
    predicted, deviations = predict(scorer, rows.requests, encoded)
    weighted = weighted_rewards(predicted, rows.levers, rows.prices)
    deviation = weighted_deviations(deviations, predicted, rows.levers)
    ceilings = None
    if policy.limits:
        sets = [request.prepared.ids for request in rows.requests]
        ceilings = ceilings_of(policy, [request.input.context for request in rows.requests], sets)
    ranks = rows.ranks_for(policy.exploration, schema)
    learned = scorer.model.learned
    pmf = selection_probabilities(
        policy, weighted, ranks, rows.equal_parts, learned, ceilings=ceilings, deviation=deviation
    )
    return Answers(predicted, weighted, deviations, pmf, _sound_rows(predicted, pmf))


def _sound_rows(predicted: NDArray[np.float64], probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    is_sound, is_finite = is_pmf(probabilities), np.isfinite(predicted)
    # Of all at once first: it is nearly always so, and one row at a time takes longer.
    return is_sound if np.logical_and.reduce(is_finite, axis=None) else is_sound & is_finite.all(axis=1)


def predict(scorer: Scorer, requests: Sequence[ToDecide], encoded: Sequence[Sequence[EncodedCampaign]]) -> Prediction:
    """Returns predicted rewards and deviations of shape (requests, K); each request has its own K entries. See answer."""
    contexts = _encoded([request.input for request in requests], scorer)
    first = encoded[0]
    if len(encoded) == 1 or all(one is first for one in encoded):
        return scorer.predict(contexts, first)
    # A score does not depend on what else is scored, so one matrix over all campaigns serves every request.
    sets = {id(one): one for one in encoded}
    place_of = {entry.key: entry for one in sets.values() for entry in one}
    if len(place_of) > _MOST_SHARED_COLUMNS * len(first):
        return _one_by_one(scorer, contexts.contexts() if isinstance(contexts, EncodedBatch) else contexts, encoded)
    columns = {key: column for column, key in enumerate(place_of)}
    columns_of = {name: [columns[entry.key] for entry in one] for name, one in sets.items()}
    wanted = np.array([columns_of[id(one)] for one in encoded])
    every = list(place_of.values())
    rewards, deviations = scorer.predict(contexts, every)
    return Prediction(
        np.take_along_axis(rewards, wanted, axis=1),
        None if deviations is None else np.take_along_axis(deviations, wanted, axis=1),
    )


def _encoded(asked: Sequence[RankInput], scorer: Scorer) -> list[EncodedContext] | EncodedBatch:
    batch, encoder = encode_together(scorer.columns, asked, MOST_ALONE), scorer.encoder
    if batch is not None:
        return batch
    return [encoder.context(one.context, one.channel, one.placement, one.send_time_us) for one in asked]


def _one_by_one(
    scorer: Scorer, contexts: Sequence[EncodedContext], encoded: Sequence[Sequence[EncodedCampaign]]
) -> Prediction:
    alone = [scorer.predict([context], one) for context, one in zip(contexts, encoded, strict=True)]
    deviations = [one.deviations for one in alone if one.deviations is not None]
    return Prediction(
        np.concatenate([one.rewards for one in alone]), np.concatenate(deviations) if deviations else None
    )
