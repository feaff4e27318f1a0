"""Pairs of customers and campaigns, many at once: encoded and scored as each alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.campaign import Campaign, Treatment
from banditsvc.core.columns_of_contexts import columns_of_contexts
from banditsvc.core.context import CustomerContext
from banditsvc.core.context_columns import feature_at
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.model import untrained_model
from banditsvc.core.pair_encoder import PairEncoder
from banditsvc.core.pair_sums import EncodedPairs
from banditsvc.core.portfolio import EncoderSpec
from banditsvc.core.scoring import Scorer
from tests.audience.audience_worlds import random_audience
from tests.audience.described_worlds import with_pairs
from tests.core.funnel_worlds import LEARNER

_SEEDS = st.integers(0, 1 << 32)
_PAIRS = 9


class _World:
    """Entries, pairs of rows with them, and each of these as a campaign of its own."""

    def __init__(self, seed: int) -> None:
        audience = with_pairs(random_audience(seed, 3), seed)
        rng = np.random.default_rng(seed)
        known = audience.rows.pairs
        assert known is not None
        self.scorer = audience.active.scorer
        self.entries: list[tuple[Campaign, Treatment | None]] = [
            (one, treatment) for one in known.campaigns for treatment in (one.treatments or (None,))
        ]
        count = int(known.starts.max())
        self.places = rng.integers(0, len(self.entries), _PAIRS)
        self.described = rng.random(_PAIRS) < 0.8
        of_pairs = rng.integers(0, count, _PAIRS)
        self.encoder = PairEncoder(self.scorer.encoder, self.entries, list(known.features))
        self.batch = self.encoder.encode(self.places, self.described, known.features_at(of_pairs))
        self.alone = []
        for entry, is_described, place in zip(self.places, self.described, of_pairs, strict=True):
            campaign, treatment = self.entries[entry]
            values = {name: feature_at(column, place) for name, column in known.features.items()}
            own = {name: value for name, value in values.items() if value is not None} if is_described else {}
            described = replace(campaign, features={**campaign.features, **own})
            self.alone.append(self.scorer.encoder.campaign(described, treatment))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_SEEDS)
def test_a_pair_is_encoded_as_its_campaign_with_its_features(seed: int) -> None:
    """Each pair has the features, in their order, of the campaign that has the pair's features too."""
    world = _World(seed)
    assert [(one.packed_hashes, one.packed_values) for one in world.alone] == [
        (one.packed_hashes, one.packed_values) for one in world.batch.contexts()
    ]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_SEEDS)
def test_a_pair_is_scored_as_alone(seed: int) -> None:
    """Rewards and deviations of pairs are, bit for bit, those of each context with its campaign."""
    world = _World(seed)
    rng = np.random.default_rng(seed)
    size = 1 << LEARNER.train.bits
    model = replace(
        untrained_model("shop", 1, replace(LEARNER, encoder=EncoderSpec(crosses=(("segment", "favourites"),)))),
        weights=rng.normal(0.0, 0.1, size).astype(np.float32),
        variances=rng.exponential(0.01, size).astype(np.float32),
    )
    scorer = Scorer(model)
    known = [
        CustomerContext(favourites={"shoes": 0.5, "hats": 2.0}, segment="new"),
        CustomerContext(),
        CustomerContext(favourites={"hats": 1.0}, segment="old"),
    ]
    contexts = [scorer.encoder.context(one) for one in known]
    rows = rng.integers(0, len(contexts), _PAIRS)
    campaigns: list[EncodedCampaign] = [
        replace(one, match_hash=contexts[0].hashes[place % 3], key=bytes([place]))
        for place, one in enumerate(world.alone)
    ]
    hashes, kinds = np.unique(np.array([one.match_hash for one in campaigns], dtype=np.uint64), return_inverse=True)
    batch = scorer.columns.encode(columns_of_contexts(known))
    found = scorer.predict_pairs(batch, EncodedPairs(rows, world.batch, kinds.reshape(-1), hashes))
    assert found.deviations is not None
    for pair, (row, campaign) in enumerate(zip(rows, campaigns, strict=True)):
        alone = scorer.predict([contexts[row]], [campaign])
        assert alone.deviations is not None
        assert (alone.rewards[0, 0], alone.deviations[0, 0]) == (found.rewards[pair], found.deviations[pair])
