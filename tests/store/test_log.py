"""The contract of DecisionLog, over every log."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import RankInput, Result
from banditsvc.core.errors import LogUnavailable
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.policy import Policy
from banditsvc.ports import (
    CampaignVersion,
    CertificateOverride,
    DecisionLog,
    Deployment,
    FiledCertificate,
    LogRecord,
    ModelPin,
    Recorded,
    RelearnRequest,
    Watermark,
)
from banditsvc.store import MemoryLog, SqliteLog
from tests.core.certificates import certificate
from tests.store.build import SHOP, activation, decision, feed_mark, outcome, portfolio, refund

T = TypeVar("T")


def _values(found: list[Recorded[T]]) -> list[T]:
    return [recorded.value for recorded in found]


def test_an_empty_log_has_watermark_zero(log: DecisionLog) -> None:
    """An empty log is complete to position 0 at time 0."""
    assert log.watermark() == Watermark(0, 0)


def test_one_commit_has_one_stamp(log: DecisionLog) -> None:
    """All records of a commit carry its stamp, and their positions follow each other in the order given."""
    commit = log.append([decision("d1"), outcome("o1"), activation("d1"), feed_mark(5), portfolio()], now_us=100)
    assert commit.record_time_us == 100
    assert commit.positions == (1, 2, 3, 4, 5)
    assert log.get_decision("d1") == Recorded(1, 100, decision("d1"))
    assert log.get_outcome(SHOP, "o1") == [Recorded(2, 100, outcome("o1"))]
    assert log.get_activation("d1") == Recorded(3, 100, activation("d1"))
    assert log.read_feed_marks(SHOP) == [Recorded(4, 100, feed_mark(5))]
    assert log.read_resources(0) == [Recorded(5, 100, portfolio())]


def test_stamps_rise_when_time_does_not(log: DecisionLog) -> None:
    """A commit's stamp is the present time, or one more than the last stamp where that is later."""
    stamps = [log.append([], now_us=now).record_time_us for now in (50, 50, 10, 51, 90)]
    assert stamps == [50, 51, 52, 53, 90]


def test_an_empty_commit_moves_the_watermark_in_time_alone(log: DecisionLog) -> None:
    """An empty append is a heartbeat: a new stamp, the same position."""
    log.append([decision("d1")], now_us=5)
    assert log.append([], now_us=9).positions == ()
    assert log.watermark() == Watermark(1, 9)


def test_known_keys_are_skipped_and_use_no_position(log: DecisionLog) -> None:
    """A record whose key exists, in the log or earlier in the group, is left as it was and has position None."""
    log.append([decision("d1"), activation("d1"), outcome("o1")], now_us=1)
    group: list[LogRecord] = [
        decision("d1", customer_id="other"),
        decision("d2"),
        decision("d2", customer_id="other"),
        activation("d1", time_us=7),
        activation("d2"),
        outcome("o1", occur_time_us=7),
        outcome("o1", revision=1),
        outcome("o1", portfolio_id="other"),
    ]
    assert log.append(group, now_us=2).positions == (None, 4, None, None, 5, None, 6, 7)
    assert log.watermark() == Watermark(7, 2)
    assert log.get_decision("d1") == Recorded(1, 1, decision("d1"))
    assert log.get_decision("d2") == Recorded(4, 2, decision("d2"))
    assert log.get_activation("d1") == Recorded(2, 1, activation("d1"))
    assert _values(log.get_outcome(SHOP, "o1")) == [outcome("o1"), outcome("o1", revision=1)]


def test_a_skipped_group_still_moves_the_watermark(log: DecisionLog) -> None:
    """A commit of nothing new has a stamp of its own and keeps the position."""
    log.append([decision("d1")], now_us=1)
    log.append([decision("d1")], now_us=2)
    assert log.watermark() == Watermark(1, 2)


def test_feed_marks_and_resources_have_no_key(log: DecisionLog) -> None:
    """Equal feed marks and equal resources are each a record of their own."""
    assert log.append([feed_mark(1), feed_mark(1), portfolio(), portfolio()], now_us=1).positions == (1, 2, 3, 4)


