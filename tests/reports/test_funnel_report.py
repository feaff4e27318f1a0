"""Laws of the funnel report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.errors import NotFound
from banditsvc.core.ghost import held_out
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.ports import Recorded
from banditsvc.reports import (
    Cause,
    Count,
    DecisionOutline,
    Forced,
    FunnelReport,
    FunnelTally,
    funnel_of_log,
    outline_of_decision,
    outline_of_message,
)
from banditsvc.rpc.wire_decision import decision_bytes
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.v1 import decision_pb2
from tests.serving.shop import PORTFOLIO, START_US

IDS = ("a", "b", "c")
CHECKS = [
    (FunnelStage.VALIDITY, "state"),
    (FunnelStage.CONTACT_POLICY, "weekly"),
    (FunnelStage.CONTACT_POLICY, "daily"),
    (FunnelStage.CONSENT, "consent"),
]
DAY = timedelta(days=1)


def decided(
    number: int, customer: str, chosen: str, dropped: Mapping[str, tuple[FunnelStage, str]], *, is_test: bool = False
) -> Decision:
    """Returns a decision in which some campaigns dropped out and the others were alike."""
    left = tuple(campaign_id for campaign_id in IDS if campaign_id not in dropped)
    return Decision(
        decision_id=f"d{number}",
        input=RankInput(portfolio_id="shop", customer_id=customer, send_time_us=START_US, is_test=is_test),
        result=Result.CAMPAIGN if left else Result.NO_ELIGIBLE,
        decided_by=DecidedBy.POLICY,
        campaign_id=chosen if left else "",
        eligible=left,
        selection_probabilities=(1.0 / len(left),) * len(left) if left else (),
        rejections=tuple(Rejection(one, stage, rule, f"because of {rule}") for one, (stage, rule) in dropped.items()),
    )


def tallied(outlines: Iterable[DecisionOutline]) -> FunnelReport:
    """Returns the report on some decisions."""
    tally = FunnelTally("shop")
    for outline in outlines:
        tally.add(outline)
    return tally.report()


@st.composite
def decisions(draw: st.DrawFn) -> list[Decision]:
    """Draws decisions for a few customers."""
    made = []
    for number in range(draw(st.integers(0, 12))):
        dropped = draw(st.dictionaries(st.sampled_from(IDS), st.sampled_from(CHECKS)))
        left = [campaign_id for campaign_id in IDS if campaign_id not in dropped]
        chosen = draw(st.sampled_from(left)) if left else ""
        made.append(decided(number, f"c{draw(st.integers(0, 20))}", chosen, dropped))
    return made


@settings(derandomize=True, max_examples=50)
@given(decisions())
def test_a_funnel_adds_up(made: list[Decision]) -> None:
    """What was offered is lost or eligible, and what is eligible outdone or chosen; customers are counted once."""
    report = tallied(map(outline_of_decision, made))
    for funnel in report.campaigns:
        lost = sum(cause.count.decisions for cause in funnel.lost)
        assert funnel.offered.decisions == lost + funnel.eligible.decisions
        assert funnel.eligible.decisions == funnel.outdone.decisions + funnel.chosen.decisions
        chosen = [one for one in made if one.campaign_id == funnel.campaign_id]
        assert Count(len(chosen), len({one.input.customer_id for one in chosen})) == funnel.chosen
    assert Count(len(made), len({one.input.customer_id for one in made})) == report.decided


@settings(derandomize=True, max_examples=30)
@given(decisions())
def test_an_answer_counts_as_its_decision_does(made: list[Decision]) -> None:
    """The report on answers of Rank is that on the decisions behind them, but for the last bit of a sum."""
    answers = [decision_pb2.Decision.FromString(decision_bytes(Recorded(1, START_US, one), None)) for one in made]
    assert tallied(map(outline_of_decision, made)) == tallied(map(outline_of_message, answers))


def test_the_funnel_of_one_campaign() -> None:
    """Each check says how many decisions and customers it cost, in the funnel's order, the costliest first."""
    weekly, daily = CHECKS[1], CHECKS[2]
    report = tallied(
        outline_of_decision(decided(number, customer, chosen, dropped))
        for number, (customer, chosen, dropped) in enumerate(
            [
                ("c1", "b", {"a": daily}),
                ("c2", "b", {"a": weekly}),
                ("c2", "b", {"a": weekly}),
                ("c3", "b", {"a": CHECKS[0]}),
                ("c4", "a", {}),
                ("c5", "b", {}),
            ]
        )
    )
    funnel = report.campaigns[0]
    lost = [(cause.stage, cause.rule, cause.count) for cause in funnel.lost]
    assert [
        ("VALIDITY", "state", Count(1, 1)),
        ("CONTACT_POLICY", "weekly", Count(2, 1)),
        ("CONTACT_POLICY", "daily", Count(1, 1)),
    ] == lost
    assert (Count(6, 5), Count(2, 2), Count(1, 1)) == (funnel.offered, funnel.eligible, funnel.chosen)
    assert pytest.approx(2 / 3) == funnel.expected


