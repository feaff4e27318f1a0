"""The contract of DecisionLog as to merges and enrollments, over every log."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.merges import Merges
from banditsvc.ports import DecisionLog, Recorded, Watermark
from banditsvc.store import MemoryLog, SqliteLog
from tests.store.build import ACME, SHOP, enrollment, merge, portfolio

_IDS = [f"c{number}" for number in range(7)]
_PAIRS = st.lists(st.tuples(st.sampled_from(_IDS), st.sampled_from(_IDS)), max_size=9)


def test_merges_are_read_by_position(log: DecisionLog) -> None:
    """read_merges gives the merges of one organization after a position, as they were recorded."""
    log.append([merge("a", "b", reason="same e-mail"), merge("a", "b", "other"), merge("b", "c")], now_us=5)
    assert [Recorded(1, 5, merge("a", "b", reason="same e-mail")), Recorded(3, 5, merge("b", "c"))] == (
        log.read_merges(ACME, 0)
    )
    assert [Recorded(3, 5, merge("b", "c"))] == log.read_merges(ACME, 1)
    assert [Recorded(2, 5, merge("a", "b", "other"))] == log.read_merges("other", 0)
    assert [] == log.read_merges("unknown", 0)


def test_an_id_is_merged_once(log: DecisionLog) -> None:
    """A second merge of an id in its organization is skipped, within a commit and across commits."""
    assert (1, None, 2) == log.append([merge("a", "b"), merge("a", "c"), merge("a", "c", "other")], 1).positions
    assert (None, 3) == log.append([merge("a", "c"), merge("b", "c")], 2).positions
    assert [merge("a", "b"), merge("b", "c")] == [one.value for one in log.read_merges(ACME, 0)]
    assert Watermark(3, 2) == log.watermark()


def test_enrollments_are_read_by_position(log: DecisionLog) -> None:
    """read_enrollments gives the first enrollments in a portfolio after a position; equal ones are each a record."""
    first, second = enrollment("a"), enrollment("b")
    log.append([first, enrollment("a", "other"), second, first], now_us=3)
    assert [Recorded(1, 3, first), Recorded(3, 3, second)] == log.read_enrollments(SHOP, 0, 2)
    assert [Recorded(4, 3, first)] == log.read_enrollments(SHOP, 3, 9)
    assert [] == log.read_enrollments("unknown", 0, 9)


def test_enrollments_of_customers(log: DecisionLog) -> None:
    """enrollments_of gives every enrollment of the customers in one portfolio by position, and of nobody else."""
    log.append([enrollment("a"), enrollment("b"), enrollment("a", "other"), enrollment("c")], now_us=3)
    log.append([enrollment("a")], now_us=4)
    assert [1, 4, 5] == [one.position for one in log.enrollments_of(SHOP, ["a", "c", "a", "unknown"])]
    assert [] == log.enrollments_of(SHOP, [])
    assert [] == log.enrollments_of("unknown", ["a"])


def test_merges_of_customers_are_those_of_their_families(log: DecisionLog) -> None:
    """merges_of_customers gives all merges of the families of the ids, in the organization of the portfolio."""
    log.append([replace(portfolio(), organization_id=ACME), portfolio("another")], now_us=1)
    chain, beside = [merge("a", "b"), merge("b", "c"), merge("d", "c")], merge("x", "y")
    log.append([*chain, beside, merge("a", "z", "other")], now_us=2)
    for name in ("a", "b", "c", "d"):
        assert chain == [one.value for one in log.merges_of_customers(SHOP, [name, name])]
    assert [*chain, beside] == [one.value for one in log.merges_of_customers(SHOP, ["y", "d"])]
    assert [] == log.merges_of_customers(SHOP, ["z", "nobody"])
    assert [] == log.merges_of_customers(SHOP, [])
    assert [] == log.merges_of_customers("another", ["a"])
    assert [] == log.merges_of_customers("unknown", ["a"])


@settings(max_examples=60, deadline=None)
@given(pairs=_PAIRS, asked=st.lists(st.sampled_from(_IDS), max_size=3))
def test_families_can_be_told_from_the_merges_of_customers(
    pairs: list[tuple[str, str]], asked: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The merges of some customers say the same of these as all merges do, whatever circles were tried."""
    memory, sqlite = MemoryLog(), SqliteLog(tmp_path_factory.mktemp("log") / "log.db")
    for log in (memory, sqlite):
        log.append([replace(portfolio(), organization_id=ACME)], now_us=1)
        for number, pair in enumerate(pairs):
            log.append([merge(*pair)], now_us=2 + number)
    whole = Merges((one.record_time_us, one.value) for one in memory.read_merges(ACME, 0))
    assert memory.merges_of_customers(SHOP, asked) == sqlite.merges_of_customers(SHOP, asked)
    few = Merges((one.record_time_us, one.value) for one in sqlite.merges_of_customers(SHOP, asked))
    assert [whole.family(name) for name in asked] == [few.family(name) for name in asked]
    sqlite.close()
