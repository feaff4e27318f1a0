"""Random audiences whose customers come with pairs: campaigns of the catalogue with features of their own."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.pair_columns import PairColumns
from banditsvc.core.campaign import Campaign, Treatment
from banditsvc.core.context import FeatureValue
from banditsvc.core.context_columns import Coded, FeatureColumn
from banditsvc.core.funnel import CompiledFunnel
from banditsvc.core.text_lists import TextLists, text_lists
from tests.audience.audience_worlds import Audience

_OF_CATALOGUE: dict[str, tuple[FeatureValue, ...]] = {
    "score": (0.5, 0.0, "high"),
    "because": ("viewed", 3.0),
    "like": (("bag",), ("bag", "hat"), ()),
    "theme": ("shoes",),
    "margin": (0.25, -1.0),
}


def with_pairs(audience: Audience, seed: int) -> Audience:
    """Returns an audience in which each customer has some campaigns, each described with what is known of the two."""
    numbers, random = np.random.default_rng(seed), Random(seed)
    active = audience.active
    catalogue = {name: _described(campaign, random) for name, campaign in active.catalogue.items()}
    funnel = CompiledFunnel(active.organization, active.portfolio, catalogue)
    ids = tuple(random.sample(sorted(catalogue), random.randint(1, len(catalogue))))
    named = numbers.random((len(audience.rows), len(ids))) < 0.7
    named[np.arange(len(named)), numbers.integers(0, len(ids), len(named))] = True
    counts = np.count_nonzero(named, axis=1)
    # Rows are in any order, and there are pairs of others before, between and after theirs.
    order = numbers.permutation(len(counts))
    starts = np.empty(len(counts), dtype=np.intp)
    starts[order] = 2 + np.cumsum(counts[order] + 1) - counts[order]
    count = 3 + int((counts + 1).sum())
    pairs = PairColumns(
        campaigns=tuple([catalogue[one] for one in ids]), starts=starts, features=_features(count, numbers, random)
    )
    rows: AudienceRows = replace(audience.rows, candidate_ids=ids, candidates=named, pairs=pairs)
    return replace(audience, active=replace(active, catalogue=catalogue, funnel=funnel), rows=rows)


def _described(campaign: Campaign, random: Random) -> Campaign:
    treatments = tuple([_treated(one, random) for one in campaign.treatments])
    return replace(
        campaign,
        features={**campaign.features, **_some(random, 0.4)},
        treatments=treatments,
        learned_as=random.choice(("", "", "before")),
    )


def _treated(treatment: Treatment, random: Random) -> Treatment:
    return replace(treatment, features={**treatment.features, **_some(random, 0.2)})


def _some(random: Random, share: float) -> dict[str, FeatureValue]:
    return {name: random.choice(values) for name, values in _OF_CATALOGUE.items() if random.random() < share}


def _features(count: int, numbers: np.random.Generator, random: Random) -> dict[str, FeatureColumn]:
    def given(values: list[float]) -> NDArray[np.float64]:
        return numbers.choice(np.array(values), count)

    columns: dict[str, FeatureColumn] = {
        "score": given([np.nan, 0.0, -0.0, 0.25, 1.0, *numbers.normal(size=9)]),
        "because": Coded(numbers.integers(-1, 3, count), ("bought", "viewed", "viewed ")),
        "like": _lists(count, numbers),
        "new": numbers.integers(-1, 2, count).astype(np.int8),
        "sure": numbers.random(count) < 0.5,
        # The texts of these stand in for those of treatments, and of the campaign's own.
        "tone": Coded(numbers.integers(-1, 2, count), ("formal", "warm")),
        "kind": Coded(numbers.integers(-1, 1, count), ("mine",)),
        # Features whose names have one hash.
        "5": given([np.nan, 0.5, -2.0]),
        "05": given([0.75, -3.0]),
    }
    return {name: column for name, column in columns.items() if random.random() < 0.6}


def _lists(count: int, numbers: np.random.Generator) -> TextLists:
    counts = numbers.integers(-1, 4, count)
    members = numbers.integers(0, 3, int(np.maximum(counts, 0).sum()))
    return text_lists(counts, members, ("hat", "bag", "sock"))
