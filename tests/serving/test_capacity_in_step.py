"""Laws of the capacity book beside the log: what it keeps is neither read again nor counted twice, and is not kept for long."""

from __future__ import annotations

import gc
import weakref

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.campaign import Campaign
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.contact import Contact
from banditsvc.core.contact_policy import Capacity, CapacityPeriod
from banditsvc.core.decision import Result
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID
from banditsvc.core.time_zones import zone
from banditsvc.core.times import DAY_US
from banditsvc.ports import ContactTally, HeldContact
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.capacity_book import _Ledgers
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import START_US, Shop, in_shop, rank_call
from tests.serving.stories import NONE, SOME, limited, results

SENT, NOT_SENT = ActivationState.SENT, ActivationState.NOT_SENT
MANY = Capacity(name="many", max_contacts=10**9)


class _CountingLog(MemoryLog):
    tallied = 0

    def tally_contacts(
        self, organization_id: str, portfolio_id: str, from_us: int, to_us: int, now_us: int
    ) -> list[ContactTally]:
        self.tallied += 1
        return super().tally_contacts(organization_id, portfolio_id, from_us, to_us, now_us)


def test_words_that_come_late_make_nobody_read_again() -> None:
    """Activations that are told after a period was read, as many as there may be, leave it read."""

    async def story() -> int:
        log = _CountingLog()
        shop = await limited(capacities=(MANY,), shop=Shop(log=log))
        names = [f"d{number}" for number in range(8)]
        await results(shop, *(rank_call(name, decision_id=name, defer_activation=True) for name in names))
        await shop.activator.activate([ActivateCall(decision_id=name, state=NOT_SENT) for name in names])
        shop.book._capacities.forget(DEFAULT_ORGANIZATION_ID)
        for name in names:
            decision, activation = log.get_decision(name), log.get_activation(name)
            assert decision is not None
            assert activation is not None
            await results(shop, rank_call(f"next to {name}"))
            shop.book.activated(decision.value, activation.value, activation.position)
        return log.tallied

    assert 2 == in_shop(story())


def test_a_deadline_does_not_undo_what_was_said_in_time() -> None:
    """A contact that was sent before its deadline counts, also where that is told after a period was read with it."""
    capacity = Capacity(name="a day", max_contacts=1, period=CapacityPeriod.DAY)

    async def story() -> list[Result]:
        log = MemoryLog()
        first = await limited(capacities=(capacity,), shop=Shop(log=log))
        await results(first, rank_call("a", decision_id="d1", defer_activation=True))
        shop = Shop(log=log)
        found = await results(shop, rank_call("b", send_time_us=START_US + 9 * DAY_US, is_test=True))
        word = Activation(decision_id="d1", portfolio_id="shop", state=SENT, activate_time_us=START_US)
        position = log.append([word], START_US).positions[0]
        assert position is not None
        for now_us in (START_US, START_US + 3 * DAY_US + 1):
            shop.clock.set_us(now_us)
            found += await results(shop, rank_call("b", is_test=True))
        decision = log.get_decision("d1")
        assert decision is not None
        shop.book.activated(decision.value, word, position)
        return found + await results(shop, rank_call("b", is_test=True))

    assert [SOME, NONE, NONE, NONE] == in_shop(story())


def test_costs_with_many_decimals_are_read_as_they_were_counted() -> None:
    """A budget lets the same calls through whether its ledger is kept or read anew before each of them."""
    cost = 0.1234567896

    async def story(*, is_read_anew: bool) -> list[Result]:
        shop = await limited(capacities=(Capacity(name="budget", max_cost=cost * 20),))
        found: list[Result] = []
        for number in range(24):
            if is_read_anew:
                shop.book._capacities.forget(DEFAULT_ORGANIZATION_ID)
            offer = Campaign(campaign_id="offer", cost=cost)
            found += await results(shop, rank_call(f"c{number}", candidates=(offer,)))
        return found

    assert in_shop(story(is_read_anew=True)) == in_shop(story(is_read_anew=False))


def test_ledgers_that_were_read_anew_are_let_go() -> None:
    """No set that was prepared with a ledger keeps it after the book has forgotten it."""

    async def story() -> object:
        shop = await limited(capacities=(MANY,))
        await results(shop, rank_call("a"))
        old = weakref.ref(shop.book._capacities._organizations[DEFAULT_ORGANIZATION_ID].whole)
        shop.book._capacities.forget(DEFAULT_ORGANIZATION_ID)
        await results(shop, rank_call("b"))
        gc.collect()
        return old()

    assert in_shop(story()) is None


def test_deadlines_are_kept_for_what_is_held() -> None:
    """Contacts that came and went leave no more than about a thousand deadlines, and those that wait keep theirs."""
    known = _Ledgers("o", (), CapacityLedger((MANY,), zone("UTC")))
    held = [
        HeldContact(
            f"d{number}",
            Contact(
                organization_id="o",
                portfolio_id="p",
                customer_id="c",
                campaign=CampaignLabels(campaign_id="x"),
                contact_time_us=0,
                hold_until_us=10 + number,
            ),
        )
        for number in range(3_000)
    ]
    for one in held:
        known.take(one)
        if one is not held[0] and one is not held[-1]:
            known.give_back(one)
    assert len(known.deadlines) <= 1_100
    assert {"d0", "d2999"} == known.held.keys()
    known.expire(11)
    assert {"d2999"} == known.held.keys()
    known.expire(3_010)
    assert {} == known.held