def test_a_group_that_cannot_be_stored_leaves_nothing(tmp_path: Path) -> None:
    """A commit is atomic: where one record cannot be stored none is, and the next commit takes the same positions."""
    log = SqliteLog(tmp_path / "log.db")
    log.append([decision("d0")], now_us=1)
    with pytest.raises(UnicodeEncodeError):
        log.append([decision("d1"), outcome("o1", customer_id="\ud800")], now_us=2)
    assert log.get_decision("d1") is None
    assert log.watermark() == Watermark(1, 1)
    assert log.append([decision("d1")], now_us=2).positions == (2,)
    log.close()


def test_decisions_are_read_by_position(log: DecisionLog) -> None:
    """read_decisions gives the first decisions of one portfolio after a position, in order."""
    records = [decision(f"d{i}", portfolio_id=SHOP if i % 2 else "other") for i in range(10)]
    log.append(records, now_us=1)
    assert [found.position for found in log.read_decisions(SHOP, 0, 3)] == [2, 4, 6]
    assert [found.position for found in log.read_decisions(SHOP, 6, 3)] == [8, 10]
    assert [found.position for found in log.read_decisions(SHOP, 10, 3)] == []
    assert log.read_decisions("unknown", 0, 3) == []


def test_outcomes_are_read_by_position(log: DecisionLog) -> None:
    """read_outcomes gives the first outcomes of one portfolio after a position, in order."""
    log.append([outcome(f"o{i}", portfolio_id=SHOP if i % 2 else "other") for i in range(10)], now_us=1)
    assert [found.position for found in log.read_outcomes(SHOP, 0, 2)] == [2, 4]
    assert [found.position for found in log.read_outcomes(SHOP, 4, 9)] == [6, 8, 10]


def test_resources_are_read_after_a_position(log: DecisionLog) -> None:
    """read_resources gives resources of every kind as they were, of all portfolios."""
    resources: list[LogRecord] = [
        portfolio(),
        CampaignVersion(
            portfolio_id=SHOP, catalogue_version=1, campaign=Campaign(campaign_id="a", features={"x": 2.5})
        ),
        Policy(portfolio_id=SHOP, policy_version=3, floor=0.1),
        Deployment(portfolio_id="other", policy_version=3),
        FiledCertificate(portfolio_id=SHOP, certificate=certificate()),
        CertificateOverride(portfolio_id=SHOP, policy_version=3, reason="tried by hand"),
        ModelPin(portfolio_id=SHOP, model_version="m"),
        RelearnRequest(portfolio_id=SHOP),
    ]
    log.append([decision("d1"), *resources], now_us=1)
    assert _values(log.read_resources(0)) == resources
    assert _values(log.read_resources(4)) == resources[3:]


def test_feed_marks_are_those_of_the_portfolio(log: DecisionLog) -> None:
    """read_feed_marks gives every mark of one portfolio after a position, not only the last."""
    log.append([feed_mark(2), feed_mark(1), feed_mark(3, portfolio_id="other")], now_us=1)
    assert _values(log.read_feed_marks(SHOP)) == [feed_mark(2), feed_mark(1)]
    assert _values(log.read_feed_marks(SHOP, 1)) == [feed_mark(1)]


def test_activations_are_read_page_by_page(log: DecisionLog) -> None:
    """read_activations gives the first ones of one portfolio after a position, in log order."""
    log.append([activation(f"d{place}") for place in range(4)], now_us=1)
    assert _values(log.read_activations(SHOP, 1, 2)) == [activation("d1"), activation("d2")]
    assert log.read_activations("other", 0, 9) == []


def test_what_is_not_there_is_none_or_empty(log: DecisionLog) -> None:
    """Looking for what is not in the log gives None or an empty list."""
    assert log.get_decision("d") is None
    assert log.get_activation("d") is None
    assert log.get_outcome(SHOP, "o") == []
    assert log.sends_of(["d"]) == log.sends_of([]) == []
    assert log.outcomes_named(SHOP, ["o"]) == log.outcomes_named(SHOP, []) == []
    assert log.activations_of(["d"]) == log.activations_of([]) == []
    assert log.refunds_of(SHOP, ["o"]) == log.refunds_of(SHOP, []) == []
    assert log.outcomes_of_decisions(SHOP, ["d"]) == log.outcomes_of_decisions(SHOP, []) == []
    assert log.outcomes_of_customers(SHOP, ["c"], 0, 9) == log.outcomes_of_customers(SHOP, [], 0, 9) == []
    assert log.decisions_of_customers(SHOP, ["c"], 0, 9) == log.decisions_of_customers(SHOP, [], 0, 9) == []
    assert log.read_feed_marks(SHOP) == []


