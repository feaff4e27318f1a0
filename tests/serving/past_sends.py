"""Past sends, for the tests of importing."""

from __future__ import annotations

from typing import Any

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.errors import BanditError
from banditsvc.core.times import DAY_US
from banditsvc.serving.importing import Imported, PastSend
from tests.serving.shop import START_US, Shop


def past_send(
    customer_id: str = "c1",
    campaign_id: str = "sale",
    *,
    days_ago: float = 30.0,
    decision_id: str = "",
    eligible: tuple[str, ...] = (),
    probabilities: tuple[float, ...] = (),
    campaign: Campaign | None = None,
    **changes: Any,
) -> PastSend:
    """Returns a send of the shop before it had the service."""
    asked: dict[str, Any] = {
        "portfolio_id": "shop",
        "customer_id": customer_id,
        "send_time_us": START_US - int(days_ago * DAY_US),
        "context": CustomerContext(recency_days=10.0, segment="family"),
        "candidates": eligible,
        "has_send_time": True,
    }
    return PastSend(
        input=RankInput(**(asked | changes)),
        campaign_id=campaign_id,
        decision_id=decision_id,
        eligible=eligible or (campaign_id,),
        selection_probabilities=probabilities,
        campaign=campaign,
    )


async def imported(shop: Shop, *sends: PastSend) -> list[Imported]:
    """Returns what became of past sends, none of which is refused."""
    answers = await shop.importer.import_sends(sends)
    assert not [answer for answer in answers if isinstance(answer, BanditError)]
    return [answer for answer in answers if isinstance(answer, Imported)]


async def refused_import(shop: Shop, send: PastSend) -> BanditError:
    """Returns why a past send is refused."""
    [answer] = await shop.importer.import_sends([send])
    assert isinstance(answer, BanditError)
    return answer


def stored(shop: Shop) -> list[Decision]:
    """Returns all decisions of the shop's log."""
    return [recorded.value for recorded in shop.log.read_decisions("shop", 0, 100_000)]
