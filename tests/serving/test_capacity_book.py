from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.activation import ActivationState
from banditsvc.core.campaign import Campaign
from banditsvc.core.contact_policy import CampaignSelector, Capacity, CapacityPeriod, ContactScope
from banditsvc.core.decision import Result
from banditsvc.core.errors import BanditError, LogFull
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.times import DAY_US
from banditsvc.ports import Commit, ContactTally, LogRecord
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.ranking import RankAnswer, RankCall
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call
from tests.serving.stories import NONE, ONE_A_WEEK, SOME, limited, organization, rank, results

SENT, NOT_SENT, REPLACED_BY = ActivationState.SENT, ActivationState.NOT_SENT, ActivationState.REPLACED_BY
TWO = Capacity(name="two", max_contacts=2)


async def _say(shop: Shop, decision_id: str, state: ActivationState, **said: Any) -> None:
    answer = (await shop.activator.activate([ActivateCall(decision_id=decision_id, state=state, **said)]))[0]
    assert not isinstance(answer, BanditError)


def test_no_more_is_given_than_there_is() -> None:
    """Of many customers, in a batch, racing or in a row, as many get a campaign as the capacity has room for."""

    async def story(how: str) -> list[Result]:
        shop = await limited(capacities=(TWO,))
        calls = [rank_call(f"c{number}") for number in range(6)]
        if how == "batch":
            return await results(shop, *calls)
        if how == "racing":
            return [result for (result,) in await asyncio.gather(*(results(shop, call) for call in calls))]
        return [(await results(shop, call))[0] for call in calls]

    assert [[SOME] * 2 + [NONE] * 4] * 3 == [in_shop(story(how)) for how in ("batch", "racing", "in a row")]


def test_a_refusal_names_the_capacity() -> None:
    """Each campaign is rejected at the stage of capacity by its name."""

    async def story() -> set[tuple[FunnelStage, str]]:
        shop = await limited(capacities=(TWO,))
        decision = (await rank(shop, *(rank_call(f"c{number}") for number in range(3))))[2]
        return {(rejection.stage, rejection.rule) for rejection in decision.rejections}

    assert {(FunnelStage.CAPACITY, "two")} == in_shop(story())


CAPACITIES = (
    Capacity(name="each", per=ContactScope.CAMPAIGN, max_contacts=4),
    Capacity(name="a day", max_contacts=6, period=CapacityPeriod.DAY),
    Capacity(name="budget", campaigns=CampaignSelector(campaign_ids=("sale", "dear")), max_cost=5.0),
)
PLANS = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from(["", "dry", "test", "supersede"]), st.integers(0, 1), st.booleans()),
    min_size=1,
    max_size=24,
)


def _calls(plan: Sequence[tuple[int, str, int, bool]]) -> list[RankCall]:
    calls = []
    for number, (customer, kind, day, defers) in enumerate(plan):
        changes: dict[str, Any] = {
            "decision_id": f"d{number}",
            "send_time_us": START_US + day * DAY_US,
            "defer_activation": defers,
            "is_test": kind == "test",
        }
        of_customer = [place for place in range(number) if plan[place][0] == customer and plan[place][1] == ""]
        if kind == "supersede" and of_customer:
            changes["supersedes"] = f"d{of_customer[-1]}"
        calls.append(rank_call(f"c{customer}", dry_run=kind == "dry", **changes))
    return calls


