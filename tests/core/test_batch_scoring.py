"""Scoring of encoded batches, by one model and by several: the same bits as one context at a time."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from banditsvc.core import live_scoring
from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.decision import LearnedState
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.features import Encoder
from banditsvc.core.live_scoring import LiveModel, LiveScorer
from banditsvc.core.model import Model
from banditsvc.core.scoring import Scorer
from tests.core.cases import learner_spec, random_campaign, random_model
from tests.core.context_columns_cases import random_columns

laws = settings(max_examples=40, deadline=None, derandomize=True)
ENCODER = Encoder(learner_spec().encoder)
COLUMNS = ColumnEncoder(ENCODER)
LEARNER = learner_spec(-0.5, 2.0)


def _batch(seed: int, rows: int) -> EncodedBatch:
    return COLUMNS.encode(random_columns(np.random.default_rng(seed), rows), "email")


def _campaigns(seed: int, k: int) -> list[EncodedCampaign]:
    rng = random.Random(seed)
    return [ENCODER.campaign(random_campaign(rng, f"c{place}")) for place in range(k)]


def _model(seed: int, learned: LearnedState) -> Model:
    return Model(
        portfolio_id="shop",
        model_version=str(seed),
        learner_version=1,
        learner=LEARNER,
        learned=learned,
        weights=random_model(seed).weights,
    )


def _live(model: Model, width: int) -> LiveModel:
    """Returns a model as Vowpal Wabbit has it: each weight beside what belongs to it."""
    beside = np.full((len(model.weights), width), np.nan, dtype=np.float32)
    beside[:, 0] = model.weights
    return LiveModel(beside, model.learned)


@laws
@given(seed=st.integers(0, 10**9), rows=st.integers(0, 40), k=st.integers(0, 12))
def test_a_batch_is_scored_as_its_contexts(seed: int, rows: int, k: int) -> None:
    """An encoded batch, whole and in parts, has the scores of its contexts, bit for bit."""
    scorer = Scorer(_model(seed % 7, LearnedState(3, 0.25, 0.5)))
    batch, campaigns = _batch(seed, rows), _campaigns(seed, k)
    expected = scorer.predict(batch.contexts(), campaigns).rewards
    assert expected.tobytes() == scorer.predict(batch, campaigns).rewards.tobytes()
    cut = seed % (rows + 1)
    parts = [scorer.predict(batch.part(part), campaigns).rewards for part in (slice(0, cut), slice(cut, rows))]
    assert expected.tobytes() == np.concatenate(parts).tobytes()


@laws
@given(seed=st.integers(0, 10**9), rows=st.integers(1, 300), models=st.integers(1, 6), k=st.integers(1, 12))
def test_live_models_score_as_their_snapshots(seed: int, rows: int, models: int, k: int) -> None:
    """Rows of several models have the scores of a scorer of each model, bit for bit, few rows to a model or many."""
    rng = np.random.default_rng(seed)
    made = [_model(place, LearnedState(place, 0.1 * place, 0.3)) for place in range(models)]
    of_row = np.sort(rng.integers(0, models, rows))
    batch, campaigns = _batch(seed, rows), _campaigns(seed, k)
    contexts = batch.contexts()
    scorers = [Scorer(model) for model in made]
    expected = np.concatenate(
        [scorers[one].predict([contexts[row]], campaigns).rewards for row, one in enumerate(of_row.tolist())]
    )
    width = 1 + seed % 4
    live = LiveScorer(LEARNER.reward).score(batch, campaigns, [_live(model, width) for model in made], of_row)
    assert expected.tobytes() == live.tobytes()


@laws
@given(seed=st.integers(0, 10**9), rows=st.integers(1, 60), models=st.integers(1, 4), k=st.integers(1, 6))
def test_live_models_are_as_sure_as_their_snapshots(seed: int, rows: int, models: int, k: int) -> None:
    """Deviations of several models are those of a scorer of each, bit for bit, in a batch and row by row."""
    rng = np.random.default_rng(seed)
    made = [replace(_model(place, LearnedState(1, 0.1, 0.3)), variances=_variances(place)) for place in range(models)]
    of_row = np.sort(rng.integers(0, models, rows))
    batch, campaigns = _batch(seed, rows), _campaigns(seed, k)
    contexts, scorers = batch.contexts(), [Scorer(model) for model in made]
    each = [scorers[one].predict([contexts[row]], campaigns).deviations for row, one in enumerate(of_row.tolist())]
    expected = np.concatenate([one for one in each if one is not None])
    live = [LiveModel(model.weights[:, None], model.learned, _column(model.variances)) for model in made]
    found = LiveScorer(LEARNER.reward).deviations(batch, campaigns, live, of_row)
    assert found is not None
    assert expected.tobytes() == found.tobytes()
    whole = scorers[0].predict(batch, campaigns).deviations
    assert whole is not None
    assert whole.tobytes() == np.concatenate([_deviations(scorers[0], one, campaigns) for one in contexts]).tobytes()


def _variances(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random(len(random_model(seed).weights)).astype(np.float32)


def _column(variances: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
    return None if variances is None else variances[:, None]


def _deviations(scorer: Scorer, context: EncodedContext, campaigns: list[EncodedCampaign]) -> NDArray[np.float64]:
    found = scorer.predict([context], campaigns).deviations
    assert found is not None
    return found


def test_gathering_in_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few weights are gathered at a time, the scores are the same."""
    made = [_model(place, LearnedState()) for place in range(4)]
    batch, campaigns = _batch(3, 90), _campaigns(3, 5)
    for of_row in (np.repeat(np.arange(4), [1, 80, 5, 4]), np.repeat(np.arange(4), [90, 0, 0, 0])):
        live = [_live(model, 4) for model in made]
        expected = LiveScorer(LEARNER.reward).score(batch, campaigns, live, of_row)
        monkeypatch.setattr(live_scoring, "_MOST_WEIGHTS", 1)
        assert expected.tobytes() == LiveScorer(LEARNER.reward).score(batch, campaigns, live, of_row).tobytes()
        monkeypatch.undo()


def test_a_live_scorer_follows_the_weights() -> None:
    """What is learned between two calls shows in the second."""
    model = _live(_model(1, LearnedState()), 4)
    batch, campaigns = _batch(4, 3), _campaigns(4, 2)
    scorer, of_row = LiveScorer(LEARNER.reward), np.zeros(3, dtype=np.intp)
    before = scorer.score(batch, campaigns, [model], of_row)
    model.weights[:, 0] *= 2.0
    assert (before != scorer.score(batch, campaigns, [model], of_row)).all()
