"""The lift report of a table of customers."""

from __future__ import annotations

import json
import math
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.errors import InvalidRequest
from offline_eval.intervals import IntervalKind, IntervalSpec, moments_of
from offline_eval.lift import (
    Conclusion,
    Estimate,
    LiftReport,
    LiftSettings,
    Metric,
    Population,
    lift_frame,
    lift_path,
    lift_report,
    needed_customers,
    plain,
)
from tests.offline_eval.ghost_world import DAY_US, TRUE_ANCHORED, TRUE_INTENTION, ghost_table

laws = settings(max_examples=20, deadline=None, derandomize=True)
HALVES = {"OPTIMIZED": 0.5, "HOLDOUT": 0.5}
SETTINGS = LiftSettings(shares=HALVES, slices=("segment",))


@cache
def world() -> pd.DataFrame:
    return ghost_table(np.random.default_rng(7), 60_000)


def table_of(target: list[float], control: list[float]) -> pd.DataFrame:
    values = np.array(target + control)
    return pd.DataFrame(
        {
            "group": ["OPTIMIZED"] * len(target) + ["HOLDOUT"] * len(control),
            "horizon_end_us": DAY_US * (np.arange(values.size) % 10),
            "value": values,
            "converted": values > 0.0,
        }
    )


def pick(report: LiftReport, metric: Metric, population: Population = Population.ENROLLED, part: str = "") -> Estimate:
    return next(
        found
        for found in report.estimates
        if (found.metric, found.population, found.slice_value) == (metric, population, part)
    )


def test_the_truth_is_in_the_intervals() -> None:
    """In a known world the lifts of everyone and of those who would be contacted are in their intervals."""
    report = lift_report(world(), SETTINGS)
    everyone = pick(report, Metric.REVENUE)
    contacted = pick(report, Metric.REVENUE, Population.WOULD_BE_CONTACTED)

    assert everyone.absolute_interval is not None
    assert everyone.absolute_interval.contains(TRUE_INTENTION)
    assert contacted.absolute_interval is not None
    assert contacted.absolute_interval.contains(TRUE_ANCHORED)
    assert contacted.conclusion is Conclusion.HIGHER
    assert contacted.share_of_enrolled == pytest.approx(0.2, abs=0.01)


def test_lift_is_of_customers_means() -> None:
    """Absolute lift is the difference, relative lift the ratio less one, of what the table's customers have on average."""
    found = pick(lift_report(world(), SETTINGS), Metric.REVENUE)
    means = world().groupby("group")["value"].mean()

    assert means["OPTIMIZED"] - means["HOLDOUT"] == pytest.approx(found.absolute)
    assert means["OPTIMIZED"] / means["HOLDOUT"] - 1.0 == pytest.approx(found.relative)


def test_slices_have_corrected_levels() -> None:
    """The intervals of slices have the level that makes all of one pair of groups hold together."""
    report = lift_report(world(), SETTINGS)
    planned = lift_report(world(), LiftSettings(shares=HALVES, slices=("segment",), planned_slices=10))
    part = pick(report, Metric.CONVERSION, part="B").absolute_interval

    assert part is not None
    assert (0.95, 1.0 - 0.05 / 4.0, 1.0 - 0.05 / 20.0) == pytest.approx(
        (report.level, report.slice_level, planned.slice_level)
    )
    assert report.slice_level == part.level


@laws
@given(st.permutations(range(40)))
def test_order_within_the_table_does_not_matter(order: list[int]) -> None:
    """The report depends on when horizons end, not on the order of rows."""
    table = table_of([1.0, 0.0] * 400, [3.0, 0.0, 0.0, 1.0] * 200)
    blocks = np.concatenate([np.arange(start, 1_600, 40) for start in order])

    assert plain(lift_report(table, LiftSettings(shares=HALVES))) == plain(
        lift_report(table.iloc[blocks], LiftSettings(shares=HALVES))
    )


