"""Laws of the Monday page's content as read from a log."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from banditsvc.clock import SimulatedClock
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import Decision, Result
from banditsvc.core.errors import NotFound
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.times import DAY_US
from banditsvc.reports.monday.monday_of_log import monday_of_log
from banditsvc.reports.monday.monday_page import monday_page
from banditsvc.reports.monday.monday_report import MondayReport
from banditsvc.reports.monday.week import Week
from banditsvc.serving.reward_call import RewardCall
from banditsvc.store.sqlite_log import SqliteLog
from tests.serving.shop import PORTFOLIO, Shop, in_shop, rank_call, ranked

WEEK = Week(date(2026, 11, 16), "UTC")
DIVIDED = replace(
    PORTFOLIO,
    display_name="The shop",
    assignments=(AssignmentSpec(holdout=0.2, business_as_usual=0.2),),
    learner=replace(PORTFOLIO.learner, reward=replace(PORTFOLIO.learner.reward, window_us=2 * DAY_US)),
)
CUSTOMERS = 150


async def _three_weeks(log: SqliteLog) -> list[Decision]:
    """Ranks everyone each Monday for three weeks, the last of which is WEEK; every tenth order is of a held-out one."""
    clock = SimulatedClock(WEEK.start_us - 15 * DAY_US)
    shop = await Shop(log=log, clock=clock).open(DIVIDED)
    decisions: list[Decision] = []
    for monday_us in (WEEK.start_us - 14 * DAY_US, WEEK.start_us - 7 * DAY_US, WEEK.start_us):
        clock.set_us(monday_us)
        calls = [
            rank_call(
                f"c{number}",
                occasion=str(monday_us),
                send_time_us=monday_us,
                context=CustomerContext(segment="student" if number % 3 else "family"),
            )
            for number in range(CUSTOMERS)
        ]
        decisions += [answer.decision.value for answer in await ranked(shop, *calls)]
        clock.set_us(monday_us + DAY_US)
        orders = [
            RewardCall(
                outcome=Outcome(
                    portfolio_id="shop",
                    outcome_id=f"o{monday_us}-{number}",
                    type=OutcomeType.REVENUE,
                    occur_time_us=clock.now_us(),
                    amount=20.0,
                    customer_id=f"c{number}",
                )
            )
            for number in range(0, CUSTOMERS, 4)
        ]
        await shop.rewarder.reward(orders)
    clock.set_us(WEEK.end_us + DAY_US)
    await shop.committer.append([])
    await shop.committer.close()
    return decisions


DECISIONS: list[Decision] = []
"""What was decided in the log."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("monday")
    with closing(SqliteLog(path / "log.db")) as log:
        DECISIONS[:] = in_shop(_three_weeks(log))
    return path


@pytest.fixture(scope="module")
def report(folder: Path) -> MondayReport:
    return monday_of_log(folder, "shop")


def test_the_last_whole_week_is_read(report: MondayReport) -> None:
    """Without a name it is the week that ended last; contacts, results and the week before add up with the decisions."""
    of_week = [one for one in DECISIONS if one.input.send_time_us == WEEK.start_us]
    before = [one for one in DECISIONS if one.input.send_time_us == WEEK.before.start_us]

    assert WEEK == report.week
    assert Counter(one.result.name for one in of_week) == Counter(report.results)
    assert sum(one.result is Result.CAMPAIGN for one in of_week) == report.sent.contacts
    assert sum(one.result is Result.CAMPAIGN for one in before) == report.sent.contacts_before
    assert Counter(one.campaign_id for one in of_week if one.campaign_id) == Counter(
        {one.campaign_id: one.contacts for one in report.sent.campaigns if one.contacts}
    )


def test_thin_data_lead_to_no_claim(report: MondayReport) -> None:
    """With a hundred and fifty customers the page claims no gain, says what would do, and which pairs are unknown."""
    assert ("not known yet", "") == (report.earned.figure, report.earned.total)
    assert report.unknown_count > 0
    assert any(item.title.endswith("too little is known") for item in report.agenda)


def test_exploration_and_families_are_told(report: MondayReport) -> None:
    """Every family has its share of the policy's choices, and exploration how often it had a say."""
    shares = [one.share for one in report.learned]

    assert {"sale", "news", "winback"} == {one.family for one in report.learned}
    assert abs(sum(shares) - 1.0) < 1e-9
    assert any(cost.name == "exploration" for cost in report.costs)


def test_any_week_can_be_asked_for(folder: Path) -> None:
    """A week by its name is that one, and one without decisions says so."""
    named = monday_of_log(folder, "shop", week="2026-W45")
    empty = monday_of_log(folder, "shop", week="2026-W30")

    assert WEEK.before.before == named.week
    assert 0 == empty.sent.contacts
    assert "Nothing was decided this week" in {item.title for item in empty.agenda}
    assert "Nothing was decided this week" in monday_page(empty)


def test_the_content_is_values_for_json(report: MondayReport) -> None:
    """plain() has nothing that JSON does not know, and names the week."""
    assert "2026-W47" == json.loads(json.dumps(report.plain(), allow_nan=False))["week"]
    assert "The shop" in monday_page(report)


def test_what_is_not_there_is_refused(folder: Path) -> None:
    """An unknown portfolio and what is no week are refused."""
    with pytest.raises(NotFound):
        monday_of_log(folder, "other")
    with pytest.raises(ValueError, match="no week"):
        monday_of_log(folder, "shop", week="yesterday")


@pytest.mark.parametrize(
    ("spec", "title"),
    [
        (AssignmentSpec(channel="email", holdout=0.5), "portfolio shop, channel email"),
        (AssignmentSpec(holdout=1.0), ""),
    ],
)
def test_groups_of_a_channel_are_found_and_a_single_group_costs_no_page(
    spec: AssignmentSpec, title: str, tmp_path: Path
) -> None:
    """Groups by channel are compared like others; where all are in one group the rest of the page comes all the same."""

    async def story(log: SqliteLog) -> None:
        shop = await Shop(log=log, clock=SimulatedClock(WEEK.start_us)).open(replace(PORTFOLIO, assignments=(spec,)))
        await ranked(shop, *[rank_call(f"c{number}", channel="email") for number in range(20)])
        await shop.committer.close()

    with closing(SqliteLog(tmp_path / "log.db")) as log:
        in_shop(story(log))
    found = monday_of_log(tmp_path, "shop", week=WEEK.name)

    assert title == found.lift_title
    assert "What was sent" in monday_page(found)
