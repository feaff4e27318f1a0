"""Deviations of predicted rewards: a plain sum of variances, the same however the work is cut."""

from __future__ import annotations

import dataclasses
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.feature_hash import CONSTANT_HASH, QUADRATIC_PRIME
from banditsvc.core.levers import weighted_deviations, weighted_rewards
from banditsvc.core.model import Model
from banditsvc.core.scoring import Scorer
from tests.core.cases import random_campaign, random_context, random_model
from tests.oracle.vw_features import vw_features

laws = settings(max_examples=40, deadline=None, derandomize=True)


def sure_model(seed: int, greatest: float = 1.0) -> Model:
    """Returns a model with random variances, some of them below 0."""
    rng = np.random.default_rng(seed)
    model = random_model(seed, greatest=greatest)
    return dataclasses.replace(model, variances=(rng.random(len(model.weights)) - 0.1).astype(np.float32))


def encoded(scorer: Scorer, seed: int, rows: int, k: int) -> tuple[list[EncodedContext], list[EncodedCampaign]]:
    """Returns random contexts and campaigns."""
    rng = random.Random(seed)
    contexts = [scorer.encoder.context(random_context(rng)) for _ in range(rows)]
    return contexts, [scorer.encoder.campaign(random_campaign(rng, f"c{rng.random()}")) for _ in range(k)]


@pytest.mark.parametrize("greatest", [1.0, 50.0])
def test_a_deviation_is_the_root_of_the_summed_variances(greatest: float) -> None:
    """It is the span of the reward times the root of the sum of variance x value over all features, or 0."""
    scorer = Scorer(sure_model(1, greatest))
    variances = scorer.model.variances
    assert variances is not None
    contexts, campaigns = encoded(scorer, 1, 20, 6)
    found = scorer.predict(contexts, campaigns).deviations
    assert found is not None
    mask = len(variances) - 1
    for context, row in zip(contexts, found.tolist(), strict=True):
        for campaign, deviation in zip(campaigns, row, strict=True):
            features = vw_features(context, campaign)
            terms = [(CONSTANT_HASH, 1.0), *features.context, *features.campaign, *features.match]
            terms += [
                ((c * QUADRATIC_PRIME % 2**64) ^ a, x * y) for c, x in features.context for a, y in features.campaign
            ]
            summed = sum(float(variances[h & mask]) * x for h, x in terms)
            assert greatest * math.sqrt(max(summed, 0.0)) == pytest.approx(deviation, abs=1e-5 * greatest)


@laws
@given(seed=st.integers(0, 10**6), rows=st.integers(1, 60), k=st.integers(1, 12), data=st.data())
def test_deviations_do_not_depend_on_what_else_is_asked(seed: int, rows: int, k: int, data: st.DataObject) -> None:
    """One row, a batch, any part of it, other campaigns beside it and a successor agree bit for bit."""
    scorer = Scorer(sure_model(seed % 5))
    contexts, campaigns = encoded(scorer, seed, rows, k)
    whole = scorer.predict(contexts, campaigns).deviations
    assert whole is not None
    some = data.draw(st.lists(st.integers(0, rows - 1), min_size=1, max_size=5))
    columns = data.draw(st.lists(st.integers(0, k - 1), min_size=1, max_size=5))
    part = scorer.predict([contexts[i] for i in some], [campaigns[j] for j in columns]).deviations
    assert part is not None
    assert whole[np.ix_(some, columns)].tobytes() == part.tobytes()
    after = scorer.successor(sure_model(seed % 5)).predict(contexts, campaigns).deviations
    assert after is not None
    assert whole.tobytes() == after.tobytes()


def test_a_model_without_variances_has_no_deviations() -> None:
    """Where the learner does not say how sure it is there is nothing, before and after one that does."""
    plain, sure = Scorer(random_model(1)), Scorer(sure_model(1))
    contexts, campaigns = encoded(plain, 2, 3, 2)
    assert plain.predict(contexts, campaigns).deviations is None
    assert sure.successor(random_model(1)).predict(contexts, campaigns).deviations is None
    assert plain.successor(sure_model(1)).predict(contexts, campaigns).deviations is not None


def test_levers_weigh_deviations_as_rewards() -> None:
    """A deviation is multiplied where its reward is at least 0, divided where it is below, so a ratio stays one."""
    predicted, levers = np.array([[0.5, -0.5, 0.0]]), np.array([[2.0, 2.0, 0.5]])
    deviation = np.array([[0.1, 0.1, 0.1]])
    weighted = weighted_deviations(deviation, predicted, levers)
    assert weighted is not None
    assert [[0.2, 0.05, 0.05]] == weighted.tolist()
    assert [[1.0, -0.25, 0.0]] == weighted_rewards(predicted, levers).tolist()
    assert weighted_deviations(None, predicted, levers) is None
    assert weighted_deviations(deviation, predicted, None) is deviation
