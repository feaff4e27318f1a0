"""Merges as they are made: one after the other, each with its own answer, all or none of them stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.errors import BanditError, FailedPrecondition, LogUnavailable, RecordDamaged
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID
from banditsvc.ports import Commit, LogRecord, Recorded
from banditsvc.serving.merging import MOST_IDS, MergeAnswer
from banditsvc.store.memory import MemoryLog
from tests.serving.merges import Pair, merge_of, merged
from tests.serving.shop import Shop, in_shop, rank_call

IDS = [f"c{number}" for number in range(6)]
PAIRS = st.lists(
    st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)).filter(lambda pair: pair[0] != pair[1]), max_size=10
)


def stored(shop: Shop) -> list[Pair]:
    """Returns the merges in the log."""
    merges = [recorded.value for recorded in shop.log.read_merges(DEFAULT_ORGANIZATION_ID, 0)]
    return [(merge.merged_customer_id, merge.surviving_customer_id) for merge in merges]


def test_merging_into_a_merged_id_is_merging_into_its_survivor() -> None:
    """The answer names the customer that the id stands for now, and the log has it too."""

    async def story() -> tuple[list[tuple[str, bool] | str], list[Pair]]:
        shop = Shop()
        answers = await merged(shop, ("b", "c"))
        answers += await merged(shop, ("a", "b"))
        return answers, stored(shop)

    assert ([("c", False), ("c", False)], [("b", "c"), ("a", "c")]) == in_shop(story())


def test_what_is_merged_stays_merged() -> None:
    """The same merge again is a repeat, also by way of its survivor; another one is refused by the name of its survivor."""

    async def story() -> None:
        shop = Shop()
        await merged(shop, ("a", "b"))
        assert [("b", True)] == await merged(shop, ("a", "b"))
        await merged(shop, ("b", "c"))
        assert [("c", True), ("c", True)] == await merged(shop, ("a", "b"), ("a", "c"))
        [refusal] = await shop.merger.merge(DEFAULT_ORGANIZATION_ID, [merge_of(("a", "d"))])
        assert isinstance(refusal, FailedPrecondition)
        assert ("ALREADY_MERGED", True) == (refusal.reason, "merged into 'c' already" in str(refusal))
        assert [("a", "b"), ("b", "c")] == stored(shop)

    in_shop(story())


def test_a_customer_has_so_many_ids_at_most() -> None:
    """Merges that would give a customer more than a hundred ids are refused, within a call and over calls alike."""

    async def story() -> None:
        shop = Shop()
        wanted = [(f"g{number}", "star") for number in range(MOST_IDS + 1)]
        answers = await merged(shop, *wanted[:60])
        answers += await merged(shop, *wanted[60:])
        assert [("star", False)] * (MOST_IDS - 1) + ["TOO_MANY_IDS"] * 2 == answers
        assert ["TOO_MANY_IDS"] == await merged(shop, ("star", "other"))
        assert [("star", True)] == await merged(shop, wanted[0])

    in_shop(story())


def test_circles_are_refused() -> None:
    """What stands for another customer cannot survive it."""

    async def story() -> None:
        shop = Shop()
        await merged(shop, ("a", "b"), ("b", "c"))
        assert ["MERGED_THE_OTHER_WAY"] * 2 == await merged(shop, ("c", "a"), ("c", "b"))
        assert 2 == len(stored(shop))

    in_shop(story())


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_merges_of_one_call_behave_like_calls_in_a_row(pairs: list[Pair]) -> None:
    """One call of many merges answers and stores what one call for each does, in one commit."""

    async def story() -> None:
        whole, single = Shop(), Shop()
        answers = await merged(whole, *pairs)
        in_a_row = [answer for pair in pairs for answer in await merged(single, pair)]
        assert in_a_row == answers
        assert stored(single) == stored(whole)
        assert len({one.record_time_us for one in whole.log.read_merges(DEFAULT_ORGANIZATION_ID, 0)}) <= 1

    in_shop(story())


def test_racing_calls_make_one_merge() -> None:
    """Of calls at the same time that merge one id, one does, and the others see what it did."""

    async def story() -> None:
        shop = Shop()
        answers = await asyncio.gather(*(merged(shop, ("a", into)) for into in ("b", "b", "c")))
        assert [[("b", False)], [("b", True)], ["ALREADY_MERGED"]] == answers
        assert [("a", "b")] == stored(shop)

    in_shop(story())


def test_a_merge_is_logged_with_its_reason() -> None:
    """The log says why, and holds merges of each organization apart."""

    async def story() -> None:
        shop = Shop()
        wanted = [merge_of(("a", "b"), "x", "same e-mail"), merge_of(("a", "c"), "y")]
        for one in wanted:
            assert [MergeAnswer(one.surviving_customer_id, is_repeat=False)] == await shop.merger.merge(
                one.organization_id, [one]
            )
        assert [wanted[0]] == [recorded.value for recorded in shop.log.read_merges("x", 0)]
        assert "c" == shop.book.merges.of("y").survivor("a")

    in_shop(story())


class _FailingLog(MemoryLog):
    """A log whose commits can be made to fail, after they were made or before."""

    fails = ""

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        if self.fails == "before" and records:
            raise LogUnavailable("nothing was written")
        commit = super().append(records, now_us)
        if self.fails == "after" and records:
            raise LogUnavailable("it is not known whether the commit was made")
        return commit


@pytest.mark.parametrize(("fails", "then"), [("before", [("b", False)]), ("after", [("b", True)])])
def test_after_a_failed_commit_the_log_says_what_is_merged(fails: str, then: list[tuple[str, bool]]) -> None:
    """Nothing is told to be merged by a commit that failed; a repeat of the call says what became of it."""

    async def story() -> None:
        log = _FailingLog()
        shop = Shop(log=log)
        await merged(shop, ("x", "y"))
        log.fails = fails
        assert ["LogUnavailable"] * 3 == await merged(shop, ("a", "b"), ("a", "b"), ("x", "y"))
        log.fails = ""
        assert then == await merged(shop, ("a", "b"))
        assert [("x", "y"), ("a", "b")] == stored(shop)

    in_shop(story())


def test_without_its_merges_nobody_is_ranked() -> None:
    """Where the merges of an organization cannot be read, nothing is decided that may be a second contact."""

    class DamagedLog(MemoryLog):
        is_damaged = False

        def read_merges(self, organization_id: str, after: int) -> list[Recorded[CustomerMerge]]:
            if self.is_damaged:
                raise RecordDamaged("a record of the decision log cannot be read")
            return super().read_merges(organization_id, after)

    async def story() -> None:
        log = DamagedLog()
        shop = await Shop(log=log).open()
        await merged(shop, ("a", "b"))
        log.is_damaged = True
        assert ["RecordDamaged"] == await merged(shop, ("a", "b"))
        assert [RecordDamaged] == [type(answer) for answer in await shop.ranker.rank([rank_call("a")])]
        log.is_damaged = False
        [answer] = await shop.ranker.rank([rank_call("a")])
        assert not isinstance(answer, BanditError)
        assert "b" == answer.decision.value.input.customer_id

    in_shop(story())
