from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.activation import ActivationState
from banditsvc.core.contact_policy import CampaignSelector, Capacity, CapacityPeriod, ContactCap, ContactScope
from banditsvc.core.rejection import Rejection
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.serving.activating import ActivateCall
from banditsvc.store.memory import MemoryLog
from tests.serving.merges import merged
from tests.serving.shop import Shop, in_shop, rank_call
from tests.serving.stories import limited, rank

CAPS = (
    ContactCap(name="two a week", max_contacts=2, window_us=7 * DAY_US),
    ContactCap(name="gap", per=ContactScope.CAMPAIGN, min_gap_us=2 * DAY_US),
)
CAPACITIES = (
    Capacity(name="a day", max_contacts=3, period=CapacityPeriod.DAY),
    Capacity(name="news", campaigns=CampaignSelector(campaign_ids=("news",)), max_contacts=2),
)
CUSTOMERS = ("a", "b", "c", "d")
STATES = (ActivationState.SENT, ActivationState.NOT_SENT, ActivationState.REPLACED_BY)
Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["rank", "defer", "supersede", "say", "say", "wait", "merge"]),
        st.integers(0, 9),
        st.integers(0, 2),
    ),
    min_size=6,
    max_size=30,
)


async def _step(shop: Shop, step: Step, number: int, deferred: list[tuple[str, str]]) -> None:
    """Does one thing to the shop; deferred grows by the decisions that may be activated."""
    what, which, kind = step
    now_us = shop.clock.now_us()
    asked: dict[str, Any] = {"decision_id": f"d{number}", "send_time_us": now_us + kind * DAY_US}
    if what == "wait":
        shop.clock.set_us(now_us + (1 + which) * 12 * HOUR_US)
    elif what == "merge":
        await merged(shop, (CUSTOMERS[which % 4], CUSTOMERS[(which + 1 + kind) % 4]))
    elif what in ("rank", "defer"):
        customer = CUSTOMERS[which % len(CUSTOMERS)]
        await shop.ranker.rank([rank_call(customer, defer_activation=what == "defer", **asked)])
        if what == "defer":
            deferred.append((customer, f"d{number}"))
    elif deferred:
        customer, decision_id = deferred[which % len(deferred)]
        if what == "supersede":
            await shop.ranker.rank([rank_call(customer, supersedes=decision_id, defer_activation=True, **asked)])
        else:
            said = ActivateCall(
                decision_id=decision_id, state=STATES[kind], replaced_by="news" if STATES[kind] is STATES[2] else ""
            )
            await shop.activator.activate([said])


async def _left(shop: Shop) -> list[tuple[tuple[str, ...], tuple[Rejection, ...]]]:
    """Returns what each customer may get on each of three days."""
    now_us = shop.clock.now_us()
    calls = [
        rank_call(customer, send_time_us=now_us + day * DAY_US, dry_run=True)
        for customer in CUSTOMERS
        for day in (0, 1, 2)
    ]
    return [(decision.eligible, decision.rejections) for decision in await rank(shop, *calls)]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(STEPS)
def test_the_book_says_what_the_log_says(steps: list[Step]) -> None:
    """After whatever was ranked, superseded, said, merged and waited for, the limits are those that a new service finds."""

    async def story() -> None:
        log = MemoryLog()
        shop = await limited(*CAPS, capacities=CAPACITIES, shop=Shop(log=log))
        deferred: list[tuple[str, str]] = []
        for number, step in enumerate(steps):
            await _step(shop, step, number, deferred)
        fresh = Shop(log=log)
        fresh.clock.set_us(shop.clock.now_us())
        assert await _left(fresh) == await _left(shop)

    in_shop(story())
