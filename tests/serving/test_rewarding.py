from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.activation import ActivationState
from banditsvc.core.errors import BanditError, InvalidRequest, NotFound, RecordDamaged
from banditsvc.core.outcome import Feed, FeedMark, Outcome, OutcomeStatus, OutcomeType
from banditsvc.core.portfolio import Attribution, Portfolio, SettleSpec
from banditsvc.core.send import Send
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import Recorded
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.ranking import RankAnswer
from banditsvc.serving.reward_call import RewardAnswer, RewardCall
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call


def _call(outcome_id: str = "o1", currency: str = "", **changes: Any) -> RewardCall:
    fields: dict[str, Any] = {
        "portfolio_id": "shop",
        "type": OutcomeType.REVENUE,
        "amount": 20.0,
        "occur_time_us": START_US + HOUR_US,
        "decision_id": "d1",
    }
    return RewardCall(outcome=Outcome(outcome_id=outcome_id, **(fields | changes)), currency=currency)


async def _open(portfolio: Portfolio = PORTFOLIO, **ranked: Any) -> Shop:
    shop = await Shop().open(portfolio)
    assert isinstance((await shop.ranker.rank([rank_call(decision_id="d1", **ranked)]))[0], RankAnswer)
    shop.clock.set_us(START_US + 2 * HOUR_US)
    return shop


async def _post(shop: Shop, *calls: RewardCall) -> list[RewardAnswer]:
    answers = await shop.rewarder.reward(calls)
    assert not [answer for answer in answers if isinstance(answer, BanditError)]
    return [answer for answer in answers if isinstance(answer, RewardAnswer)]


async def _status(shop: Shop, call: RewardCall) -> OutcomeStatus:
    return (await _post(shop, call))[0].status


def test_an_outcome_is_stored_once() -> None:
    """Same id and content is a duplicate, a higher revision restates, other content at the same revision conflicts."""

    async def story() -> tuple[list[OutcomeStatus], int]:
        shop = await _open()
        calls = [
            _call(),
            _call(),
            _call(amount=30.0),
            _call(amount=30.0, revision=2),
            _call(amount=25.0, revision=1),
            _call(amount=30.0, revision=2),
        ]
        return [answer.status for answer in await _post(shop, *calls)], len(shop.log.get_outcome("shop", "o1"))

    statuses, stored = in_shop(story())

    assert [
        OutcomeStatus.ACCEPTED,
        OutcomeStatus.DUPLICATE,
        OutcomeStatus.CONFLICT,
        OutcomeStatus.REVISED,
        OutcomeStatus.STALE_REVISION,
        OutcomeStatus.DUPLICATE,
    ] == statuses
    assert 3 == stored


def test_outcomes_that_race_are_stored_once() -> None:
    """Of the same outcome posted many times at once exactly one is accepted, and one is stored."""

    async def story() -> tuple[int, int, int]:
        shop = await _open()
        posted = await asyncio.gather(*(_post(shop, _call()) for _ in range(10)))
        statuses = [answers[0].status for answers in posted]
        accepted, duplicates = statuses.count(OutcomeStatus.ACCEPTED), statuses.count(OutcomeStatus.DUPLICATE)
        return accepted, duplicates, len(shop.log.get_outcome("shop", "o1"))

    assert (1, 9, 1) == in_shop(story())


def test_an_outcome_without_an_id_gets_one_from_its_content() -> None:
    """The same content posted twice without an id is one outcome; another amount is another outcome."""

    async def story() -> tuple[list[OutcomeStatus], int]:
        shop = await _open()
        answers = await _post(shop, _call(""), _call(""), _call("", amount=21.0))
        return [answer.status for answer in answers], len({answer.outcome_id for answer in answers})

    assert ([OutcomeStatus.ACCEPTED, OutcomeStatus.DUPLICATE, OutcomeStatus.ACCEPTED], 2) == in_shop(story())


