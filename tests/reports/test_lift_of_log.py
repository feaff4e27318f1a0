"""Laws of the lift report over a log."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from banditsvc.core.errors import FailedPrecondition, InvalidRequest, NotFound
from banditsvc.core.lift_spec import LiftPopulation, LiftSpec
from banditsvc.core.outcome import Feed, FeedMark, OutcomeType
from banditsvc.core.portfolio import SettleSpec
from banditsvc.core.times import DAY_US
from banditsvc.ports import DecisionLog
from banditsvc.reports.lift_of_log import HORIZONS, TIGHTEST_GROUP, lift_of_log
from banditsvc.store.memory import MemoryLog
from banditsvc.store.sqlite_log import SqliteLog
from offline_eval.intervals import IntervalKind
from offline_eval.lift import Conclusion, Estimate, LiftReport, Metric, Population, lift_frame
from tests.lift_tables.lift_log import (
    HOLDOUT,
    ORGANIZATION,
    PORTFOLIO,
    SPEC,
    START_US,
    decided,
    draw,
    of_organization,
    ordered,
    put,
    refunded,
)
from tests.lift_tables.lift_traffic import append_traffic

SHARES = (0.65, 0.05, 0.1, 0.2)
GROUPS = {"OPTIMIZED": 0.65, "UNIFORM_RANDOM": 0.05, "BUSINESS_AS_USUAL": 0.1, "HOLDOUT": 0.2}
SETTINGS = replace(
    PORTFOLIO,
    display_name="The shop",
    assignments=(replace(SPEC, uniform_random=0.05, business_as_usual=0.1, holdout=0.2),),
    lift=LiftSpec(greatest_revenue=200.0, smallest_lift=0.2, planned_slices=12),
)


def traffic(log: DecisionLog, customers: int) -> None:
    put(log, ORGANIZATION, SETTINGS)
    append_traffic(log, customers=customers, days=60, shares=SHARES, base=0.04, strength=4.0)
    put(log, day=60)


@cache
def busy() -> MemoryLog:
    """Returns the log of a shop with 4,000 customers over 60 days; nobody may append to it."""
    log = MemoryLog()
    traffic(log, 4_000)
    return log


def empty(*records: object, portfolio: object = PORTFOLIO) -> MemoryLog:
    log = MemoryLog()
    log.append([ORGANIZATION, portfolio, *records], START_US)  # type: ignore[list-item]  # records of any kind
    return log


def pick(report: LiftReport, metric: Metric, control: str = "HOLDOUT") -> Estimate:
    return next(
        one
        for one in report.estimates
        if (one.metric, one.control, one.target, one.slice_name) == (metric, control, "OPTIMIZED", "")
        and one.population is Population.ENROLLED
    )


def test_the_report_is_what_the_settings_say() -> None:
    """Groups, shares, limits, slices and corrections come from the division and the lift_spec, one report per horizon."""
    lift = lift_of_log(busy(), "shop", slices=["segment"])
    horizon = lift.horizons[1]

    assert pytest.approx(GROUPS) == lift.shares
    assert ("The shop", "EUR", 1, "ENROLLED") == (
        lift.display_name,
        lift.currency,
        lift.assignment_version,
        lift.population,
    )
    assert HORIZONS == tuple(report.horizon_days for report in lift.reports)
    assert (200.0, 0.2, 12, ("segment",)) == (
        horizon.settings.greatest_value,
        horizon.settings.smallest_lift,
        horizon.settings.planned_slices,
        horizon.settings.slices,
    )
    assert 1.0 - 0.05 / 24.0 == pytest.approx(horizon.report.slice_level)
    tuned = horizon.settings.tuned(horizon.settings.interval, ("OPTIMIZED", "HOLDOUT"))
    assert TIGHTEST_GROUP * 0.85 / 0.2 == pytest.approx(tuned.tightest_at)
    assert lift.sample_ratio.passed
    assert lift.customers == 4_000 == sum(lift.enrolled.values())


def test_lift_is_found_where_it_is() -> None:
    """In a world with an effect the policy's lift over nothing is found, the coin's is not known, and one row says each."""
    lift = lift_of_log(busy(), "shop", horizons=[30])
    report = lift.reports[0]
    frame = lift.to_pandas()

    assert Conclusion.HIGHER is pick(report, Metric.CONVERSION).conclusion
    assert len(report.estimates) == len(frame)
    assert frame.equals(lift_frame(report))
    assert {"sale-1", "sale-2", "news"} == set(frame["slice_value"][frame["slice"] == "campaign"])


def test_intervals_are_of_the_kind_asked_for() -> None:
    """FIXED intervals are labelled and narrower than ANYTIME ones; both have the same estimates."""
    anytime = lift_of_log(busy(), "shop", horizons=[30]).reports[0]
    fixed = lift_of_log(busy(), "shop", horizons=[30], kind=IntervalKind.FIXED, level=0.95).reports[0]
    one, other = pick(anytime, Metric.CONVERSION), pick(fixed, Metric.CONVERSION)

    assert (IntervalKind.ANYTIME, IntervalKind.FIXED) == (anytime.interval_kind, fixed.interval_kind)
    assert one.absolute == other.absolute
    assert one.absolute_interval is not None
    assert other.absolute_interval is not None
    assert one.absolute_interval.low < other.absolute_interval.low
    assert other.absolute_interval.high < one.absolute_interval.high


def test_a_file_and_an_open_log_say_the_same(tmp_path: Path) -> None:
    """A data directory, its log file and an open log give the same report, and again the same when read again."""
    log = SqliteLog(tmp_path / "log.db")
    traffic(log, 300)
    from_log = lift_of_log(log, "shop", horizons=[7], slices=["segment"]).plain()
    log.close()

    assert from_log == lift_of_log(tmp_path, "shop", horizons=[7], slices=["segment"]).plain()
    assert from_log == lift_of_log(str(tmp_path / "log.db"), "shop", horizons=[7], slices=["segment"]).plain()


def test_progress_is_told() -> None:
    """Progress goes from the first page to all decisions."""
    told: list[tuple[int, int]] = []
    lift_of_log(busy(), "shop", progress=lambda done, total: told.append((done, total)))

    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] == busy().count_decisions("shop", 0)


def test_everyones_orders_count_once_net_of_refunds() -> None:
    """A customer's value is all its orders within the horizon, sent or not, net of refunds, each once."""
    log = empty(decided("a", draw()), decided("b", draw(HOLDOUT)))
    put(
        log, ordered("o1", "a", day=2, amount=30.0), ordered("o2", "a", day=3), refunded("r", "o1", 5.0, day=20), day=20
    )
    put(log, ordered("o3", "b", day=6.9, amount=4.0), ordered("o4", "b", day=7), ordered("o5", "b", day=-1), day=20)
    put(log, ordered("o6", "stranger"), day=20)
    horizon = lift_of_log(log, "shop", horizons=[7]).horizons[0]

    assert {"a": 35.0, "b": 4.0} == horizon.table.set_index("customer_id")["value"].to_dict()
    assert (1, 1, 0) == (
        horizon.left_out.orders_before_entry,
        horizon.left_out.orders_of_others,
        horizon.left_out.horizon_not_over,
    )


