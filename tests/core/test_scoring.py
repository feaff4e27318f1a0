"""Scoring: equal to stock Vowpal Wabbit, and to itself however the work is cut."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from banditsvc.core import compiled, compiled_sums
from banditsvc.core.campaign import Campaign
from banditsvc.core.cells import CellMaker
from banditsvc.core.context import CustomerContext
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.feature_hash import CONSTANT_HASH, QUADRATIC_PRIME
from banditsvc.core.features import MATCH_HASH, Encoder
from banditsvc.core.model import untrained_model
from banditsvc.core.scoring import Scorer
from tests.core.cases import learner_spec, random_campaign, random_context, random_model
from tests.oracle import stock_vw
from tests.oracle.vw_features import vw_features

laws = settings(max_examples=40, deadline=None, derandomize=True)


def encoded(
    scorer: Scorer, rng: random.Random, rows: int, k: int
) -> tuple[list[EncodedContext], list[EncodedCampaign]]:
    encoder = scorer.encoder
    contexts = [encoder.context(random_context(rng), rng.choice(["", "email"])) for _ in range(rows)]
    return contexts, [encoder.campaign(random_campaign(rng, f"c{rng.random()}")) for _ in range(k)]


def magnitude(weights: NDArray[np.float32], context: EncodedContext, campaign: EncodedCampaign) -> float:
    """Returns sum |w x| over all features of a pair: the scale of its rounding errors."""
    mask = len(weights) - 1
    features = vw_features(context, campaign)
    terms = [(CONSTANT_HASH, 1.0), *features.context, *features.campaign, *features.match]
    terms += [((c * QUADRATIC_PRIME % 2**64) ^ a, x * y) for c, x in features.context for a, y in features.campaign]
    return sum(abs(float(weights[h & mask]) * x) for h, x in terms)


@pytest.mark.parametrize("bits", [10, 14, 18])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_scores_are_stock_vowpal_wabbits(bits: int, seed: int) -> None:
    """Minus the prediction of a trained model is the scaled score, within 1e-5 x max(1, sum |w x|)."""
    rng = random.Random(seed)
    learner = learner_spec()
    scorer = Scorer(random_model(seed))
    contexts, campaigns = encoded(scorer, rng, 300, 6)
    vw = stock_vw.workspace("--cb_adf", "--cb_type", "mtr", bits=bits)
    for context in contexts:
        chosen = rng.randrange(6)
        vw.learn_one(stock_vw.examples(context, campaigns, chosen, -float(rng.random() < 0.3), rng.uniform(0.1, 1.0)))
    weights = stock_vw.weights(vw)
    fresh, more = encoded(scorer, rng, 20, 4)
    campaigns += more
    scores = Scorer(stock_vw.model(weights, learner)).predict(contexts[:20] + fresh, campaigns).rewards
    assert np.ptp(scores) > 0.1
    for context, row in zip(contexts[:20] + fresh, scores, strict=True):
        expected = stock_vw.predictions(vw, context, campaigns)
        for campaign, cost, score in zip(campaigns, expected, row, strict=True):
            assert abs(-cost - score) <= 1e-5 * max(1.0, magnitude(weights, context, campaign))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_scores_of_random_weights_are_stock_vowpal_wabbits(scale: float) -> None:
    """Any weights do, not only those that training reaches: match, number and crossed features all count alike."""
    rng = random.Random(7)
    model = random_model(5)
    weights = model.weights * np.float32(scale)
    vw = stock_vw.workspace("--cb_adf", bits=14)
    vw.weights()[:, 0, 0] = weights
    scorer = Scorer(stock_vw.model(weights, model.learner))
    contexts, campaigns = encoded(scorer, rng, 30, 8)
    assert any(vw_features(context, campaign).match for context in contexts for campaign in campaigns)
    for context, row in zip(contexts, scorer.predict(contexts, campaigns).rewards, strict=True):
        expected = stock_vw.predictions(vw, context, campaigns)
        for campaign, cost, score in zip(campaigns, expected, row, strict=True):
            assert abs(-cost - score) <= 1e-5 * max(1.0, magnitude(weights, context, campaign))


@laws
@given(seed=st.integers(0, 10**9), rows=st.integers(1, 40), k=st.integers(1, 12), cuts=st.sets(st.integers(1, 39)))
def test_any_split_of_a_batch_scores_alike(seed: int, rows: int, k: int, cuts: set[int]) -> None:
    """One row, a batch and any split of it agree bit for bit, whatever is compiled already."""
    rng = random.Random(seed)
    model = random_model(seed % 7, least=-0.5, greatest=2.0)
    scorer = Scorer(model)
    contexts, campaigns = encoded(scorer, rng, rows, k)
    whole = scorer.predict(contexts, campaigns).rewards
    bounds = [0, *sorted(cut for cut in cuts if cut < rows), rows]
    for again in (scorer, Scorer(model)):
        parts = [again.predict(contexts[a:b], campaigns).rewards for a, b in pairwise(bounds)]
        singles = [again.predict([context], campaigns).rewards for context in contexts]
        assert whole.tobytes() == np.concatenate(parts).tobytes()
        assert whole.tobytes() == np.concatenate(singles).tobytes()


def test_large_batches_score_alike() -> None:
    """A batch that is worked through in parts and blocks agrees with its contexts one by one, bit for bit."""
    scorer = Scorer(random_model(9))
    contexts, campaigns = encoded(scorer, random.Random(9), 50, 70)
    singles = np.concatenate([scorer.predict([context], campaigns).rewards for context in contexts])
    places = np.random.default_rng(9).integers(0, 50, 2_500)
    batch = scorer.predict([contexts[i] for i in places], campaigns).rewards
    assert singles[places].tobytes() == batch.tobytes()


@laws
@given(seed=st.integers(0, 10**9), rows=st.integers(1, 9), data=st.data())
def test_a_score_does_not_depend_on_the_other_campaigns(seed: int, rows: int, data: st.DataObject) -> None:
    """Any subset of the campaigns in any order, down to a single one, is scored as among all, bit for bit."""
    rng = random.Random(seed)
    model = random_model(seed % 7)
    scorer = Scorer(model)
    contexts, campaigns = encoded(scorer, rng, rows, 9)
    whole = scorer.predict(contexts, campaigns).rewards
    subset = data.draw(st.lists(st.integers(0, 8), min_size=1, max_size=9, unique=True))
    for again in (scorer, Scorer(model)):
        part = again.predict(contexts, [campaigns[k] for k in subset]).rewards
        assert np.ascontiguousarray(whole[:, subset]).tobytes() == part.tobytes()
        single = again.predict(contexts[:1], [campaigns[subset[0]]]).rewards
        assert whole[:1, subset[0]].tobytes() == single.tobytes()


def test_a_score_is_the_plain_sum_from_left_to_right() -> None:
    """A score is, bit for bit, a loop over the constant and then the features in canonical order, and the baseline."""
    scorer = Scorer(random_model(3, least=-1.0, greatest=3.0))
    contexts, campaigns = encoded(scorer, random.Random(3), 12, 5)
    maker = CellMaker(scorer.model.weights)
    expected = np.empty((12, 5))
    for i, context in enumerate(contexts):
        for k, campaign in enumerate(campaigns):
            hashes = np.array([1 << 33, *context.hashes], dtype=np.uint64)
            total = 0.0
            for value, cell in zip([1.0, *context.values], maker.cells(hashes, [campaign])[:, 0], strict=True):
                total += value * float(cell)
            expected[i, k] = 0.0 + 4.0 * total
    assert expected.tobytes() == scorer.predict(contexts, campaigns).rewards.tobytes()


def test_scores_are_contiguous_rows_of_campaigns() -> None:
    """The result has a row per context and a column per campaign, C-contiguous, also where one is empty or single."""
    scorer = Scorer(random_model(1))
    contexts, campaigns = encoded(scorer, random.Random(1), 3, 4)
    for rows in (0, 1, 3):
        for k in (0, 1, 4):
            scores = scorer.predict(contexts[:rows], campaigns[:k]).rewards
            assert (rows, k) == scores.shape
            assert scores.flags.c_contiguous


def test_an_untrained_model_predicts_the_default_reward() -> None:
    """Before anything is learned all campaigns tie at the default reward, with no negative zero."""
    learner = learner_spec(least=-0.0, greatest=5.0)
    scorer = Scorer(untrained_model("shop", 1, learner))
    contexts, campaigns = encoded(scorer, random.Random(2), 5, 3)
    assert np.zeros((5, 3)).tobytes() == scorer.predict(contexts, campaigns).rewards.tobytes()
    assert np.zeros((1, 3)).tobytes() == scorer.predict(contexts[:1], campaigns).rewards.tobytes()


def test_starting_afresh_changes_no_score(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scorer that keeps next to nothing compiled gives the same scores, and stays within its bounds."""
    model = random_model(4)
    contexts, campaigns = encoded(Scorer(model), random.Random(4), 60, 12)
    expected = Scorer(model).predict(contexts, campaigns).rewards
    monkeypatch.setattr(compiled_sums, "MAX_ROWS", 20)
    monkeypatch.setattr(compiled_sums, "MAX_COLUMNS", 4)
    monkeypatch.setattr(compiled, "_SETS", 2)
    scorer = Scorer(model)
    rows = [
        np.concatenate([scorer.predict([context], campaigns[k : k + 3]).rewards for k in range(0, 12, 3)], axis=1)
        for context in contexts
    ]
    assert expected.tobytes() == np.concatenate(rows).tobytes()
    assert len(scorer._sums._compiled.row_of) <= 20 + 40


