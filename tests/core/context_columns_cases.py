"""Random columns of contexts, for the laws of what works on columns."""

from __future__ import annotations

import numpy as np

from banditsvc.core.context_columns import Coded, ContextColumns, FeatureColumn
from banditsvc.core.portfolio import EncoderSpec
from banditsvc.core.text_lists import TextLists, text_lists
from tests.core.cases import CATEGORIES

SPECS = (
    EncoderSpec(),
    EncoderSpec(
        crosses=(("segment", "favourites"), ("plan", "lifecycle_stage"), ("channel", "recency")),
        number_edges={"age": (30.0, 50.0)},
    ),
    EncoderSpec(
        crosses=(
            ("favourites", "favourites"),
            ("balance", "app"),
            ("tags", "push"),
            ("segment", "segment"),
            ("placement", "visits"),
        ),
        number_edges={"nobody": (1.0,), "segment": (0.0,)},
        recency_edges=(),
        segment_renamed_from={"gold": "silver", "new": "old"},
        category_renamed_from={"shoes": "bags", "hats": "bags", "coats": "12"},
    ),
)
"""Specs with and without crosses, edges of further numbers, and renamed segments and categories."""


WEIGHTS = (0.0, 0.0, 1.0, 0.25, 2.5, -1.0, 1e-200)
"""Weights of favourites, of which some vanish when multiplied."""


def random_columns(rng: np.random.Generator, rows: int, weights: tuple[float, ...] = WEIGHTS) -> ContextColumns:
    """Returns contexts in which anything may be unknown, and any part without a column."""

    def numbers(high: float) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
        drawn = rng.choice([0.0, 1.0, 7.0, high, np.nan], size=rows) * rng.choice([1.0, 0.3], size=rows)
        return None if rng.random() < 0.2 else drawn

    def scores(most: int) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
        return None if rng.random() < 0.2 else rng.integers(0, most + 1, size=rows)

    def coded(*names: str) -> Coded:
        return Coded(rng.integers(-1, len(names), size=rows), names)

    features: dict[str, FeatureColumn] = {
        "plan": coded("a", "True", "c=d*e"),
        "app": rng.random(rows) < 0.5,
        "age": rng.choice([18.0, 30.0, 49.9, 90.0, np.nan], size=rows),
        "balance": rng.choice([0.0, -1e-5, 1e-5, 0.7, -3.0, 1e300, np.inf, np.nan], size=rows),
        "visits": np.floor(rng.exponential(5.0, size=rows)),
        "segment": coded("gold", "7"),
        "nobody": np.full(rows, np.nan),
        "push": rng.integers(-1, 2, size=rows).astype(np.int8),
        "tags": random_lists(rng, rows, ("sale", "a=b", "x")),
        "words": random_lists(rng, rows, tuple(f"word {number}" for number in range(200))),
    }
    chosen = rng.permutation(list(features))[: rng.integers(0, len(features) + 1)].tolist()
    return ContextColumns(
        rows=rows,
        recency_days=numbers(400.0),
        frequency=numbers(60.0),
        monetary=numbers(12_000.0),
        r=scores(5),
        f=scores(5),
        m=scores(5),
        segment=None if rng.random() < 0.2 else coded("gold", "silver", "3"),
        lifecycle_stage=scores(7),
        favourite_names=tuple(CATEGORIES),
        favourites=None if rng.random() < 0.2 else rng.choice(weights, size=(rows, len(CATEGORIES))),
        features={name: features[name] for name in chosen},
    )


def random_lists(rng: np.random.Generator, rows: int, names: tuple[str, ...]) -> TextLists:
    """Returns lists of up to four texts, of which some are unknown and some empty."""
    counts = rng.integers(-1, 5, size=rows)
    return text_lists(counts, rng.integers(0, len(names), size=int(np.maximum(counts, 0).sum())), names)
