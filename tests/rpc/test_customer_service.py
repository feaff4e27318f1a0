"""CustomerService over the wire: each item with its own status, each fault by its path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import grpc
import pytest
from google.rpc import code_pb2, error_details_pb2, status_pb2

from banditsvc.client import BanditsvcError, Client, ClientOptions
from banditsvc.core.context import CustomerContext
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.errors import InvalidRequest, LogUnavailable
from banditsvc.ports import Commit, LogRecord
from banditsvc.rpc.wire_customer import read_enrollment, read_merge
from banditsvc.store import MemoryLog
from banditsvc.v1 import assignment_pb2, customer_pb2, decision_pb2
from tests.rpc.live import Live
from tests.rpc.messages import open_shop, rank

HELD_OUT = assignment_pb2.ASSIGNMENT_GROUP_HOLDOUT


def merge(merged: str = "old", surviving: str = "new", reason: str = "") -> customer_pb2.CustomerMerge:
    """Returns the merge of one id into another."""
    return customer_pb2.CustomerMerge(merged_customer_id=merged, surviving_customer_id=surviving, reason=reason)


def enrollment(customer_id: str = "c1", **changes: Any) -> customer_pb2.Enrollment:
    """Returns a customer who is to be enrolled."""
    return customer_pb2.Enrollment(customer_id=customer_id, **changes)


def outline(status: status_pb2.Status) -> tuple[int, str]:
    """Returns the code and the reason of a status."""
    info = error_details_pb2.ErrorInfo()
    if status.details:
        status.details[0].Unpack(info)
    return status.code, info.reason


def divide(client: Client, **spec: Any) -> None:
    """Holds half of the shop's customers out."""
    portfolio = client.get_portfolio("shop")
    portfolio.assignments.add(holdout=0.5, **spec)
    client.update_portfolio(portfolio)


def test_a_merge_arrives_whole() -> None:
    """Every field arrives where it belongs; a reason may have several lines."""
    wanted = CustomerMerge(
        organization_id="org", merged_customer_id="old", surviving_customer_id="new", reason="same\ne-mail"
    )
    assert wanted == read_merge(merge(reason="same\ne-mail"), "org")


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (merge("", "new"), ["merged_customer_id"]),
        (merge("old", ""), ["surviving_customer_id"]),
        (merge("", ""), ["merged_customer_id", "surviving_customer_id"]),
        (merge("x" * 129, "a\nb"), ["merged_customer_id", "surviving_customer_id"]),
        (merge("same", "same"), ["surviving_customer_id"]),
        (merge(reason="x" * 257), ["reason"]),
    ],
)
def test_faults_of_a_merge_name_their_fields(message: customer_pb2.CustomerMerge, fields: list[str]) -> None:
    """A merge at fault is refused by the paths of all fields that are."""
    with pytest.raises(InvalidRequest) as raised:
        read_merge(message, "org")
    assert fields == [violation.field for violation in raised.value.violations]


def test_an_enrollment_arrives_whole() -> None:
    """Every field arrives where it belongs; without a context nothing is known."""
    message = enrollment(assignment_key="household", channel="email", context={"segment": "new", "recency_days": 3.0})
    wanted = Enrollment(
        organization_id="org",
        portfolio_id="shop",
        customer_id="c1",
        assignment_key="household",
        channel="email",
        context=CustomerContext(segment="new", recency_days=3.0),
    )
    assert wanted == read_enrollment(message, "org", "shop")
    assert CustomerContext() == read_enrollment(enrollment(), "org", "shop").context


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"customer_id": ""}, ["customer_id"]),
        ({"customer_id": "x" * 129, "channel": "a\nb"}, ["customer_id", "channel"]),
        ({"assignment_key": "x" * 129}, ["assignment_key"]),
        ({"context": {"recency_days": -1.0, "r": 6}}, ["context.recency_days", "context.r"]),
    ],
)
def test_faults_of_an_enrollment_name_their_fields(changes: dict[str, Any], fields: list[str]) -> None:
    """An enrollment at fault is refused by the paths of all fields that are."""
    with pytest.raises(InvalidRequest) as raised:
        read_enrollment(enrollment(**changes), "org", "shop")
    assert fields == [violation.field for violation in raised.value.violations]


def test_each_merge_has_its_own_status(live: Live, client: Client) -> None:
    """Merges are made in their order; what is wrong with one is told by its place and hurts no other."""
    merges = [
        merge("a", "b"),
        merge("a", ""),
        merge("b", "c"),
        merge("a", "b"),
        merge("a", "d"),
        merge("c", "a"),
        merge("d", "a"),
    ]
    results = client.merge_customers(merges).results
    assert [
        (code_pb2.OK, ""),
        (code_pb2.INVALID_ARGUMENT, "INVALID_REQUEST"),
        (code_pb2.OK, ""),
        (code_pb2.OK, ""),
        (code_pb2.FAILED_PRECONDITION, "ALREADY_MERGED"),
        (code_pb2.FAILED_PRECONDITION, "MERGED_THE_OTHER_WAY"),
        (code_pb2.OK, ""),
    ] == [outline(result.status) for result in results]
    assert ["b", "", "c", "c", "", "", "c"] == [result.surviving_customer_id for result in results]
    assert [3] == [place for place, result in enumerate(results) if result.is_repeat]
    assert "merges[1].surviving_customer_id" in results[1].status.message
    assert "merged into 'c' already" in results[4].status.message
    assert 3 == len(live.log.read_merges("default", 0))


