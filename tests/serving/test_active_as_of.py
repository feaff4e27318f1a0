"""What decided as of a position of the log."""

from __future__ import annotations

import pytest

from banditsvc.core.campaign import Campaign
from banditsvc.core.errors import FailedPrecondition
from banditsvc.core.model import UNTRAINED
from banditsvc.serving.active_as_of import active_as_of, settings_as_of
from tests.serving.shop import Shop, in_shop


def test_settings_are_those_of_the_position() -> None:
    """What was changed after a position of the log makes no difference; at its end it is what Rank decides with."""

    async def story() -> tuple[list[set[str]], bool]:
        shop = await Shop().open()
        position = shop.log.watermark().position
        await shop.resources.create_campaign("shop", Campaign(campaign_id="late"))
        then, now = (
            active_as_of(settings_as_of(shop.log, at), shop.registry, "shop", UNTRAINED)
            for at in (position, shop.log.watermark().position)
        )
        served = shop.active.get("shop")
        is_served = (now.catalogue, now.policy, now.portfolio, now.organization, now.encoder_version) == (
            served.catalogue,
            served.policy,
            served.portfolio,
            served.organization,
            served.encoder_version,
        )
        return [set(then.catalogue), set(now.catalogue)], is_served

    catalogues, is_served = in_shop(story())
    assert [{"sale", "news", "winback"}, {"sale", "news", "winback", "late"}] == catalogues
    assert is_served


def test_a_model_that_is_gone_is_named() -> None:
    """A model whose weights are no longer kept cannot decide, and the message says which setting keeps them."""

    async def story() -> None:
        shop = await Shop().open()
        settings = settings_as_of(shop.log, shop.log.watermark().position)
        with pytest.raises(FailedPrecondition, match=r"model m9 .*learner\.weights_retention_days"):
            active_as_of(settings, shop.registry, "shop", "m9")

    in_shop(story())