def test_wrong_shares_refuse_everything() -> None:
    """Where the groups have not the declared shares there is no estimate, and the reason is said."""
    report = lift_report(world(), LiftSettings(shares={"OPTIMIZED": 0.55, "HOLDOUT": 0.45}))

    assert report.estimates == ()
    assert report.sure_things == ()
    assert "shares" in report.refusals[0]


def test_lost_ghosts_refuse_the_anchored_estimates_alone() -> None:
    """Where would-be contacts are not counted alike in both groups, only estimates of them are missing."""
    table = world().copy()
    table["anchored"] &= (table["group"] == "OPTIMIZED") | (np.arange(len(table)) % 5 > 0)
    report = lift_report(table, SETTINGS)

    assert {Population.ENROLLED} == {found.population for found in report.estimates}
    assert "would-be contacts" in report.refusals[0]


def test_thin_data_say_what_would_do() -> None:
    """With too few buyers there is no interval but a reason, and the customers and days that it takes."""
    table = table_of([20.0] * 30 + [0.0] * 970, [20.0] * 20 + [0.0] * 980)
    found = pick(lift_report(table, LiftSettings(shares=HALVES)), Metric.REVENUE)

    assert found.conclusion is Conclusion.REFUSED
    assert "30 customers of OPTIMIZED" in found.refusal
    assert found.absolute_interval is None
    assert found.needed is not None
    assert found.needed.target_customers > 1_000
    assert found.needed.days is not None
    assert found.needed.days > 10


def test_nobody_is_refused() -> None:
    """An empty table gives a report in which every estimate is refused."""
    report = lift_report(table_of([], []), LiftSettings(shares=HALVES))

    assert {Conclusion.REFUSED} == {found.conclusion for found in report.estimates}
    assert json.loads(json.dumps(plain(report)))["estimates"][0]["absolute"] is None


@laws
@given(st.sampled_from(list(IntervalKind)), st.floats(0.1, 0.9), st.floats(0.01, 2.0))
def test_needed_customers_have_the_power(kind: IntervalKind, share: float, lift: float) -> None:
    """The needed customers, taken as the sample, make the lift at least as wide as interval and power together."""
    sample = moments_of([0.0] * 900 + [10.0] * 100)
    spec = IntervalSpec(kind=kind)
    needed = needed_customers(sample, sample, target_share=share, lift=lift, power=0.8, spec=spec)
    less_power = needed_customers(sample, sample, target_share=share, lift=lift, power=0.6, spec=spec)
    smaller = needed_customers(sample, sample, target_share=share, lift=0.5 * lift, power=0.8, spec=spec)

    assert needed is not None
    assert less_power is not None
    assert smaller is not None
    assert sum(less_power) <= sum(needed) <= sum(smaller)
    assert needed[0] / sum(needed) == pytest.approx(share, abs=0.01)


def test_needed_customers_are_the_textbooks() -> None:
    """At 2 % conversion, a lift of a tenth and a holdout of 10 %, a single reading takes about 43,000 controls."""
    sample = moments_of([1.0] * 200 + [0.0] * 9_800)
    spec = IntervalSpec(kind=IntervalKind.FIXED)
    found = needed_customers(sample, sample, target_share=0.9, lift=0.002, power=0.8, spec=spec)

    assert found is not None
    assert found[1] == pytest.approx(43_000, rel=0.02)
    assert needed_customers(sample, sample, target_share=0.9, lift=0.0, power=0.8, spec=spec) is None


def test_winsorising_is_shown() -> None:
    """Revenue above the limit counts as the limit; the share of customers and of revenue it takes away is shown."""
    table = table_of([1_000.0] * 10 + [10.0] * 90 + [0.0] * 100, [10.0] * 100 + [0.0] * 100)
    report = lift_report(table, LiftSettings(shares=HALVES, greatest_value=100.0))
    target, control = report.groups

    assert (10 * 100.0 + 90 * 10.0) / 200 == pytest.approx(target.revenue_per_customer)
    assert (0.05, 0.0) == pytest.approx((target.winsorised_customers, control.winsorised_customers))
    assert 9_000.0 / 10_900.0 == pytest.approx(target.winsorised_revenue)


