"""Laws of batches so large that contexts are encoded together."""

from __future__ import annotations

import random
from dataclasses import replace

from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.serving.answering import MOST_ALONE
from banditsvc.serving.ranking import RankCall
from tests.serving.grouped_shop import CAMPAIGNS, SHOP, serve_model, stored_shop
from tests.serving.shop import in_shop, rank_call
from tests.serving.stories import rank


def _calls() -> list[RankCall]:
    chance = random.Random(1)
    return [
        rank_call(
            f"c{number}",
            decision_id=f"d{number}",
            context=CustomerContext(
                recency_days=chance.uniform(0.0, 400.0),
                segment=chance.choice(["family", "student", None]),
                favourites={"shoes": chance.random()} if chance.random() < 0.5 else {},
                features={"visits": float(chance.randrange(50))} if chance.random() < 0.7 else {},
            ),
            candidates=chance.choice([("news", "sale", "winback"), ("news", "receipt", "sale")]),
        )
        for number in range(MOST_ALONE + 100)
    ]


def test_a_large_batch_is_decided_like_calls_in_a_row() -> None:
    """A batch whose contexts are encoded together gives the decisions of call by call, bit for bit."""
    plain = tuple(replace(one, treatments=()) for one in CAMPAIGNS)

    async def decided(*batches: list[RankCall]) -> list[Decision]:
        shop = stored_shop(replace(SHOP, assignments=()), plain)
        await serve_model(shop)
        return [decision for batch in batches for decision in await rank(shop, *batch)]

    calls = _calls()
    alone = in_shop(decided(*[[call] for call in calls]))
    assert alone == in_shop(decided(calls))
    assert {DecidedBy.POLICY} == {decision.decided_by for decision in alone}