def test_many_decisions_and_outcomes_are_found_by_their_ids(log: DecisionLog) -> None:
    """Those named come once each, outcomes by position with all revisions and of one portfolio alone."""
    restated = outcome("o1", revision=1)
    log.append([decision("d2"), outcome("o2"), outcome("o1"), decision("d1"), decision("d3"), restated], now_us=1)
    log.append([outcome("o1", portfolio_id="other")], now_us=2)
    found = log.sends_of(["d1", "d2", "d1", "d9"])
    assert [(1, "d2"), (4, "d1")] == sorted((one.position, one.value.decision_id) for one in found)
    assert [outcome("o1"), restated] == _values(log.outcomes_named(SHOP, ["o1", "o9", "o1"]))


def test_restated_outcomes_are_those_with_a_revision_above_0(log: DecisionLog) -> None:
    """Of the ids named those under which the portfolio has such a revision, whether it has the first one or not."""
    log.append([outcome("o1"), outcome("o2", revision=1), outcome("o3"), outcome("o3", revision=2)], now_us=1)
    log.append([outcome("o1", portfolio_id="other", revision=1)], now_us=2)
    assert {"o2", "o3"} == log.restated(SHOP, ["o1", "o2", "o3", "o3", "o9"])
    assert {"o1"} == log.restated("other", ["o1", "o2"])
    assert set() == log.restated(SHOP, []) == log.restated("none", ["o1"])


def test_send_times_are_of_decisions_that_surely_go_out(log: DecisionLog) -> None:
    """A test, what waits for an activation or has one, nothing eligible, and what is not from before are left out."""
    named = {name: decision(name, send_time_us=7) for name in ("d1", "test", "deferred", "none", "held", "sent")}
    named["test"] = decision("test", is_test=True)
    named["deferred"] = structs.replace(
        named["deferred"], input=structs.replace(named["deferred"].input, defer_activation=True)
    )
    named["none"] = structs.replace(named["none"], result=Result.NO_ELIGIBLE)
    named["held"] = structs.replace(named["held"], input=named["deferred"].input, result=Result.HELD_OUT)
    log.append([*named.values(), activation("sent")], now_us=1)
    log.append([decision("later")], now_us=2)
    asked = [*named, "later", "unknown", "d1"]
    assert {"d1": 7, "held": 7} == log.send_times_of(SHOP, asked, before_us=2)
    assert {} == log.send_times_of("other", asked, 9) == log.send_times_of(SHOP, [], 9)


def test_a_send_time_given_once_ends_with_an_activation(log: DecisionLog) -> None:
    """Asking again gives the same until the decision has an activation, and never what was not from before."""
    log.append([decision("d1", send_time_us=7), decision("d2", send_time_us=8)], now_us=1)
    both = {"d1": 7, "d2": 8}
    assert both == log.send_times_of(SHOP, ["d1", "d2"], 2) == log.send_times_of(SHOP, ["d2", "d1"], 3)
    assert {} == log.send_times_of(SHOP, ["d1", "d2"], 1) == log.send_times_of("other", ["d1"], 3)
    log.append([activation("d1")], now_us=2)
    assert {"d2": 8} == log.send_times_of(SHOP, ["d1", "d2"], 3)


def test_activations_of_many_decisions_come_by_position(log: DecisionLog) -> None:
    """activations_of gives the activations of the decisions named, each once, by position."""
    log.append([activation("d2"), activation("d1"), activation("d3")], now_us=1)
    assert _values(log.activations_of(["d1", "d2", "d1", "d9"])) == [activation("d2"), activation("d1")]