def test_sure_things_convert_in_both_groups() -> None:
    """Customers of a slice in which both groups convert as highly are sure things, and the others are not."""
    table = table_of([5.0] * 700 + [0.0] * 1_300, [5.0] * 700 + [0.0] * 1_300)
    table["segment"] = (["loyal"] * 800 + ["other"] * 1_200) * 2
    found = lift_report(table, SETTINGS).sure_things[0]

    assert (("segment", "loyal"),) == found.slices
    assert (0.4, 0.0, 0.35) == pytest.approx((found.share_of_customers, found.least_share, found.greatest_share))


def test_all_pairs_of_groups_are_compared() -> None:
    """Every group stands against every group declared after it."""
    rng = np.random.default_rng(0)
    names = ["OPTIMIZED", "UNIFORM_RANDOM", "BUSINESS_AS_USUAL", "HOLDOUT"]
    table = table_of(list(rng.poisson(1.0, 4_000).astype(float)), [])
    table["group"] = rng.choice(names, len(table))
    report = lift_report(table, LiftSettings(shares=dict.fromkeys(names, 0.25)))

    assert 6 * len(Metric) == len(report.estimates)
    assert len({(found.target, found.control) for found in report.estimates}) == 6


def test_the_frame_has_what_the_report_has() -> None:
    """The table has one row for each estimate, and JSON the same numbers, without any that JSON does not know."""
    report = lift_report(world(), SETTINGS)
    frame = lift_frame(report)
    values = json.loads(json.dumps(plain(report), allow_nan=False))

    assert len(report.estimates) == len(frame) == len(values["estimates"])
    assert [found["absolute"] for found in values["estimates"]] == pytest.approx(frame["absolute"].tolist())
    assert [found["absolute_interval"]["low"] for found in values["estimates"]] == pytest.approx(
        frame["absolute_low"].tolist()
    )
    assert {"ANYTIME"} == set(frame["interval_kind"])


def test_the_path_ends_at_the_report() -> None:
    """The last of the daily readings is the report's estimate, and the first are without bounds."""
    path = lift_path(world(), SETTINGS, ("OPTIMIZED", "HOLDOUT"), Metric.REVENUE)
    found = pick(lift_report(world(), SETTINGS), Metric.REVENUE).absolute_interval
    early = lift_path(world().head(500), SETTINGS, ("OPTIMIZED", "HOLDOUT"), Metric.REVENUE)

    assert found is not None
    assert (found.low, found.high) == pytest.approx((path["low"].iloc[-1], path["high"].iloc[-1]))
    assert 60 == len(path)
    assert bool(path["reading_us"].is_monotonic_increasing)
    assert -math.inf == early["low"].iloc[0]


def test_bad_tables_are_refused_by_column() -> None:
    """Each column at fault is named: unknown groups, values that are no numbers, customers in two rows."""
    table = world().head(100).copy()
    table.loc[0, "group"] = "OTHER"
    table.loc[1, "value"] = np.nan
    table["customer_id"] = 1
    with pytest.raises(InvalidRequest) as refused:
        lift_report(table, SETTINGS)
    with pytest.raises(InvalidRequest) as missing:
        lift_report(table.drop(columns=["converted", "segment"]), SETTINGS)
    anchored = world().head(100).assign(anchored_value=np.nan)
    with pytest.raises(InvalidRequest) as not_anchored:
        lift_report(anchored, SETTINGS)

    assert ["group", "customer_id", "value"] == [found.field for found in refused.value.violations]
    assert ["converted", "segment"] == [found.field for found in missing.value.violations]
    assert ["anchored_value"] == [found.field for found in not_anchored.value.violations]


def test_bad_settings_are_refused_by_field() -> None:
    """Shares above 1 together, and limits that cannot be, are refused by name."""
    with pytest.raises(InvalidRequest) as refused:
        LiftSettings(shares={"OPTIMIZED": 0.9, "HOLDOUT": 0.2}, greatest_value=-1.0, smallest_lift=0.0)

    assert ["shares", "greatest_value", "smallest_lift"] == [found.field for found in refused.value.violations]
