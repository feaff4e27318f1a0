from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from banditsvc.core.activation import ActivationState, ActivationStatus
from banditsvc.core.contact_policy import ContactCap, ContactPolicy
from banditsvc.core.decision import Result
from banditsvc.core.errors import BanditError, LogFull, LogUnavailable, RecordDamaged
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID, Organization
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import Commit, HeldContact, LogRecord
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.ranking import RankAnswer
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import START_US, Shop, in_shop, rank_call
from tests.serving.stories import NONE, ONE_A_WEEK, SOME, limited, results

SENT, NOT_SENT, REPLACED_BY = ActivationState.SENT, ActivationState.NOT_SENT, ActivationState.REPLACED_BY


async def _say(shop: Shop, decision_id: str, state: ActivationState, **said: Any) -> ActivationStatus:
    answer = (await shop.activator.activate([ActivateCall(decision_id=decision_id, state=state, **said)]))[0]
    assert isinstance(answer, ActivationStatus)
    return answer


def test_what_was_promised_outlives_the_process() -> None:
    """A new service over the same log knows every contact, held, sent and released."""

    async def story() -> list[Result]:
        log = MemoryLog()
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        deferred = [rank_call(name, decision_id=name, defer_activation=True) for name in ("held", "sent", "freed")]
        await results(shop, *deferred, rank_call("plain"))
        await _say(shop, "sent", SENT)
        await _say(shop, "freed", NOT_SENT)
        await shop.committer.close()
        again = Shop(log=log)
        again.clock.set_us(START_US + DAY_US)
        return await results(again, *(rank_call(name) for name in ("held", "sent", "freed", "plain", "new")))

    assert [NONE, NONE, SOME, NONE, SOME] == in_shop(story())


def test_a_cap_that_is_set_later_counts_what_went_before() -> None:
    """Contacts made while nothing was limited count as soon as something is, and a longer window sees further back."""

    async def story() -> list[Result]:
        shop = await Shop().open()
        found = await results(shop, rank_call(), rank_call())
        for window_us in (HOUR_US, 7 * DAY_US):
            cap = ContactCap(name="later", max_contacts=2, window_us=window_us)
            await shop.resources.update_organization(
                Organization(organization_id=DEFAULT_ORGANIZATION_ID, contact_policy=ContactPolicy(caps=(cap,)))
            )
            shop.clock.set_us(shop.clock.now_us() + 3 * DAY_US)
            found += await results(shop, rank_call(send_time_us=shop.clock.now_us(), is_test=True))
        return found

    assert [SOME, SOME, SOME, NONE] == in_shop(story())


class _FailingLog(MemoryLog):
    """A log whose next commits may fail, before or after they are durable."""

    fails: type[LogUnavailable] | None = None
    is_lost = True

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        if self.fails is None or not records:
            return super().append(records, now_us)
        if not self.is_lost:
            super().append(records, now_us)
        raise self.fails("the commit failed")


@pytest.mark.parametrize(("lost", "left"), [(True, SOME), (False, NONE)])
def test_after_a_failed_commit_the_log_has_the_word(*, lost: bool, left: Result) -> None:
    """A reservation whose commit failed counts if it is in the log all the same, and only then."""

    async def story() -> tuple[type, Result]:
        log = _FailingLog()
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        log.fails, log.is_lost = LogFull, lost
        failed = (await shop.ranker.rank([rank_call(decision_id="d1")]))[0]
        log.fails = None
        return type(failed), (await results(shop, rank_call(decision_id="d2")))[0]

    assert (LogFull, left) == in_shop(story())


@pytest.mark.parametrize(("lost", "left"), [(True, NONE), (False, SOME)])
def test_a_release_whose_commit_failed_is_what_the_log_says(*, lost: bool, left: Result) -> None:
    """NOT_SENT releases once it is in the log, whatever its caller was told."""

    async def story() -> tuple[type, Result]:
        log = _FailingLog()
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        await results(shop, rank_call(decision_id="d1", defer_activation=True))
        log.fails, log.is_lost = LogUnavailable, lost
        failed = (await shop.activator.activate([ActivateCall(decision_id="d1", state=NOT_SENT)]))[0]
        log.fails = None
        return type(failed), (await results(shop, rank_call(decision_id="d2")))[0]

    assert (LogUnavailable, left) == in_shop(story())


def test_a_superseding_call_that_fails_leaves_the_old_contact() -> None:
    """Where the successor is not stored, the old decision counts as before."""

    async def story() -> list[Result]:
        log = _FailingLog()
        shop = await limited(ONE_A_WEEK, shop=Shop(log=log))
        await results(shop, rank_call(decision_id="old", defer_activation=True))
        log.fails = LogUnavailable
        failed = (await shop.ranker.rank([rank_call(decision_id="new", supersedes="old")]))[0]
        assert isinstance(failed, LogUnavailable)
        log.fails = None
        return await results(shop, rank_call(), rank_call(decision_id="new", supersedes="old"), rank_call())

    assert [NONE, SOME, NONE] == in_shop(story())


def test_who_cannot_be_read_is_refused_alone() -> None:
    """A customer whose contacts cannot be read gets the error, never a campaign, and others are decided."""

    class DamagedLog(MemoryLog):
        def contacts_of(self, organization_id: str, customer_ids: Sequence[str], from_us: int) -> list[HeldContact]:
            if "damaged" in customer_ids:
                raise RecordDamaged("a record of the decision log cannot be read")
            return super().contacts_of(organization_id, customer_ids, from_us)

    async def story() -> list[type]:
        shop = await limited(ONE_A_WEEK, shop=Shop(log=DamagedLog()))
        answers = await shop.ranker.rank([rank_call(name, decision_id=name) for name in ("c1", "damaged", "c2")])
        again = await shop.ranker.rank([rank_call("damaged", decision_id="damaged")])
        return [type(answer) for answer in (*answers, *again)]

    assert [RankAnswer, RecordDamaged, RankAnswer, RecordDamaged] == in_shop(story())


def test_a_small_book_forgets_nothing_that_counts() -> None:
    """However few customers the book keeps, the log's contacts count."""

    async def story() -> list[Result]:
        shop = await limited(ONE_A_WEEK)
        shop.book._most_young = 1
        names = [f"c{number}" for number in range(6)]
        found = [(await results(shop, rank_call(name)))[0] for name in names]
        assert len(shop.book._young) + len(shop.book._old) <= 4
        return found + [(await results(shop, rank_call(name)))[0] for name in names]

    assert [SOME] * 6 + [NONE] * 6 == in_shop(story())


def test_a_bad_request_reserves_nothing() -> None:
    """A request that is refused takes no contact from the next one."""

    async def story() -> list[type]:
        shop = await limited(ONE_A_WEEK)
        answers = await shop.ranker.rank(
            [rank_call(portfolio_id="none"), rank_call(supersedes="none", decision_id="d1"), rank_call()]
        )
        assert isinstance(answers[2], RankAnswer)
        assert SOME is answers[2].decision.value.result
        return [type(answer) for answer in answers if isinstance(answer, BanditError)]

    assert 2 == len(in_shop(story()))