def test_a_successor_has_the_same_compiled_for_the_new_weights() -> None:
    """The successor scores as a new scorer of its model, and needs to make no cell that its predecessor had."""
    scorer = Scorer(random_model(5))
    contexts, campaigns = encoded(scorer, random.Random(5), 50, 6)
    scorer.predict(contexts, campaigns)
    newer = random_model(6)
    successor = scorer.successor(newer)
    before = successor._sums._compiled.cells.copy()
    scores = successor.predict(contexts, campaigns).rewards
    assert np.array_equal(before, successor._sums._compiled.cells, equal_nan=True)
    assert Scorer(newer).predict(contexts, campaigns).rewards.tobytes() == scores.tobytes()


def test_a_successor_may_be_built_while_scoring() -> None:
    """A successor made on another thread, while this one meets new features and campaigns, scores as any other."""
    scorer, newer = Scorer(random_model(5)), random_model(6)
    contexts, campaigns = encoded(scorer, random.Random(5), 300, 60)
    with ThreadPoolExecutor(1) as thread:
        successors = []
        for i, context in enumerate(contexts):
            scorer.predict([context], campaigns[: 1 + i // 5])
            if i % 10 == 0:
                successors.append(thread.submit(scorer.successor, newer))
    expected = Scorer(newer).predict(contexts, campaigns).rewards.tobytes()
    assert all(expected == future.result().predict(contexts, campaigns).rewards.tobytes() for future in successors[::7])
    assert all(future.exception() is None for future in successors)


def test_a_successor_with_another_encoder_starts_empty() -> None:
    """Features of another EncoderSpec mean something else: nothing is taken over, and the new encoder is used."""
    scorer = Scorer(random_model(5))
    scorer.predict(*encoded(scorer, random.Random(5), 5, 6))
    learner = learner_spec()
    other = stock_vw.model(scorer.model.weights, type(learner)(reward=learner.reward))
    assert len(scorer.successor(other)._sums._compiled.row_of) == 1
    assert learner.encoder != scorer.successor(other).encoder.spec


def test_a_match_is_worth_its_weight() -> None:
    """The match adds its weight times the favourite's for campaigns of that category, and nothing for others."""
    weights = np.zeros(1 << 18, dtype=np.float32)
    weights[MATCH_HASH & (len(weights) - 1)] = -0.25
    scorer = Scorer(stock_vw.model(weights, learner_spec()))
    context = scorer.encoder.context(CustomerContext(favourites={"shoes": 2.0, "bags": 0.5}))
    campaigns = [scorer.encoder.campaign(Campaign(campaign_id=c, category=c)) for c in ("shoes", "bags", "hats", "")]
    expected = [[0.5, 0.125, 0.0, 0.0]]
    assert expected == scorer.predict([context], campaigns).rewards.tolist()


def test_the_number_of_weights_is_a_power_of_two() -> None:
    """Weights that no mask fits are refused."""
    with pytest.raises(ValueError, match="not a power of two"):
        CellMaker(np.zeros(1000, dtype=np.float32))


def test_encoders_of_one_spec_agree() -> None:
    """Encodings of another encoder of the same spec are scored the same."""
    scorer = Scorer(random_model(8))
    other = Encoder(scorer.model.learner.encoder)
    context, campaign = random_context(random.Random(8)), random_campaign(random.Random(8), "c")
    mine = scorer.predict([scorer.encoder.context(context)], [scorer.encoder.campaign(campaign)]).rewards
    assert mine.tobytes() == scorer.predict([other.context(context)], [other.campaign(campaign)]).rewards.tobytes()
