"""The contract of DecisionLog for parts of audiences, over every log."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from banditsvc.core.activation import ActivationState
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.customer_hash import customer_hash
from banditsvc.core.decision import DecidedBy, Decision, GhostDecision, Result
from banditsvc.log_decisions import Unwritten
from banditsvc.ports import ContactTally, DecisionLog, HeldContact, LogRecord, Recorded, UnsentDecisions, Watermark
from banditsvc.store import SqliteLog
from tests.store.audience_files import LEARNED, canonical, row, rows_of, write_part
from tests.store.build import ACME, SHOP, activation, contact, contacting, decision

_CUSTOMERS = [f"c{number}" for number in range(8)]
_HOUR_US = 3_600_000_000


def _recorded(first: int, time_us: int, decisions: list[Decision]) -> list[Recorded[Decision]]:
    return [Recorded(position, time_us, one) for position, one in enumerate(decisions, first)]


def test_rows_take_positions_one_after_another(log: DecisionLog, tmp_path: Path) -> None:
    """A part has the position of its first row; the next record stands behind its last, and a part without rows takes one."""
    rows = rows_of(_CUSTOMERS)
    group: list[LogRecord] = [decision("d1"), write_part(tmp_path, rows), decision("d2")]
    assert (1, 2, 10) == log.append(group, 5).positions
    assert Watermark(10, 5) == log.watermark()
    assert (11, 12) == log.append([write_part(tmp_path, [], number=1), decision("d3")], 6).positions
    found = log.read_decisions(SHOP, 0, 99)
    assert [Recorded(1, 5, decision("d1")), *_recorded(2, 5, rows)] == found[:9]
    assert [10, 12] == [one.position for one in found[9:]]


def test_a_part_is_known_by_its_run_and_number(log: DecisionLog, tmp_path: Path) -> None:
    """A part that the log has is skipped, in a later commit and in the same one; it uses no position."""
    part, other = (
        write_part(tmp_path, rows_of(["c1", "c2"])),
        write_part(tmp_path, rows_of(["c3"], run_id="b"), run_id="b"),
    )
    assert (1, None, 3) == log.append([part, part, other], 1).positions
    assert (None, 4) == log.append([part, decision("d1")], 2).positions
    assert 4 == log.count_decisions(SHOP, 0)


def test_pages_run_over_records_and_rows(log: DecisionLog, tmp_path: Path) -> None:
    """Pages of any length, from any position, give records and rows as one list by position."""
    log.append([decision("d1"), decision("x", portfolio_id="other")], 1)
    for number in range(3):
        log.append(
            [write_part(tmp_path, rows_of(_CUSTOMERS[:5], first=9 * number), number=number), decision(f"e{number}")], 2
        )
    log.append([decision("d2")], 3)
    whole = log.read_decisions(SHOP, 0, 99)
    assert sorted(one.position for one in whole) == [one.position for one in whole]
    assert 20 == len(whole)
    for after in range(22):
        rest = [one for one in whole if one.position > after]
        assert len(rest) == log.count_decisions(SHOP, after)
        for limit in (1, 4, 7):
            assert rest[:limit] == log.read_decisions(SHOP, after, limit)


def test_rows_are_found_by_id(log: DecisionLog, tmp_path: Path) -> None:
    """get_decision finds each row of each part, whatever the gaps between row numbers, and nothing else."""
    first, second = rows_of(_CUSTOMERS, step=3), rows_of(_CUSTOMERS[:2], first=100)
    unwritten = Unwritten(has_send_time=True, shadow_learned=LEARNED)
    log.append([write_part(tmp_path, first, unwritten=unwritten), write_part(tmp_path, second, number=1)], 4)
    told = [structs.replace(one, input=structs.replace(one.input, has_send_time=True)) for one in first]
    for recorded in [*_recorded(1, 4, told), *_recorded(9, 4, second)]:
        assert recorded == log.get_decision(recorded.value.decision_id)
    for unknown in ("night/1", "night/22", "night/99", "night/102", "other/0", "night", "night/00"):
        assert log.get_decision(unknown) is None


def test_rows_are_found_by_customer(log: DecisionLog, tmp_path: Path) -> None:
    """decisions_of_customers gives records and rows of all runs with send_time in the span, by position."""
    ordered = canonical(_CUSTOMERS)
    log.append([decision("d1", customer_id="c1", send_time_us=5)], 1)
    for place, run_id in enumerate("abc"):
        for number, customers in enumerate((ordered[:3], ordered[3:])):
            rows = rows_of(customers, first=10 * number, run_id=run_id, send_time_us=place)
            log.append([write_part(tmp_path, rows, run_id=run_id, number=number)], 2)
    found = log.decisions_of_customers(SHOP, ["c3", "c1", "nobody", "c1"], 0, 2)
    assert sorted(one.position for one in found) == [one.position for one in found]
    assert [("a", 0), ("a", 0), ("b", 1), ("b", 1)] == [
        (one.value.decision_id[0], one.value.input.send_time_us) for one in found
    ]
    assert {"c1", "c3"} == {one.value.input.customer_id for one in found}
    assert ["d1"] == [one.value.decision_id for one in log.decisions_of_customers(SHOP, ["c1"], 5, 6)]
    assert [] == log.decisions_of_customers("other", ["c1"], 0, 9) == log.decisions_of_customers(SHOP, ["x"], 0, 9)


def test_the_newest_on_an_occasion_is_a_row_or_a_record(log: DecisionLog, tmp_path: Path) -> None:
    """get_decision_on gives the newest of records and rows; other occasions, customers and portfolios have none of it."""
    made = decision("d1")
    log.append([structs.replace(made, input=structs.replace(made.input, occasion="monday"))], 1)
    rows = rows_of(_CUSTOMERS, occasion="monday")
    log.append([write_part(tmp_path, rows)], 2)
    for one in rows:
        found = log.get_decision_on(SHOP, one.input.customer_id, "monday")
        assert found is not None
        assert one == found.value
    assert log.get_decision_on(SHOP, "c1", "tuesday") is None
    assert log.get_decision_on("other", "c1", "monday") is None
    later = structs.replace(decision("d2"), input=structs.replace(made.input, occasion="monday"))
    log.append([later], 3)
    assert Recorded(10, 3, later) == log.get_decision_on(SHOP, "c1", "monday")


def test_decisions_are_read_by_send_time(log: DecisionLog, tmp_path: Path) -> None:
    """decisions_sent_between gives the records and rows of the span alone."""
    log.append([decision("d1", send_time_us=4), write_part(tmp_path, rows_of(["c1", "c2"], send_time_us=4))], 1)
    later = rows_of(["c1", "c2"], run_id="b", send_time_us=9)
    log.append([write_part(tmp_path, later, run_id="b"), decision("d2", send_time_us=9)], 1)
    assert [1, 2, 3] == [one.position for one in log.decisions_sent_between(SHOP, 0, 9, 0, 9)]
    assert [5, 6] == [one.position for one in log.decisions_sent_between(SHOP, 5, 10, 4, 9)]
    assert [4, 5] == [one.position for one in log.decisions_sent_between(SHOP, 5, 10, 2, 2)]


def test_contacts_follow_from_rows(log: DecisionLog, tmp_path: Path) -> None:
    """Each row makes the contact that it carries: of its customer, in tallies, held until its moment, and unsent till then."""
    *first, last = canonical(_CUSTOMERS[:6])
    rows = [
        row(one, place, campaign_id="ab"[place % 2], cost=0.5, hold_until_us=9, send_time_us=3)
        for place, one in enumerate(first)
    ]
    log.append([write_part(tmp_path, rows), write_part(tmp_path, [row(last, 7, campaign_id="")], number=1)], 1)
    every = [HeldContact(one.decision_id, one.contact) for one in rows if one.contact is not None]
    assert [] == log.held_contacts(ACME, 9)
    assert [9] == log.row_deadlines(ACME, 9)
    assert [] == log.row_deadlines(ACME, 10) == log.row_deadlines("others", 9)
    assert every == log.contacts_of(ACME, _CUSTOMERS, 3)
    assert every[2:3] == log.contacts_of(ACME, [rows[2].input.customer_id], 0)
    assert [] == log.contacts_of(ACME, _CUSTOMERS, 4) == log.contacts_of("others", _CUSTOMERS, 0)
    a, b = (CampaignLabels(campaign_id=name, type=2, cost=0.5) for name in "ab")
    assert [ContactTally(a, 3), ContactTally(b, 2)] == log.tally_contacts(ACME, SHOP, 3, 4, 9)
    assert [] == log.tally_contacts(ACME, "", 3, 4, 10) == log.tally_contacts(ACME, "", 4, 9, 5)
    assert UnsentDecisions(("night/1",), 2) == log.unsent_decisions(SHOP, "b", 9, 1)


def test_what_becomes_of_a_row_changes_its_contact(log: DecisionLog, tmp_path: Path) -> None:
    """SENT moves a row's contact to its time, for good; another state puts the activation's own in its place, or nothing."""
    rows = rows_of(_CUSTOMERS[:4], hold_until_us=9)
    log.append([write_part(tmp_path, rows)], 1)
    other = contact("b", customer_id=rows[1].input.customer_id, time_us=7)
    states = [(ActivationState.SENT, None), (ActivationState.REPLACED_BY, other), (ActivationState.NOT_SENT, None)]
    said = [
        activation(f"night/{place}", state=state, time_us=5, contact=own) for place, (state, own) in enumerate(states)
    ]
    log.append([*said, activation("night/3", time_us=6), activation("night/9"), activation("other/3")], 2)
    moved = [
        structs.replace(one.contact, contact_time_us=time_us, hold_until_us=None)
        for one, time_us in ((rows[0], 5), (rows[3], 6))
        if one.contact
    ]
    expected = [HeldContact("night/0", moved[0]), HeldContact("night/3", moved[1]), HeldContact("night/1", other)]
    assert expected == log.contacts_of(ACME, _CUSTOMERS, 0)
    assert [] == log.held_contacts(ACME, 0)
    a, b = (CampaignLabels(campaign_id=name, type=2) for name in "ab")
    assert [ContactTally(a, 2), ContactTally(b, 1)] == log.tally_contacts(ACME, "", 0, 99, 0)


def test_ghosts_of_rows_are_contacts_of_their_customers_alone(log: DecisionLog, tmp_path: Path) -> None:
    """The contact of a held-out row's ghost is among its customer's, and in nothing else."""
    made = row("c1", 0)
    assert made.contact is not None
    ghost = GhostDecision(
        decided_by=DecidedBy.POLICY, campaign_id="a", contact=structs.replace(made.contact, is_ghost=True)
    )
    held_out = structs.replace(made, result=Result.HELD_OUT, campaign_id="", contact=None, would_have_sent=ghost)
    log.append([write_part(tmp_path, [held_out])], 1)
    assert [HeldContact("night/0", structs.replace(made.contact, is_ghost=True))] == log.contacts_of(ACME, ["c1"], 0)
    assert [] == log.tally_contacts(ACME, "", 0, 99, 0)


def test_a_log_that_is_opened_again_has_its_parts(tmp_path: Path) -> None:
    """A writer that opens the file, and readers beside it, see parts as of now, and so do readers opened before a part came."""
    rows = rows_of(_CUSTOMERS)
    log = SqliteLog(tmp_path / "log.db")
    reader = SqliteLog(tmp_path / "log.db", read_only=True)
    assert [] == reader.read_decisions(SHOP, 0, 9)
    log.append([write_part(tmp_path, rows)], 1)
    assert _recorded(1, 1, rows) == reader.read_decisions(SHOP, 0, 99)
    log.close()
    again = SqliteLog(tmp_path / "log.db")
    assert Recorded(3, 1, rows[2]) == again.get_decision("night/2") == reader.get_decision("night/2")
    assert (9,) == again.append([decision("d1")], 2).positions
    again.close()
    reader.close()


def test_contacts_since_a_time_are_those_of_everybody(tmp_path: Path) -> None:
    """contacts_since and part_contacts give together what stands of all customers' contacts by a position, each once."""
    log = SqliteLog(tmp_path / "log.db")
    made = [contact(customer_id="x", time_us=time_us) for time_us in (1, 5)]
    log.append([contacting(f"d{place}", one) for place, one in enumerate(made)], 1)
    rows = rows_of(_CUSTOMERS[:4], send_time_us=4)
    log.append([write_part(tmp_path, rows)], 1)
    own = contact("b", customer_id="x", time_us=6)
    said = [activation("night/1", state=ActivationState.NOT_SENT), activation("night/2", time_us=7)]
    log.append([*said, activation("d1", state=ActivationState.REPLACED_BY, contact=own), contacting("d9", made[1])], 2)
    moved = structs.replace(contact(), customer_id=rows[2].input.customer_id, contact_time_us=7)
    assert {"d1": own, "night/2": moved} == {one.decision_id: one.contact for one in log.contacts_since(ACME, 2, 6)}
    [columns] = log.part_contacts(ACME, 2, 6)
    assert [0, -1, -1, 0] == columns.codes.tolist()
    assert [one.input.customer_id for one in rows] == columns.customer_ids.to_pylist()
    assert [customer_hash(one.input.customer_id) for one in rows] == columns.hashes.tolist()
    assert (structs.replace(contact(time_us=4), customer_id=""),) == columns.contacts
    assert [] == list(log.part_contacts(ACME, 5, 6)) == list(log.part_contacts(ACME, 2, 2))
    assert [] == list(log.part_contacts("others", 2, 6))
    log.close()


def test_customers_on_an_occasion_are_those_of_records_and_rows(tmp_path: Path) -> None:
    """customers_on gives everybody who has a decision on the occasion in the portfolio by a position, and nobody else."""
    log = SqliteLog(tmp_path / "log.db")
    made = [decision("d1", customer_id="x"), decision("d2", customer_id="y", portfolio_id="other")]
    log.append([structs.replace(one, input=structs.replace(one.input, occasion="monday")) for one in made], 1)
    log.append([write_part(tmp_path, rows_of(["a", "b"], occasion="monday"))], 2)
    log.append([write_part(tmp_path, rows_of(["c"], run_id="b", occasion="tuesday"), run_id="b")], 2)
    assert {"x", "a", "b"} == set(log.customers_on(SHOP, "monday", 9))
    assert ["x"] == list(log.customers_on(SHOP, "monday", 2))
    assert ["c"] == list(log.customers_on(SHOP, "tuesday", 9))
    log.close()