def test_forced_decisions_stand_apart() -> None:
    """A forced decision is listed with its reason and is in no campaign's funnel."""
    forced = Decision(
        decision_id="d1",
        input=RankInput(portfolio_id="shop", customer_id="c1", send_time_us=START_US),
        result=Result.CAMPAIGN,
        decided_by=DecidedBy.FORCED,
        campaign_id="a",
        eligible=("a",),
        selection_probabilities=(1.0,),
        force_reason="pin:vip",
    )
    report = tallied([outline_of_decision(forced)])
    assert ((), (Forced(campaign_id="a", reason="pin:vip", count=Count(1, 1)),)) == (report.campaigns, report.forced)


def test_held_out_customers_are_counted_and_cost_no_campaign_anything() -> None:
    """A held-out decision counts as one, and neither its ghost's campaigns nor what was dropped for it do."""
    made = held_out(decided(1, "c1", "a", {"b": (FunnelStage.CONTACT_POLICY, "weekly")}))
    report = tallied([outline_of_decision(made)])

    assert ({"HELD_OUT": 1}, {"HOLDOUT": 1}, ()) == (report.results, report.deciders, report.campaigns)


def test_nothing_eligible_has_causes() -> None:
    """Where nothing was eligible, each check counts once a decision, the commonest first."""
    nothing = [
        decided(1, "c1", "", dict.fromkeys(IDS, CHECKS[1])),
        decided(2, "c2", "", {"a": CHECKS[1], "b": CHECKS[1], "c": CHECKS[0]}),
    ]
    report = tallied(map(outline_of_decision, nothing))
    causes = [(cause.rule, cause.count.decisions) for cause in report.nothing_causes]
    assert (Count(2, 2), [("weekly", 2), ("state", 1)]) == (report.nothing_eligible, causes)


def test_a_forced_decision_that_was_refused_names_its_campaign() -> None:
    """Where a hard limit refused the forced campaign, the row has that campaign and says what refused it."""
    refused = Decision(
        decision_id="d1",
        input=RankInput(portfolio_id="shop", customer_id="c1", send_time_us=START_US, forced_campaign_id="a"),
        result=Result.NO_ELIGIBLE,
        decided_by=DecidedBy.FORCED,
        rejections=(Rejection("a", *CHECKS[1], "at most 3 contacts in 7 days"),),
        force_reason="asked",
    )
    report = tallied([outline_of_decision(refused)])
    expected = Forced(campaign_id="a", reason="asked", count=Count(1, 1), refused_by="CONTACT_POLICY weekly")
    assert (expected,) == report.forced
    assert ["CONTACT_POLICY weekly"] == list(report.to_pandas()["rule"])


def test_reasons_are_not_merged() -> None:
    """A check with several reasons gives the commonest and the number of the others, for a campaign and for nothing."""
    reasons = ["on email", "on push", "on push", "on sms"]
    made = [
        Decision(
            decision_id=f"d{number}",
            input=RankInput(portfolio_id="shop", customer_id="c1", send_time_us=START_US),
            result=Result.NO_ELIGIBLE,
            decided_by=DecidedBy.POLICY,
            rejections=(Rejection("a", FunnelStage.CONSENT, "consent", reason),),
        )
        for number, reason in enumerate(reasons)
    ]
    report = tallied(map(outline_of_decision, made))
    expected = Cause(stage="CONSENT", rule="consent", reason="on push", count=Count(4, 1), other_reasons=2)
    assert ((expected,), (expected,)) == (report.campaigns[0].lost, report.nothing_causes)