def test_a_horizon_waits_for_the_feeds() -> None:
    """A customer counts once the horizon is over and the required feeds are complete to its end."""
    feed = Feed(type=OutcomeType.CONVERSION)
    waiting = replace(PORTFOLIO, learner=replace(PORTFOLIO.learner, settle=SettleSpec(required_feeds=(feed,))))
    log = empty(decided("a", draw()), portfolio=waiting)

    def over(day: float) -> int:
        mark = FeedMark(portfolio_id="shop", feed=feed, complete_through_us=START_US + round(day * DAY_US))
        log.append([mark], START_US + 30 * DAY_US)
        return len(lift_of_log(log, "shop", horizons=[7]).horizons[0].table)

    put(log, day=30)
    unknown = lift_of_log(log, "shop", horizons=[7])

    assert (0, "CONVERSION of portfolio shop") == (unknown.complete.through_us, unknown.complete.waiting_for)
    assert [0, 0, 1] == [len(unknown.horizons[0].table), over(6.5), over(7.5)]


def test_a_horizon_ends_where_everyone_is_drawn_anew() -> None:
    """Of a version that was broken off, customers count whose horizon was over before that."""
    log = empty(decided("a", draw(), day=0))
    put(log, decided("b", draw(HOLDOUT), day=5), day=5)
    put(
        log,
        replace(PORTFOLIO, assignments=(replace(SPEC, assignment_version=2, start_time_us=START_US + 10 * DAY_US),)),
    )
    put(log, day=60)
    lift = lift_of_log(log, "shop", horizons=[7, 30], version=1)

    assert START_US + 10 * DAY_US == lift.redrawn_us
    assert [["a"], []] == [horizon.table["customer_id"].tolist() for horizon in lift.horizons]


def test_several_currencies_do_not_add_up() -> None:
    """Over portfolios of several currencies revenue is refused with the reason, and conversion is reported."""
    log = empty(replace(PORTFOLIO, portfolio_id="swiss", currency="CHF"))
    put(log, decided("a", of_organization()), decided("b", of_organization(HOLDOUT), portfolio_id="swiss"))
    put(log, ordered("o", "b", portfolio_id="swiss", day=1), day=10)
    lift = lift_of_log(log, organization_id="acme", horizons=[7])
    report = lift.reports[0]

    assert "" == lift.currency
    assert "amounts in CHF, EUR do not add up: ask for one portfolio" == pick(report, Metric.REVENUE).refusal
    assert 1.0 == pick(report, Metric.CONVERSION).control_mean
    assert "CHF" not in pick(report, Metric.CONVERSION).refusal