def test_outcomes_of_decisions_come_with_all_revisions(log: DecisionLog) -> None:
    """An outcome, one revision of which names the decision, comes whole, once, by position."""
    moved = outcome("o1", decision_id="d2", revision=1)
    log.append([outcome("o1", decision_id="d1"), outcome("o2", decision_id="d2"), moved, outcome("o3")], now_us=1)
    log.append([outcome("o4", decision_id="d1", portfolio_id="other")], now_us=2)
    assert [found.position for found in log.outcomes_of_decisions(SHOP, ["d1"])] == [1, 3]
    assert [found.position for found in log.outcomes_of_decisions(SHOP, ["d2", "d1", "d2"])] == [1, 2, 3]


def test_outcomes_of_customers_come_with_all_revisions(log: DecisionLog) -> None:
    """An outcome comes whole where one of its revisions is of the customer and occurred at from <= t < to."""
    group = [
        outcome("o1", customer_id="c1", occur_time_us=10),
        outcome("o2", customer_id="c1", occur_time_us=20),
        outcome("o1", customer_id="c1", occur_time_us=30, revision=1),
        outcome("o3", customer_id="c2", occur_time_us=10),
        outcome("o4", customer_id="c1", occur_time_us=10, portfolio_id="other"),
        outcome("o5", customer_id="c3", occur_time_us=10),
    ]
    log.append(group, now_us=1)
    assert [found.position for found in log.outcomes_of_customers(SHOP, ["c1"], 10, 20)] == [1, 3]
    assert [found.position for found in log.outcomes_of_customers(SHOP, ["c2", "c1"], 10, 21)] == [1, 2, 3, 4]
    assert [found.position for found in log.outcomes_of_customers(SHOP, ["c1"], 11, 20)] == []


def test_decisions_of_customers_are_those_sent_in_time(log: DecisionLog) -> None:
    """decisions_of_customers gives those of the customers with from <= send_time < to, by position."""
    group = [
        decision("d1", customer_id="c1", send_time_us=20),
        decision("d2", customer_id="c1", send_time_us=10),
        decision("d3", customer_id="c2", send_time_us=10),
        decision("d4", customer_id="c1", send_time_us=10, portfolio_id="other"),
    ]
    log.append(group, now_us=1)
    assert _values(log.decisions_of_customers(SHOP, ["c1"], 10, 20)) == [group[1]]
    assert _values(log.decisions_of_customers(SHOP, ["c2", "c1"], 10, 21)) == group[:3]


def test_decisions_sent_between_are_read_page_by_page(log: DecisionLog) -> None:
    """decisions_sent_between gives the first decisions of one portfolio after a position, sent in a time, by position."""
    records = [
        decision(f"d{i}", portfolio_id=SHOP if i % 3 else "other", send_time_us=send_us)
        for i, send_us in enumerate([1, 9, 3, 4, 3, 5, 1, 3, 2])
    ]
    log.append(records, now_us=1)
    found = [log.decisions_sent_between(SHOP, 2, 5, after, 2) for after in (0, 5, 8)]
    assert [[3, 5], [8, 9], [9]] == [[one.position for one in page] for page in found]
    assert log.decisions_sent_between(SHOP, 5, 5, 0, 9) == []


def test_exclusions_and_their_ends_are_resources_of_a_portfolio(log: DecisionLog) -> None:
    """read_exclusions gives the exclusions and revocations of one portfolio in order; read_resources has them all."""
    made = [Exclusion(portfolio_id=one, exclusion_id=1, start_us=5, reason="twice") for one in (SHOP, "other")]
    ended = ExclusionRevocation(portfolio_id=SHOP, exclusion_id=1, reason="it was not", author="Ann")
    log.append([portfolio(), *made], now_us=1)
    log.append([ended], now_us=2)
    assert log.read_exclusions(SHOP) == [Recorded(2, 1, made[0]), Recorded(4, 2, ended)]
    assert log.read_exclusions("unknown") == []
    assert _values(log.read_resources(1)) == [*made, ended]