@settings(derandomize=True, max_examples=40, deadline=None)
@given(PLANS, st.sampled_from([(), CAPACITIES, CAPACITIES]))
def test_a_batch_equals_calls_in_a_row(
    plan: list[tuple[int, str, int, bool]], capacities: tuple[Capacity, ...]
) -> None:
    """With caps and capacities that run out within it, a batch gives bit for bit the decisions of calls in a row."""

    async def story() -> tuple[list[object], list[object]]:
        shop = await limited(ONE_A_WEEK, capacities=capacities)
        await shop.resources.create_campaign("shop", Campaign(campaign_id="dear", cost=2.0))
        await shop.resources.update_campaign("shop", Campaign(campaign_id="sale", cost=0.5))
        twin = MemoryLog()  # with the same salt, so that both draw alike
        twin.append([recorded.value for recorded in shop.log.read_resources(0)], START_US)
        calls = _calls(plan)
        in_a_row = [(await shop.ranker.rank([call]))[0] for call in calls]
        batch = await Shop(log=twin).ranker.rank(calls)
        return [_content(answer) for answer in in_a_row], [_content(answer) for answer in batch]

    in_a_row, batch = in_shop(story())

    assert in_a_row == batch


def _content(answer: RankAnswer | BanditError) -> object:
    """Returns a decision without its id, which of a dry run is a new one each time."""
    if isinstance(answer, BanditError):
        return type(answer)
    return structs.replace(answer.decision.value, decision_id="")


def test_words_on_decisions_give_back_and_move() -> None:
    """NOT_SENT gives back, SENT on another day moves, REPLACED_BY takes for the other campaign, superseding swaps."""
    capacities = (
        Capacity(name="a day", max_contacts=1, period=CapacityPeriod.DAY),
        Capacity(name="news", campaigns=CampaignSelector(campaign_ids=("news",)), max_contacts=1),
    )

    async def story() -> list[Result]:
        shop = await limited(capacities=capacities)
        sale: dict[str, Any] = {"candidates": ("sale",), "defer_activation": True}
        found = await results(shop, rank_call("a", decision_id="d1", **sale), rank_call("b"))
        await _say(shop, "d1", NOT_SENT)
        found += await results(shop, rank_call("b", decision_id="d2", **sale), rank_call("c"))
        shop.clock.set_us(START_US + DAY_US)
        tomorrow: dict[str, Any] = {"send_time_us": START_US + DAY_US}
        await _say(shop, "d2", SENT)
        found += await results(shop, rank_call("d", **tomorrow), rank_call("d", decision_id="d3", **sale))
        await _say(shop, "d3", REPLACED_BY, replaced_by="news", activate_time_us=START_US + DAY_US)
        news: dict[str, Any] = {"candidates": ("news",), "send_time_us": START_US + 2 * DAY_US}
        found += await results(shop, rank_call("e", **news))
        later: dict[str, Any] = {"send_time_us": START_US + 3 * DAY_US, "defer_activation": True}
        calls = [rank_call("f", decision_id="f1", **later), rank_call("g", **later)]
        return found + await results(
            shop, *calls, rank_call("f", decision_id="f2", supersedes="f1", **later), rank_call("g", **later)
        )

    assert [SOME, NONE, SOME, NONE, NONE, SOME, NONE, SOME, NONE, SOME, NONE] == in_shop(story())


def test_a_deadline_gives_back() -> None:
    """What nobody has activated by its deadline is free again, once."""

    async def story() -> list[Result]:
        shop = await limited(capacities=(TWO,))
        calls = [rank_call(f"c{number}", decision_id=f"d{number}", defer_activation=number > 0) for number in range(3)]
        found = await results(shop, *calls)
        shop.clock.set_us(START_US + 3 * DAY_US + 1)
        late: dict[str, Any] = {"send_time_us": START_US + 3 * DAY_US + 1}
        found += await results(shop, *(rank_call(f"e{number}", **late) for number in range(2)))
        await _say(shop, "d1", NOT_SENT)
        return found + await results(shop, rank_call("f", **late))

    assert [SOME, SOME, NONE, SOME, NONE, NONE] == in_shop(story())


