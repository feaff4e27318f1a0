"""Rows of the joined table of decisions that a shop made."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import structlog
from msgspec import structs

from banditsvc.core.decision import Decision, LearnedState
from banditsvc.log_rows import campaign_row, decision_row
from banditsvc.log_schema import CAMPAIGNS, JOINED
from banditsvc.ports import CampaignVersion, Recorded
from offline_eval.logged import CatalogueOrder
from tests.serving.treated_shop import CATALOGUE, PRICES, activated, decided, random_requests


def varied_decisions(seed: int, count: int) -> list[Decision]:
    """Returns decisions by models of several states, some of which say how sure they are, some without levers or prices."""
    rng = random.Random(seed)
    with structlog.testing.capture_logs():
        made = [
            one
            for one in decided(activated(seed=seed, prices=PRICES), random_requests(seed, count))
            if one.predicted_rewards
        ]
    states = [LearnedState(), LearnedState(40, 3.0, 10.0), LearnedState(30_000, 2.0, 4.0)]
    return [
        structs.replace(
            one,
            learned=rng.choice(states),
            levers=one.levers if rng.random() < 0.5 else (),
            prices=one.prices if rng.random() < 0.5 else (),
            predicted_deviations=tuple(rng.uniform(0.0, 0.2) for _ in one.eligible) if rng.random() < 0.5 else (),
        )
        for one in made
    ]


def served_batch(decisions: Sequence[Decision], **changes: Any) -> pa.RecordBatch:
    """Returns the rows of decisions that are all sent and mature, with the reward 1."""
    known: dict[str, Any] = {"window_start": 0, "is_mature": True, "reward": 1.0, "is_test": False} | changes
    rows = [decision_row(Recorded(place, place, one)) | known for place, one in enumerate(decisions, 1)]
    return pa.RecordBatch.from_pylist(rows, schema=JOINED)


def served_order() -> CatalogueOrder:
    """Returns what the catalogue of the shop says."""
    versions = [
        CampaignVersion(portfolio_id="shop", campaign=campaign, catalogue_version=place)
        for place, campaign in enumerate(CATALOGUE.values(), 1)
    ]
    rows = [campaign_row(Recorded(place, place, one)) for place, one in enumerate(versions, 1)]
    return CatalogueOrder([pa.RecordBatch.from_pylist(rows, schema=CAMPAIGNS)])
