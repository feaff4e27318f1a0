"""Laws of contributions."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.contributions import BASELINE, CAMPAIGN, MATCH, contributions
from banditsvc.core.decision import LearnedState
from banditsvc.core.features import Encoder
from banditsvc.core.scoring import Scorer
from tests.core.cases import random_campaign, random_context, random_model


@settings(derandomize=True, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([(0.0, 1.0), (-3.0, 250.0), (-1e9, 1e12)]))
def test_contributions_add_up_to_the_score(seed: int, bounds: tuple[float, float]) -> None:
    """The contributions of a campaign, added in their order, are its score within 1e-9 of the greatest of them."""
    rng = random.Random(seed)
    least, greatest = bounds
    model = random_model(seed, least=least, greatest=greatest)
    model = replace(model, learned=LearnedState(7, rng.uniform(least, greatest), 1.0))
    encoder = Encoder(model.learner.encoder)
    context = random_context(rng)
    campaigns = [encoder.campaign(random_campaign(rng, f"c{i}")) for i in range(3)]

    [scores] = Scorer(model, encoder).predict([encoder.context(context, "email", "top")], campaigns).rewards
    explained = contributions(model, encoder.context_names(context, "email", "top"), campaigns)

    for score, parts in zip(scores, explained, strict=True):
        largest = max(abs(part.reward) for part in parts)
        assert pytest.approx(score, abs=1e-9 * largest, rel=0) == sum(part.reward for part in parts)
        assert (CAMPAIGN, BASELINE) == (parts[0].feature, parts[-1].feature)


def test_contributions_are_in_the_order_of_the_scorer() -> None:
    """Between campaign and baseline stand the context's features in the order in which they are encoded."""
    model = random_model(3)
    encoder = Encoder(model.learner.encoder)
    context = random_context(random.Random(3))

    [parts] = contributions(model, encoder.context_names(context), [encoder.campaign(Campaign(campaign_id="a"))])

    assert encoder.context(context).values == [part.value for part in parts[1:-1]]


def test_a_match_stands_behind_its_favourite() -> None:
    """A campaign whose category is a favourite has a match with the favourite's weight; any other has none."""
    model = random_model(5)
    encoder = Encoder(model.learner.encoder)
    names = encoder.context_names(CustomerContext(favourites={"shoes": 0.5, "bags": 2.0}))
    asked = [Campaign(campaign_id="a", category="shoes"), Campaign(campaign_id="b", category="hats")]

    matching, other = contributions(model, names, [encoder.campaign(campaign) for campaign in asked])

    features = [part.feature for part in matching]
    assert "favourites=shoes" == features[features.index(MATCH) - 1]
    assert [0.5] == [part.value for part in matching if part.feature == MATCH]
    assert MATCH not in [part.feature for part in other]


def test_nothing_has_no_contributions() -> None:
    """Where there is no campaign there is nothing to explain."""
    assert [] == contributions(random_model(1), [("r=1", 1.0)], [])