def test_refunds_come_with_all_revisions(log: DecisionLog) -> None:
    """A refund, one revision of which refunds the outcome, comes whole; what only looks like one does not come."""
    group = [
        refund("r1", "o1"),
        refund("r2", "o2"),
        refund("r1", "o2", revision=1),
        refund("r3", "o1")._replace(type=OutcomeType.REVENUE),
        refund("r4", "o1")._replace(portfolio_id="other"),
    ]
    log.append(group, now_us=1)
    assert [found.position for found in log.refunds_of(SHOP, ["o1"])] == [1, 3]
    assert [found.position for found in log.refunds_of(SHOP, ["o1", "o2"])] == [1, 2, 3]


def test_a_closed_log_takes_nothing(log: DecisionLog) -> None:
    """Appending to a closed log raises LogUnavailable, and closing twice does nothing."""
    log.close()
    log.close()
    with pytest.raises(LogUnavailable):
        log.append([decision("d1")], now_us=1)


_RECORDS = st.one_of(
    st.builds(decision, st.sampled_from("abcd"), customer_id=st.sampled_from("xy"), send_time_us=st.integers(0, 9)),
    st.builds(activation, st.sampled_from("abcd")),
    st.builds(
        outcome,
        st.sampled_from("mnop"),
        decision_id=st.sampled_from(["", "a", "b"]),
        customer_id=st.sampled_from(["", "x", "y"]),
        revision=st.integers(0, 2),
        occur_time_us=st.integers(0, 9),
    ),
    st.builds(refund, st.sampled_from("mnop"), st.sampled_from("mnop"), revision=st.integers(0, 2)),
    st.builds(feed_mark, st.integers(0, 9)),
    st.builds(portfolio),
    st.builds(
        Exclusion,
        portfolio_id=st.sampled_from([SHOP, "other"]),
        exclusion_id=st.integers(1, 3),
        reason=st.just("twice"),
    ),
    st.builds(ExclusionRevocation, portfolio_id=st.just(SHOP), exclusion_id=st.integers(1, 3), reason=st.just("no")),
)


def _everything(log: DecisionLog) -> list[object]:
    return [
        log.watermark(),
        log.read_decisions(SHOP, 0, 99),
        log.read_outcomes(SHOP, 0, 99),
        log.read_feed_marks(SHOP),
        log.read_resources(0),
        log.activations_of(["a", "c"]),
        log.outcomes_named(SHOP, ["n", "m", "n"]),
        sorted((one.position, one.value.decision_id) for one in log.sends_of(["c", "a", "c"])),
        log.send_times_of(SHOP, ["c", "a", "b"], 9),
        log.outcomes_of_decisions(SHOP, ["a"]),
        log.outcomes_of_customers(SHOP, ["x"], 2, 6),
        log.decisions_of_customers(SHOP, ["x", "y"], 2, 6),
        log.refunds_of(SHOP, ["m", "n"]),
        log.read_exclusions(SHOP),
        log.decisions_sent_between(SHOP, 2, 6, 1, 2),
    ]


@settings(derandomize=True, max_examples=40, deadline=None)
@given(groups=st.lists(st.tuples(st.lists(_RECORDS, max_size=6), st.integers(0, 30)), max_size=6))
def test_all_logs_agree(groups: list[tuple[list[LogRecord], int]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Memory and SQLite answer every question alike after the same commits."""
    memory, sqlite = MemoryLog(), SqliteLog(tmp_path_factory.mktemp("log") / "log.db")
    for records, now_us in groups:
        assert memory.append(records, now_us) == sqlite.append(records, now_us)
    assert _everything(memory) == _everything(sqlite)
    sqlite.close()


def test_the_newest_decision_on_an_occasion_stands_for_it(log: DecisionLog) -> None:
    """get_decision_on returns the last decision for a customer on an occasion, and no test."""
    asked = RankInput(portfolio_id=SHOP, customer_id="c1", send_time_us=0, occasion="w1")
    inputs = {
        "d1": asked,
        "d2": asked,
        "d3": structs.replace(asked, is_test=True),
        "d4": structs.replace(asked, customer_id="c2"),
    }
    log.append([structs.replace(decision(name), input=value) for name, value in inputs.items()], 1)
    found = [log.get_decision_on(SHOP, customer, occasion) for customer, occasion in [("c1", "w1"), ("c1", "w2")]]
    assert [one and one.value.decision_id for one in found] == ["d2", None]
