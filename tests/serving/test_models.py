"""Laws of what is shown of a model."""

from __future__ import annotations

from dataclasses import replace

from banditsvc.core.campaign import Campaign, Treatment
from banditsvc.core.collisions import collision_rate
from banditsvc.core.portfolio import TrainSpec
from banditsvc.serving.models import Models
from tests.serving.shop import PORTFOLIO, Shop, in_shop, rank_call, ranked

BITS = 8
SMALL = replace(PORTFOLIO, learner=replace(PORTFOLIO.learner, train=TrainSpec(bits=BITS)))
GREETING = Campaign(
    campaign_id="greeting", treatments=tuple(Treatment(treatment_id=f"t{n}", tone=f"tone {n}") for n in range(9))
)


def test_collisions_count_treatments() -> None:
    """What is told of collisions is about the pairs of campaign and treatment that the served catalogue has."""

    async def story() -> tuple[float | None, float]:
        shop = await Shop().open(SMALL)
        await shop.resources.create_campaign("shop", GREETING)
        await ranked(shop, rank_call())
        active = shop.active.get("shop")
        pairs = [pair for campaign in active.catalogue.values() for pair in active.scorer.encoder.entries(campaign)]
        models = Models(shop.resources, shop.active, shop.registry, shop.log, shop.committer)
        return models.get("shop").collision_rate, collision_rate(active.scorer.known_rows(), pairs, BITS)

    told, expected = in_shop(story())

    assert expected == told
    assert expected > 0.0