def test_campaigns_without_decisions_are_listed() -> None:
    """With the catalogue the report has the campaigns that no decision was about, with their state."""
    report = tallied([outline_of_decision(decided(1, "c1", "a", {}))])
    states = {"a": "PAUSED", "z": "ENDED", "y": "LIVE"}
    listed = report.with_catalogue(states)
    assert [("y", "LIVE"), ("z", "ENDED")] == [(one.campaign_id, one.state) for one in listed.not_offered]
    assert ["z"] == [one.campaign_id for one in listed.only(("a", "z")).not_offered]
    [row] = listed.only(("z",)).to_pandas().to_dict("records")
    assert ("z", "not_offered", "ENDED", 0) == tuple(
        row[name] for name in ("campaign_id", "step", "reason", "decisions")
    )


def test_the_table_has_a_row_per_step() -> None:
    """Offered, less what was lost, is eligible; less what was outdone, chosen."""
    made = [decided(1, "c1", "b", {"a": CHECKS[0]}), decided(2, "c2", "a", {}), decided(3, "c3", "b", {})]
    table = tallied(map(outline_of_decision, made)).only(("a",)).to_pandas()
    expected = [("offered", 3), ("lost", 1), ("eligible", 2), ("outdone", 1), ("chosen", 1)]
    assert expected == list(zip(table["step"], table["decisions"], strict=True))
    assert ["a"] == list(table["campaign_id"].unique())


def test_treatments_are_counted() -> None:
    """A campaign with treatments says how often each was chosen, and its expected number is over all of them."""
    made = Decision(
        decision_id="d1",
        input=RankInput(portfolio_id="shop", customer_id="c1", send_time_us=START_US),
        result=Result.CAMPAIGN,
        decided_by=DecidedBy.POLICY,
        campaign_id="a",
        treatment_id="y",
        eligible=("a", "a", "b"),
        treatments=("x", "y", ""),
        selection_probabilities=(0.25, 0.5, 0.25),
        explored=True,
    )
    funnel = tallied([outline_of_decision(made)]).campaigns[0]
    assert ({"y": 1}, 0.75, 1.0) == (funnel.treatments, funnel.expected, funnel.explored_share)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Gives a data directory with a decision a day, three days long, and a test."""
    log = SqliteLog(tmp_path / "log.db")
    log.append([PORTFOLIO], START_US)
    for day in range(3):
        now_us = START_US + (day + 1) * (DAY // timedelta(microseconds=1))
        log.append([decided(day, f"c{day}", "a", {"b": CHECKS[3]})], now_us)
    log.append([decided(9, "c9", "a", {}, is_test=True)], START_US)
    log.close()
    return tmp_path


def test_a_log_is_counted_by_time(data: Path) -> None:
    """The report on a log takes decisions at since <= time < until, and no tests."""
    start = datetime.fromtimestamp(START_US / 1e6, UTC)
    told: list[tuple[int, int]] = []
    whole = funnel_of_log(data, "shop", progress=lambda done, total: told.append((done, total)))
    middle = funnel_of_log(data, "shop", since=start + 2 * DAY, until=start + 3 * DAY)
    assert (3, 1, (4, 4)) == (whole.decided.decisions, middle.decided.decisions, told[-1])
    consent = Cause(stage="CONSENT", rule="consent", reason="because of consent", count=Count(1, 1))
    assert (consent,) == middle.campaigns[1].lost


def test_what_a_log_does_not_have_is_refused(data: Path) -> None:
    """An unknown portfolio, and a time without a zone, are errors."""
    with pytest.raises(NotFound):
        funnel_of_log(data, "none")
    with pytest.raises(ValueError, match="time zone"):
        funnel_of_log(data, "shop", since=datetime(2026, 1, 1))  # noqa: DTZ001  that is the point