def test_the_status_says_where_an_outcome_falls() -> None:
    """Before the sending, in the window, after it, and for an unknown decision or customer have a status each."""

    async def story() -> list[OutcomeStatus]:
        shop = await _open()
        shop.clock.set_us(START_US + 8 * DAY_US)
        calls = [
            _call("a", occur_time_us=START_US - 1),
            _call("b", occur_time_us=START_US + 6 * DAY_US),
            _call("c", occur_time_us=START_US + 7 * DAY_US),
            _call("d", decision_id="none"),
            _call("e", decision_id="", customer_id="none"),
        ]
        return [answer.status for answer in await _post(shop, *calls)]

    assert [
        OutcomeStatus.BEFORE_SEND,
        OutcomeStatus.LATE,
        OutcomeStatus.OUT_OF_WINDOW,
        OutcomeStatus.UNKNOWN_DECISION,
        OutcomeStatus.UNKNOWN_DECISION,
    ] == in_shop(story())


def test_an_outcome_is_late_only_when_its_feed_was_complete() -> None:
    """With a required feed an outcome after the window is in time until the feed is marked complete."""

    async def story() -> list[OutcomeStatus]:
        feed = Feed(type=OutcomeType.REVENUE)
        learner = dataclasses.replace(PORTFOLIO.learner, settle=SettleSpec(required_feeds=(feed,)))
        shop = await _open(dataclasses.replace(PORTFOLIO, learner=learner))
        shop.clock.set_us(START_US + 8 * DAY_US)
        before = await _status(shop, _call("a"))
        mark = FeedMark(portfolio_id="shop", feed=feed, complete_through_us=START_US + 8 * DAY_US)
        await shop.rewarder.post_marks([mark])
        shop.clock.set_us(START_US + 8 * DAY_US + HOUR_US)
        return [before, await _status(shop, _call("b"))]

    assert [OutcomeStatus.ACCEPTED, OutcomeStatus.LATE] == in_shop(story())


def test_a_deferred_decision_takes_outcomes_once_it_is_activated() -> None:
    """Until activation the status is NOT_ACTIVATED, after it ACCEPTED, and after NOT_SENT it is NOT_SENT."""

    async def story() -> list[OutcomeStatus]:
        statuses = []
        for state in (ActivationState.SENT, ActivationState.NOT_SENT):
            shop = await _open(defer_activation=True)
            statuses.append(await _status(shop, _call("a")))
            call = ActivateCall(decision_id="d1", state=state, activate_time_us=START_US + 1)
            await shop.activator.activate([call])
            statuses.append(await _status(shop, _call("b")))
        return statuses

    assert [
        OutcomeStatus.NOT_ACTIVATED,
        OutcomeStatus.ACCEPTED,
        OutcomeStatus.NOT_ACTIVATED,
        OutcomeStatus.NOT_SENT,
    ] == in_shop(story())


def test_a_customers_order_joins_by_the_attribution_rule() -> None:
    """An outcome that names a customer joins all decisions in window, the last sent, or those of its campaign."""

    async def joined(attribution: Attribution) -> tuple[str, ...]:
        reward = dataclasses.replace(PORTFOLIO.learner.reward, attribution=attribution)
        learner = dataclasses.replace(PORTFOLIO.learner, reward=reward)
        shop = await _open(dataclasses.replace(PORTFOLIO, learner=learner), candidates=("sale",))
        await shop.ranker.rank([rank_call(decision_id="d2", candidates=("news",), send_time_us=START_US + HOUR_US)])
        call = _call("a", decision_id="", customer_id="c1", campaign_id="sale", occur_time_us=START_US + 2 * HOUR_US)
        return (await _post(shop, call))[0].joined_decision_ids

    assert {
        Attribution.ALL_IN_WINDOW: ("d1", "d2"),
        Attribution.CAMPAIGN_MATCH: ("d1",),
        Attribution.LAST_SENT: ("d2",),
        Attribution.SPLIT: ("d1", "d2"),
    } == {attribution: in_shop(joined(attribution)) for attribution in Attribution}


def test_a_refund_joins_where_the_refunded_outcome_joined() -> None:
    """A refund long after the window joins as what it refunds did; of an unknown outcome it waits."""

    async def story() -> list[RewardAnswer]:
        shop = await _open()
        await _post(shop, _call("order"))
        refund: dict[str, Any] = {
            "type": OutcomeType.REFUND,
            "decision_id": "",
            "occur_time_us": START_US + 40 * DAY_US,
        }
        return await _post(
            shop,
            _call("r1", refunded_outcome_id="order", **refund),
            _call("r2", refunded_outcome_id="unknown", **refund),
        )

    answers = in_shop(story())

    assert [(OutcomeStatus.ACCEPTED, ("d1",)), (OutcomeStatus.UNKNOWN_DECISION, ())] == [
        (answer.status, answer.joined_decision_ids) for answer in answers
    ]


