"""The law of parts: a log with parts is like one in which each row is a record of its own."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.activation import ActivationState
from banditsvc.core.campaign import Campaign
from banditsvc.core.choice import Choice
from banditsvc.core.contact import Contact
from banditsvc.core.decision import Decision
from banditsvc.ports import DecisionLog, LogRecord, Recorded
from banditsvc.store import MemoryLog, SqliteLog
from tests.store.audience_files import canonical, row, write_part
from tests.store.build import ACME, SHOP, activation, contact, contacting

_CUSTOMERS = [f"c{number}" for number in range(5)]
_MOMENTS = st.integers(0, 3)


class _Part(NamedTuple):
    campaigns: dict[str, str]
    """By customer; empty for no contact."""
    send_time_us: int
    hold_until_us: int | None
    occasion: str

    def rows(self, run_id: str) -> list[Decision]:
        return [
            row(
                customer_id,
                number,
                run_id=run_id,
                send_time_us=self.send_time_us,
                occasion=self.occasion,
                hold_until_us=self.hold_until_us,
                campaign_id=self.campaigns[customer_id],
            )
            for number, customer_id in enumerate(canonical([*self.campaigns]))
        ]


_PARTS = st.builds(
    _Part,
    st.dictionaries(st.sampled_from(_CUSTOMERS), st.sampled_from(["", "a", "b"]), max_size=4),
    _MOMENTS,
    st.none() | _MOMENTS,
    st.sampled_from(["", "monday"]),
)
_CONTACTS = st.none() | st.builds(
    contact,
    st.sampled_from("ab"),
    customer_id=st.sampled_from(_CUSTOMERS[:2]),
    time_us=_MOMENTS,
    hold_until_us=st.none() | _MOMENTS,
)


def _said_of(
    decision_ids: list[str], contacts: st.SearchStrategy[Contact | None] = _CONTACTS
) -> st.SearchStrategy[LogRecord]:
    return st.builds(
        activation,
        st.sampled_from(decision_ids),
        state=st.sampled_from(ActivationState),
        time_us=_MOMENTS,
        contact=contacts,
    )


_RECORDS = st.lists(st.builds(contacting, st.sampled_from("uvwx"), _CONTACTS) | _said_of(["u", "v"]), max_size=3)
_SAID_OF_ROWS = st.lists(_said_of(["run0/0", "run0/1", "run1/0"], st.none()), max_size=3)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(parts=st.lists(st.tuples(_RECORDS, _PARTS), max_size=3), said=_SAID_OF_ROWS, now_us=_MOMENTS)
def test_rows_are_as_if_each_were_a_record(
    parts: list[tuple[list[LogRecord], _Part]],
    said: list[LogRecord],
    now_us: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A log whose rows stand in parts answers every question as one in which each row is a record of its own."""
    directory = tmp_path_factory.mktemp("log")
    sqlite, plain = SqliteLog(directory / "log.db"), MemoryLog(directory)
    for place, (records, part) in enumerate(parts):
        rows = part.rows(f"run{place}")
        entry = write_part(directory, rows, run_id=f"run{place}")
        sqlite.append([*records, entry], place)
        plain.append([*records, *rows] if rows else [*records, entry], place)
    for log in (sqlite, plain):
        log.append(said, 9)
    _check_alike(sqlite, plain, now_us)
    sqlite.close()


def _outline(recorded: Recorded[Decision]) -> tuple[object, ...]:
    """Returns what an outline says."""
    decision = recorded.value
    asked = decision.input
    of_input = ("portfolio_id", "customer_id", "send_time_us", "occasion", "channel", "placement", "is_test")
    of_decision = ("decision_id", "result", "decided_by", "group", "campaign_id", "treatment_id", "contact")
    ghost = decision.would_have_sent
    return (
        recorded.position,
        recorded.record_time_us,
        asked.defer_activation,
        {one.campaign_id for one in asked.candidates if isinstance(one, Campaign)} & {decision.campaign_id},
        None if ghost is None else (ghost.decided_by, ghost.campaign_id, ghost.treatment_id, ghost.contact),
        *[getattr(asked, name) for name in of_input],
        *[getattr(decision, name) for name in of_decision],
    )


def _check_alike(one: DecisionLog, other: DecisionLog, now_us: int) -> None:
    assert one.watermark() == other.watermark()
    assert one.read_decisions(SHOP, 0, 99) == other.read_decisions(SHOP, 0, 99)
    assert [_place(choice) for choice in one.read_choices(SHOP, 0, 99)] == [
        _place(choice) for choice in other.read_choices(SHOP, 0, 99)
    ]
    assert one.decisions_sent_between(SHOP, 1, 3, 2, 4) == other.decisions_sent_between(SHOP, 1, 3, 2, 4)
    span = (SHOP, _CUSTOMERS, 0, now_us)
    assert one.decisions_of_customers(*span) == other.decisions_of_customers(*span)
    assert one.contacts_of(ACME, _CUSTOMERS, now_us) == other.contacts_of(ACME, _CUSTOMERS, now_us)
    assert one.held_contacts(ACME, now_us) == other.held_contacts(ACME, now_us)
    assert [_outline(found) for found in one.outlines_of_customers(*span)] == [
        _outline(found) for found in other.outlines_of_customers(*span)
    ]
    for found in one.read_decisions(SHOP, 0, 99):
        told = one.get_outline(found.value.decision_id)
        assert told is not None
        assert _outline(found) == _outline(told)
    for campaign_id in "ab":
        unsent = (SHOP, campaign_id, now_us, 2)
        assert one.unsent_decisions(*unsent) == other.unsent_decisions(*unsent)
    for portfolio_id in ("", SHOP):
        tally = (ACME, portfolio_id, 0, 3, now_us)
        assert one.tally_contacts(*tally) == other.tally_contacts(*tally)
    for customer_id in _CUSTOMERS:
        assert one.get_decision_on(SHOP, customer_id, "monday") == other.get_decision_on(SHOP, customer_id, "monday")


def _place(choice: Recorded[Choice]) -> tuple[int, str]:
    return choice.position, choice.value.decision_id