def test_capacity_outlives_the_process_and_its_settings() -> None:
    """A new service over the same log counts what was taken and held; a capacity set later counts it too."""

    async def story() -> list[Result]:
        log = MemoryLog()
        shop = await Shop(log=log).open()
        found = await results(shop, rank_call("a", decision_id="a", defer_activation=True))
        await shop.resources.update_organization(organization(capacities=(TWO,)))
        found += await results(shop, rank_call("b"), rank_call("c"))
        await shop.committer.close()
        again = Shop(log=log)
        found += await results(again, rank_call("c"))
        await _say(again, "a", NOT_SENT)
        return found + await results(again, rank_call("c"), rank_call("d"))

    assert [SOME, SOME, NONE, NONE, SOME, NONE] == in_shop(story())


def test_portfolios_share_what_is_the_organizations() -> None:
    """An organization's capacity is used up by all its portfolios, a portfolio's own by itself alone."""

    async def story() -> list[Result]:
        own = Capacity(name="own", max_contacts=1)
        shop = await limited(capacities=(TWO,))
        await shop.resources.create_portfolio(dataclasses.replace(PORTFOLIO, portfolio_id="other", capacities=(own,)))
        await shop.resources.create_campaign("other", Campaign(campaign_id="hello"))
        others = [rank_call(name, portfolio_id="other") for name in ("a", "b")]
        return await results(shop, *others, rank_call("c"), rank_call("d"))

    assert [SOME, NONE, SOME, NONE] == in_shop(story())


def test_a_failed_commit_takes_nothing() -> None:
    """Capacity that was reserved for a decision that was not stored is free for the next one."""

    class FullLog(MemoryLog):
        is_full = False

        def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
            if self.is_full and records:
                raise LogFull("the disk is full")
            return super().append(records, now_us)

    async def story() -> list[Result]:
        log = FullLog()
        shop = await limited(capacities=(TWO,), shop=Shop(log=log))
        found = await results(shop, rank_call("a"))
        log.is_full = True
        failed = await shop.ranker.rank([rank_call("b", decision_id="b"), rank_call("c", decision_id="c")])
        assert [LogFull] * 2 == [type(answer) for answer in failed]
        log.is_full = False
        return found + await results(shop, rank_call("b"), rank_call("c"))

    assert [SOME, SOME, NONE] == in_shop(story())


def test_a_word_that_was_read_already_is_not_counted_twice() -> None:
    """A ledger that is read between a release's commit and its answer has the release once, and stays."""

    class CountingLog(MemoryLog):
        tallied = 0

        def tally_contacts(
            self, organization_id: str, portfolio_id: str, from_us: int, to_us: int, now_us: int
        ) -> list[ContactTally]:
            self.tallied += 1
            return super().tally_contacts(organization_id, portfolio_id, from_us, to_us, now_us)

    async def story() -> tuple[list[Result], int]:
        log = CountingLog()
        shop = await limited(capacities=(TWO,), shop=Shop(log=log))
        await results(shop, *(rank_call(name, decision_id=name, defer_activation=True) for name in ("a", "b")))
        decision = log.get_decision("a")
        assert decision is not None
        await _say(shop, "a", NOT_SENT)
        await shop.resources.update_organization(organization(capacities=(dataclasses.replace(TWO, name="again"),)))
        found = await results(shop, rank_call("c", is_test=True))  # reads the ledger, the release among it
        activation = log.get_activation("a")
        assert activation is not None
        shop.book.activated(decision.value, activation.value, activation.position)  # the answer, which comes late
        return found + await results(shop, rank_call("c"), rank_call("d")), log.tallied

    assert ([SOME, SOME, NONE], 2) == in_shop(story())


def test_what_a_superseding_call_gives_back_is_not_for_those_before_it() -> None:
    """Calls that race are decided in their order: only the successor finds the room that it makes itself."""

    async def story() -> list[Result]:
        shop = await limited(capacities=(TWO,))
        await results(shop, rank_call("x", decision_id="old", defer_activation=True))
        calls = [rank_call("a"), rank_call("b"), rank_call("x", decision_id="new", supersedes="old"), rank_call("c")]
        return [result for (result,) in await asyncio.gather(*(results(shop, call) for call in calls))]

    assert [SOME, NONE, SOME, NONE] == in_shop(story())
