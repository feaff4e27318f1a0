"""Batches of outcomes that come at the same time."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import chain

from banditsvc.core.outcome import Outcome, OutcomeStatus, OutcomeType
from banditsvc.core.times import SECOND_US
from banditsvc.serving.reward_call import RewardAnswer, RewardCall
from tests.serving.shop import START_US, Shop, in_shop, rank_call


def _outcome(outcome_id: str) -> RewardCall:
    kind = OutcomeType.CLICK
    return RewardCall(Outcome("shop", outcome_id, kind, START_US, decision_id="d1"))


def test_batches_that_race_store_each_outcome_once() -> None:
    """Of batches that share outcomes and are looked at in turns, one stores each, and no other is told before it has."""

    async def story() -> tuple[Counter[OutcomeStatus], int]:
        shop = await Shop().open()
        batches = [[_outcome(f"{first + number}") for number in range(600)] for first in (0, 300, 100)]

        async def post(calls: list[RewardCall]) -> list[OutcomeStatus]:
            answers = await shop.rewarder.reward(calls)
            found = [answer for answer in answers if isinstance(answer, RewardAnswer)]
            assert all(shop.log.get_outcome("shop", answer.outcome_id) for answer in found)
            return [answer.status for answer in found]

        statuses = await asyncio.gather(*[post(calls) for calls in batches])
        return Counter(chain(*statuses)), len(shop.log.read_outcomes("shop", 0, 9_999))

    assert ({OutcomeStatus.UNKNOWN_DECISION: 900, OutcomeStatus.DUPLICATE: 900}, 900) == in_shop(story())


def test_what_the_commit_finds_in_the_log_is_told_by_what_is_there() -> None:
    """New outcomes are stored without a look for their ids; of one that is there the same is a duplicate, else a conflict.

    So it is for each of those who post it at the same time, and what is new beside it is stored.
    """
    accepted, duplicate, conflict = OutcomeStatus.ACCEPTED, OutcomeStatus.DUPLICATE, OutcomeStatus.CONFLICT

    async def story() -> list[list[OutcomeStatus]]:
        shop = await Shop().open()
        await shop.ranker.rank([rank_call(decision_id="d1")])
        shop.clock.set_us(START_US + SECOND_US)
        changed = [RewardCall(call.outcome._replace(machine=True)) for call in (_outcome("o1"), _outcome("o2"))]

        async def post(*calls: RewardCall) -> list[OutcomeStatus]:
            answers = await shop.rewarder.reward(calls)
            return [answer.status for answer in answers if isinstance(answer, RewardAnswer)]

        told = [await post(_outcome("o1"), _outcome("o2"))]
        told += await asyncio.gather(post(changed[0], _outcome("o3")), post(changed[0]), post(_outcome("o1")))
        told.append(await post(_outcome("o4")))
        told += await asyncio.gather(post(_outcome("o5"), _outcome("o2"), changed[1]), post(_outcome("o2")))
        stored = [recorded.value for recorded in shop.log.read_outcomes("shop", 0, 99)]
        assert [_outcome(f"o{number}").outcome for number in range(1, 6)] == stored
        return told

    told_at_once = [[conflict, accepted], [conflict], [duplicate]]
    told_again = [[accepted, duplicate, conflict], [duplicate]]
    assert [[accepted, accepted], *told_at_once, [accepted], *told_again] == in_shop(story())


def test_who_goes_away_keeps_no_outcome_from_being_stored() -> None:
    """A caller that is cancelled while its outcomes are looked at has them stored all the same."""

    async def story() -> int:
        shop = await Shop().open()
        calling = asyncio.create_task(shop.rewarder.reward([_outcome(f"{number}") for number in range(600)]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        calling.cancel()
        # The last of them again: it is answered once that is stored.
        await shop.rewarder.reward([_outcome("599")])
        await shop.rewarder.reward([_outcome("other")])
        return len(shop.log.read_outcomes("shop", 0, 9_999))

    assert 601 == in_shop(story())