def test_wrong_shares_refuse_every_horizon() -> None:
    """Where customers got into the groups otherwise than by chance there is no estimate at any horizon."""
    log = empty()
    for number in range(400):
        put(log, decided(f"c{number}", draw(HOLDOUT if number % 4 == 0 else draw().group)), day=number / 40)
    put(log, day=12)
    lift = lift_of_log(log, "shop", horizons=[7])

    assert not lift.sample_ratio.passed
    assert () == lift.reports[0].estimates
    assert lift.sample_ratio == lift.reports[0].sample_ratio


def test_too_little_is_refused_with_what_would_do() -> None:
    """Nobody, and a few, give a report that refuses every estimate and knows when the first horizon ends."""
    nobody = lift_of_log(empty(), "shop", horizons=[7])
    some = empty()
    for number in range(40):
        put(some, decided(f"c{number}", draw(HOLDOUT if number % 2 else draw().group)), day=number / 4)
    put(some, *(ordered(f"o{number}", f"c{number}", day=11) for number in range(0, 40, 3)), day=20)
    few = lift_of_log(some, "shop", horizons=[7, 90])

    assert (0, 0, None) == (nobody.assignment_version, nobody.customers, nobody.horizons[0].first_end_us)
    assert {Conclusion.REFUSED} == {one.conclusion for one in nobody.reports[0].estimates}
    assert {Conclusion.REFUSED} == {one.conclusion for report in few.reports for one in report.estimates}
    assert few.first_entry_us is not None
    assert few.first_entry_us + 90 * DAY_US == few.horizons[1].first_end_us
    needed = pick(few.reports[0], Metric.CONVERSION).needed
    assert needed is not None
    assert needed.days is not None
    assert needed.days > 0


def test_activated_decisions_alone_may_count() -> None:
    """The population of the lift_spec is the one that is reported."""
    log = empty(decided("a", draw()), portfolio=replace(PORTFOLIO, lift=LiftSpec(population=LiftPopulation.ACTIVATED)))
    lift = lift_of_log(log, "shop")

    assert ("ACTIVATED", 0, 1) == (lift.population, lift.customers, lift.not_activated)


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({}, ["portfolio_id"]),
        ({"portfolio_id": "shop", "organization_id": "acme"}, ["portfolio_id"]),
        ({"portfolio_id": "shop", "horizons": [0, 7]}, ["horizons"]),
        ({"portfolio_id": "shop", "horizons": [4_000]}, ["horizons"]),
        ({"portfolio_id": "shop", "horizons": []}, ["horizons"]),
        ({"portfolio_id": "shop", "level": 1.0, "slices": ["shoe size"]}, ["level", "slices"]),
        ({"portfolio_id": "shop", "version": 9}, ["version"]),
    ],
)
def test_bad_arguments_are_refused_by_name(asked: dict[str, object], fields: list[str]) -> None:
    """Every argument at fault is named."""
    with pytest.raises(InvalidRequest) as refused:
        lift_of_log(empty(), **asked)  # type: ignore[arg-type]  # of any kind

    assert fields == [found.field for found in refused.value.violations]


def test_what_does_not_exist_is_refused() -> None:
    """An unknown portfolio, and one without groups, are refused."""
    with pytest.raises(NotFound):
        lift_of_log(empty(), "nowhere")
    with pytest.raises(FailedPrecondition):
        lift_of_log(empty(), "shop", channel="email")


def test_the_json_is_stable() -> None:
    """The report is plain JSON without any number that JSON does not know, with the fields that are documented."""
    values = json.loads(json.dumps(lift_of_log(busy(), "shop").plain(), allow_nan=False))

    assert [
        *("owner", "owner_id", "channel", "display_name", "currency", "assignment_version", "start_us", "redrawn_us"),
        *("population", "shares", "enrolled", "first_entry_us", "last_entry_us", "sample_ratio"),
        *("complete_through_us", "waiting_for", "read_us", "changed_group", "contaminated", "outside"),
        *("mixed_families", "merged_families", "not_activated", "horizons"),
    ] == list(values)
    assert [
        *("horizon_days", "interval_kind", "level", "slice_level", "anchored_slice_level", "groups", "sample_ratio"),
        *("anchored_sample_ratios", "estimates", "sure_things", "refusals", "left_out", "first_end_us"),
    ] == list(values["horizons"][0])
    assert [
        *("metric", "population", "target", "control", "slice_name", "slice_value", "level", "target_customers"),
        *("control_customers", "share_of_enrolled", "target_mean", "control_mean", "absolute", "absolute_interval"),
        *("relative", "relative_interval", "conclusion", "refusal", "needed"),
    ] == list(values["horizons"][0]["estimates"][0])
