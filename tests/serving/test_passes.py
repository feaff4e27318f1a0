"""Laws of passes: contacts that count no longer stay gone, and few requests are decided in vain."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from banditsvc.core.activation import ActivationState
from banditsvc.core.campaign import Campaign
from banditsvc.core.contact_policy import Capacity, ContactCap, ContactScope
from banditsvc.core.decision import Decision, Result
from banditsvc.core.errors import BanditError, FailedPrecondition
from banditsvc.core.run_terms import RunTerms
from banditsvc.core.times import DAY_US, HOUR_US, SECOND_US
from banditsvc.ports import HeldContact
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.deciding import decide_all
from banditsvc.serving.passes import Ranked, ToRank, decide_in_passes
from banditsvc.serving.to_decide import ToDecide
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import START_US, Shop, in_shop, rank_call
from tests.serving.stories import NONE, ONE_A_WEEK, SOME, limited, results

ONE = Capacity(name="one", max_contacts=1)


@pytest.mark.parametrize("defers", [True, False])
@pytest.mark.parametrize("limit", [ONE_A_WEEK, ONE])
def test_a_dry_run_brings_no_contact_back(*, defers: bool, limit: ContactCap | Capacity) -> None:
    """A dry run about superseding, overtaken by a release of the old decision, leaves the contact released."""

    async def story() -> list[Result]:
        shop = await (limited(capacities=(limit,)) if isinstance(limit, Capacity) else limited(limit))
        ahead = rank_call("c", decision_id="old", defer_activation=defers, send_time_us=START_US + DAY_US)
        found = await results(shop, ahead)
        old = shop.log.get_decision("old")
        assert old is not None
        assert old.value.contact is not None
        await shop.activator.activate([ActivateCall(decision_id="old", state=ActivationState.NOT_SENT)])
        dry = ToRank("dry", ahead.input, dry_run=True, superseded=HeldContact("old", old.value.contact))
        for _ in range(2):
            decide_in_passes([dry], shop.active.get, shop.book, shop.clock.now_us())
        calls = [rank_call("c", send_time_us=START_US + DAY_US) for _ in range(2)]
        return found + await results(shop, *calls)

    assert [SOME, SOME, NONE] == in_shop(story())


def test_who_came_before_a_run_began_is_not_decided_for_beside_it() -> None:
    """A request that was let in before a run of its occasion begins, and comes to be decided after, is refused."""

    async def story() -> list[Ranked | BanditError]:
        shop = await limited(ONE_A_WEEK)
        terms = RunTerms(portfolio_id="shop", run_id="night", send_time_us=START_US, now_us=START_US, occasion="monday")
        let_in = [ToRank(name, rank_call(name, occasion=name).input) for name in ("monday", "tuesday")]
        with shop.book.held_runs.beginning(shop.active.get("shop").portfolio.organization_id, terms):
            return decide_in_passes(let_in, shop.active.get, shop.book, shop.clock.now_us())

    refused, decided = in_shop(story())
    assert isinstance(refused, FailedPrecondition)
    assert "OCCASION_IN_RUN" == refused.reason
    assert isinstance(decided, Ranked)


def test_a_dry_run_revives_no_contact_whose_deadline_is_over() -> None:
    """A dry run about superseding what nobody has activated in time takes no capacity from those behind it."""

    async def story() -> list[Result]:
        shop = await limited(capacities=(ONE,))
        found = await results(shop, rank_call("c", decision_id="old", defer_activation=True))
        shop.clock.set_us(START_US + 4 * DAY_US)
        dry = rank_call("c", decision_id="dry", supersedes="old", dry_run=True)
        return found + await results(shop, dry, rank_call("e"), dry, rank_call("f"))

    assert [SOME, SOME, SOME, NONE, NONE] == in_shop(story())


def test_a_dry_run_sees_what_superseding_would_leave() -> None:
    """Where the old contact counts, a dry run is decided without it, and it counts again for everybody else."""

    async def story() -> list[Result]:
        shop = await limited(ONE_A_WEEK, capacities=(ONE,))
        await results(shop, rank_call("c", decision_id="old", defer_activation=True))
        dry = rank_call("c", decision_id="dry", supersedes="old", dry_run=True)
        found = await results(shop, dry, rank_call("c"), rank_call("e"), dry)
        await shop.activator.activate([ActivateCall(decision_id="old", state=ActivationState.NOT_SENT)])
        return found + await results(shop, rank_call("e"), rank_call("c"))

    assert [SOME, NONE, NONE, SOME, SOME, NONE] == in_shop(story())


def test_a_request_that_waited_sees_its_whole_window() -> None:
    """send_time may lie a day back when a request comes; what its window holds counts, however late its round is."""

    async def story() -> list[Result]:
        log = MemoryLog()
        shop = await limited(ContactCap(name="w", max_contacts=1, window_us=HOUR_US), shop=Shop(log=log))
        send_time_us = START_US - DAY_US
        found = await results(shop, rank_call(send_time_us=send_time_us - HOUR_US + SECOND_US))
        fresh = Shop(log=log)
        fresh.clock.set_us(START_US + 2 * SECOND_US)
        return found + await results(fresh, rank_call(send_time_us=send_time_us))

    assert [SOME, NONE] == in_shop(story())


def _decided(monkeypatch: pytest.MonkeyPatch, number: int, *, is_shared: bool) -> tuple[int, int]:
    """Returns how many were decided, in vain or not, of a batch that takes one coupon each, and how many got one.

    Args:
        monkeypatch: Counts what is decided.
        number: Size of the batch.
        is_shared: Whether all may get any of the coupons, rather than each one of its own.
    """
    decided = [0]

    def counting(active: ActivePortfolio, wanted: Sequence[ToDecide]) -> list[Decision]:
        decided[0] += len(wanted)
        return decide_all(active, wanted)

    monkeypatch.setattr("banditsvc.serving.passes.decide_all", counting)
    coupons = [Campaign(campaign_id=f"coupon-{place:03d}") for place in range(number)]

    async def story() -> list[Result]:
        shop = await limited(capacities=(Capacity(name="one each", per=ContactScope.CAMPAIGN, max_contacts=1),))
        calls = [
            rank_call(f"c{place}", candidates=tuple(coupons) if is_shared else (coupon,))
            for place, coupon in enumerate(coupons)
        ]
        return await results(shop, *calls)

    got = in_shop(story()).count(SOME)
    return decided[0], got


def test_what_concerns_nobody_behind_ends_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each uses up a capacity that no other one needs, each is decided once."""
    assert (60, 60) == _decided(monkeypatch, 60, is_shared=False)


def test_few_are_decided_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each changes what all behind it may get, a batch decides a few times as many as it has, not its square."""
    decided, got = _decided(monkeypatch, 60, is_shared=True)
    assert 60 == got
    assert decided <= 5 * 60