def test_a_chain_as_long_as_it_may_be(client: Client) -> None:
    """As many merges as a customer may have, each of the survivor of the one before, are one customer."""
    merges = [merge(f"c{place}", f"c{place + 1}") for place in range(99)]
    assert ["c99"] == [client.merge_customers(merges).results[-1].surviving_customer_id]
    first = client.merge_customers([merge("c0", "c99")]).results[0]
    assert (True, "c99") == (first.is_repeat, first.surviving_customer_id)
    contacted = client.rank(portfolio_id="shop", customer_id="c0", occasion="night").decision
    assert contacted == client.rank(portfolio_id="shop", customer_id="c77", occasion="night").decision


def test_a_merge_holds_in_its_organization(client: Client) -> None:
    """An id is merged in one organization and not in another; one that is unknown fails the whole call."""
    client.create_organization({"organization_id": "acme"})
    client.merge_customers([merge("old", "x")], "acme")
    assert not client.merge_customers([merge("old", "new")]).results[0].is_repeat
    assert client.merge_customers([merge("old", "new")], "default").results[0].is_repeat


def test_customers_are_enrolled_in_the_group_of_rank(live: Live, client: Client) -> None:
    """Each has its own status, and the group says for whom Rank would hold back."""
    divide(client)
    names = [f"c{number}" for number in range(40)]
    answer = client.enroll_customers("shop", [*map(enrollment, names), enrollment(""), {"customer_id": "c1"}])
    codes = [result.status.code for result in answer.results]
    assert [*[code_pb2.OK] * 40, code_pb2.INVALID_ARGUMENT, code_pb2.OK] == codes
    assert "enrollments[40].customer_id" in answer.results[40].status.message
    held_out = [
        result.response.decision.result == decision_pb2.RESULT_HELD_OUT
        for result in client.batch_rank([rank(name) for name in names]).results
    ]
    assert held_out == [result.group == HELD_OUT for result in answer.results[:40]]
    assert 0 < sum(held_out) < 40
    assert 40 == len(live.log.read_enrollments("shop", 0, 99))


def test_an_enrollment_needs_groups_and_their_channel(client: Client) -> None:
    """Where nobody is divided it is the wrong moment; where groups are by channel, a channel is required."""
    [refused] = client.enroll_customers("shop", [enrollment()]).results
    assert (code_pb2.FAILED_PRECONDITION, "NO_GROUPS") == outline(refused.status)
    divide(client, channel="email")
    results = client.enroll_customers("shop", [enrollment(), enrollment(channel="email")]).results
    assert [code_pb2.INVALID_ARGUMENT, code_pb2.OK] == [result.status.code for result in results]
    assert "enrollments[0].channel" in results[0].status.message


@pytest.mark.parametrize(
    ("call", "code", "fields"),
    [
        (lambda client: client.merge_customers([merge()], "none"), grpc.StatusCode.NOT_FOUND, []),
        (
            lambda client: client.merge_customers([merge()], "no/where"),
            grpc.StatusCode.INVALID_ARGUMENT,
            ["organization_id"],
        ),
        (lambda client: client.merge_customers([merge()] * 1001), grpc.StatusCode.INVALID_ARGUMENT, ["merges"]),
        (lambda client: client.enroll_customers("none", [enrollment()]), grpc.StatusCode.NOT_FOUND, []),
        (
            lambda client: client.enroll_customers("", [enrollment()]),
            grpc.StatusCode.INVALID_ARGUMENT,
            ["portfolio_id"],
        ),
        (
            lambda client: client.enroll_customers("shop", [enrollment()] * 1001),
            grpc.StatusCode.INVALID_ARGUMENT,
            ["enrollments"],
        ),
    ],
)
def test_what_is_wrong_with_the_whole_call_fails_it(
    live: Live, client: Client, call: Callable[[Client], object], code: grpc.StatusCode, fields: list[str]
) -> None:
    """An unknown organization or portfolio, or too many items, fail the call, and nothing is written."""
    before = live.log.watermark()
    with pytest.raises(BanditsvcError) as raised:
        call(client)
    assert (code, fields) == (raised.value.code, [violation.field for violation in raised.value.violations])
    assert before == live.log.watermark()


def test_what_was_not_stored_is_told_by_each_item() -> None:
    """While the log takes nothing every item is UNAVAILABLE, and none of it holds."""

    class StubbornLog(MemoryLog):
        is_stubborn = False

        def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
            if self.is_stubborn and records:
                raise LogUnavailable("the decision log cannot take records now")
            return super().append(records, now_us)

    log = StubbornLog()
    with Live(log=log) as live, Client(live.address, ClientOptions(most_attempts=1)) as client:
        open_shop(live)
        divide(client)
        log.is_stubborn = True
        merged = client.merge_customers([merge(), merge("new", "newer")]).results
        enrolled = client.enroll_customers("shop", [enrollment()]).results
        statuses = [*(one.status for one in merged), *(one.status for one in enrolled)]
        assert [(code_pb2.UNAVAILABLE, "LOG_UNAVAILABLE")] * 3 == [outline(status) for status in statuses]
        log.is_stubborn = False
        assert not client.merge_customers([merge()]).results[0].is_repeat