def test_a_refund_may_come_in_one_batch_with_its_order() -> None:
    """Outcomes of a batch behave like calls in a row: a refund finds the order that came just before it."""

    async def story() -> list[tuple[OutcomeStatus, tuple[str, ...]]]:
        shop = await _open()
        refund = _call("r", type=OutcomeType.REFUND, decision_id="", refunded_outcome_id="order")
        answers = await _post(shop, _call("order"), refund)
        return [(answer.status, answer.joined_decision_ids) for answer in answers]

    assert [(OutcomeStatus.ACCEPTED, ("d1",))] * 2 == in_shop(story())


def test_what_cannot_be_read_fails_the_outcomes_that_name_it_alone() -> None:
    """Where a decision in the log is damaged, outcomes of others that come at the same time are stored."""

    class DamagedLog(MemoryLog):
        def sends_of(self, decision_ids: Sequence[str]) -> list[Recorded[Send]]:
            if "d2" in decision_ids:
                raise RecordDamaged("a record of the decision log cannot be read")
            return super().sends_of(decision_ids)

    async def story() -> list[type]:
        shop = await Shop(log=DamagedLog()).open()
        await shop.ranker.rank([rank_call(decision_id="d1")])
        shop.clock.set_us(START_US + 2 * HOUR_US)
        calls = [[_call("o1")], [_call("o2", decision_id="d2"), _call("o3")]]
        answers = await asyncio.gather(*[shop.rewarder.reward(call) for call in calls])
        return [type(answer) for call in answers for answer in call]

    assert [RewardAnswer, RecordDamaged, RewardAnswer] == in_shop(story())


def test_outcomes_that_come_together_are_stored_in_one_commit() -> None:
    """Calls that come while a round runs share the next one, and each gets the answers to its own outcomes."""

    async def story() -> tuple[int, list[list[str]]]:
        shop = await _open()
        before = shop.log.watermark().time_us
        calls = [[_call(f"{number}"), _call(f"{number}x")] for number in range(9)]
        first = asyncio.create_task(shop.rewarder.reward([_call("o")]))
        await asyncio.sleep(0)
        answers = await asyncio.gather(*[shop.rewarder.reward(call) for call in calls])
        await first
        ids = [[answer.outcome_id for answer in call if isinstance(answer, RewardAnswer)] for call in answers]
        stamps = {recorded.record_time_us for recorded in shop.log.read_outcomes("shop", 0, 99)}
        assert min(stamps) > before
        return len(stamps), ids

    assert (2, [[f"{number}", f"{number}x"] for number in range(9)]) == in_shop(story())


def test_a_bad_outcome_harms_no_other() -> None:
    """Another currency, an unknown portfolio or a missing amount is an error of its own item."""

    async def story() -> list[type]:
        shop = await _open()
        calls = [
            _call("a", "USD"),
            _call("b", portfolio_id="none"),
            _call("c", "EUR"),
            _call("d", amount=None),
            _call("e", type=OutcomeType.CLICK, amount=None),
        ]
        return [type(answer) for answer in await shop.rewarder.reward(calls)]

    assert [InvalidRequest, NotFound, RewardAnswer, InvalidRequest, RewardAnswer] == in_shop(story())


@settings(max_examples=40, derandomize=True, deadline=None)
@given(order=st.permutations([0, 0, 1, 1, 2]), batches=st.booleans())
def test_any_order_of_revisions_leaves_the_same_outcome(order: list[int], *, batches: bool) -> None:
    """However duplicates and revisions are ordered or batched, the highest revision is the one that counts."""

    async def story() -> tuple[int, float | None]:
        shop = await _open()
        calls = [_call(amount=10.0 + revision, revision=revision) for revision in order]
        if batches:
            await _post(shop, *calls)
        else:
            for call in calls:
                await _post(shop, call)
        stored = [recorded.value for recorded in shop.log.get_outcome("shop", "o1")]
        return len(stored), max(stored, key=lambda outcome: outcome.revision).amount

    assert (3, 12.0) == in_shop(story())
