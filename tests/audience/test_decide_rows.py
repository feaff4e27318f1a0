"""The law of an audience: columns decide what Rank decides, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.decide_rows import decide_rows
from banditsvc.audience.decided_rows import DecidedAlone
from banditsvc.audience.part_table import PART_SCHEMA, part_table
from banditsvc.core.decision import Decision
from banditsvc.core.room import Room
from banditsvc.log_rows import decision_row
from banditsvc.ports import Recorded
from tests.audience.audience_worlds import Audience, random_audience
from tests.audience.described_worlds import with_pairs

CUSTOMERS = 14
Rows = list[dict[str, object]]


@pytest.fixture(autouse=True)
def _as_in_production() -> Iterator[None]:
    """Lets scores that are not finite come out so, rather than raise."""
    with np.errstate(all="ignore"):
        yield


def logged(decisions: list[Decision]) -> Rows:
    """Returns the rows that the log has of decisions of Rank."""
    rows = [decision_row(Recorded(0, 0, decision)) for decision in decisions]
    columns = [pa.array([row[one.name] for row in rows], one.type) for one in PART_SCHEMA]
    found: Rows = pa.Table.from_arrays(columns, schema=PART_SCHEMA).to_pylist()
    return found


def decided(audience: Audience, rows: AudienceRows, rooms: list[Room]) -> Rows:
    """Returns the rows of a part, which are decided by columns."""
    found = decide_rows(audience.active, rows, audience.terms, rooms)
    assert not [block for block in found.blocks if isinstance(block, DecidedAlone)]
    table: Rows = part_table(audience.active, rows, audience.terms, found).whole(audience.terms.run_id).to_pylist()
    return table


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32))
def test_an_audience_is_decided_as_rank_would(seed: int) -> None:
    """Each customer's row is that of the decision that Rank makes with the same id, standing and capacity."""
    audience = random_audience(seed, CUSTOMERS)
    found = decided(audience, audience.rows, audience.rooms())
    assert logged(audience.ranked()) == found


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32))
def test_campaigns_described_with_a_row_are_decided_as_rank_would(seed: int) -> None:
    """A campaign with features of the pair is decided for as one given inline to Rank, and logged as it."""
    audience = with_pairs(random_audience(seed, 8), seed)
    found = decided(audience, audience.rows, audience.rooms())
    assert logged(audience.ranked()) == found


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32), st.lists(st.integers(0, CUSTOMERS), max_size=4))
def test_parts_may_be_split_anywhere(seed: int, cuts: list[int]) -> None:
    """Where no capacity is limited, the rows of the parts of an audience are those of the whole."""
    audience = random_audience(seed, CUSTOMERS)
    edges = [0, *sorted(cuts), CUSTOMERS]
    parts = [np.arange(start, end) for start, end in pairwise(edges)]
    found = [row for places in parts for row in decided(audience, audience.rows.take(places), [])]
    assert decided(audience, audience.rows, []) == found


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32))
def test_contacts_are_those_that_take_capacity(seed: int) -> None:
    """The contacts of a part are counted by campaign, without those of ghosts."""
    audience = random_audience(seed, CUSTOMERS)
    found = decide_rows(audience.active, audience.rows, audience.terms, audience.rooms())
    sent = [one.contact.campaign.campaign_id for one in audience.ranked() if one.contact is not None]
    assert {one: sent.count(one) for one in sent} == dict(found.contacts)
