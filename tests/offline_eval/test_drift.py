"""The drift report: what is said to have changed, where and since when, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from banditsvc.core.errors import InvalidRequest
from banditsvc.core.times import DAY_US, HOUR_US
from offline_eval.choices import read_choices
from offline_eval.drift import Change, DriftRows, DriftSettings, Kind, drift_of_rows, drift_report, rows_of
from offline_eval.drift.rows import EPOCH, aim_weights, pairs_of
from tests.offline_eval.drifting_world import (
    FIRST_DAY,
    LEARNING,
    OFTEN,
    STATIONARY,
    DriftingWorld,
    drifting_rows,
    scaled,
    swapped,
)
from tests.offline_eval.joined_row import joined_batch, joined_row

QUICK = DriftSettings(draws=99)
DAY = 15
MARGIN_LEVEL = 0.001


def changes(world: DriftingWorld, seed: int = 1) -> tuple[Change, ...]:
    return drift_of_rows(drifting_rows(world, seed), QUICK).changes


def days(change: Change) -> tuple[int, int, int]:
    """Returns a change's earliest day, its day and its latest, counted from the first day of the world."""
    return tuple((one - EPOCH).days - FIRST_DAY for one in (change.earliest, change.day, change.latest))  # type: ignore[return-value]


@pytest.mark.parametrize("world", [STATIONARY, LEARNING, OFTEN], ids=lambda world: world.name)
def test_nothing_changes_where_nothing_changes(world: DriftingWorld) -> None:
    """In worlds that stay as they are, few readings say that anything changed (5 %, binomial margin at .001)."""
    runs = 10
    alarms = sum(bool(changes(replace(world, days=25), seed)) for seed in range(runs))

    assert alarms <= binom.isf(MARGIN_LEVEL, runs, 0.05)


@pytest.mark.parametrize("world", [STATIONARY, LEARNING, OFTEN], ids=lambda world: world.name)
def test_a_swap_is_dated(world: DriftingWorld) -> None:
    """Where the best campaign falls from 4 % to 2 %, the report says so, on the right day but for some."""
    found = changes(replace(world, daily=2_000, changed=swapped(DAY), days=30))
    [first, *_] = [one for one in found if one.series.campaign == "arrivals"]
    earliest, day, latest = days(first)

    assert earliest <= DAY <= latest
    assert abs(day - DAY) <= 3
    assert first.difference.before.interval.low > first.difference.after.interval.high


def test_the_place_is_told() -> None:
    """What changes for one segment is told of that alone; what changes for all campaigns alike, of everything."""
    big = replace(STATIONARY, days=30, daily=3_000, customers=80_000)
    everything = replace(big, changed=lambda rates, day: rates * (0.5 if day >= DAY else 1.0))
    segment = replace(big, changed=lambda rates, day: rates * (1.0, 1.0, 0.4 if day >= DAY else 1.0))

    [in_gold] = changes(replace(big, changed=scaled(DAY, 0.2, 3, (2,))))
    [whole] = changes(everything)
    [gold] = changes(segment)
    assert (Kind.CAMPAIGN_SEGMENT, "winback", "Gold") == (
        in_gold.series.kind,
        in_gold.series.campaign,
        in_gold.series.segment,
    )
    assert whole.series.kind is Kind.EVERYTHING
    assert (Kind.SEGMENT, "Gold") == (gold.series.kind, gold.series.segment)


def test_the_segment_that_stands_out_is_named() -> None:
    """Where a campaign changes everywhere and in one segment far more, that one is named."""

    def change(rates: np.ndarray, day: int) -> np.ndarray:
        return scaled(DAY, 0.4, 3, (2,))(scaled(DAY, 0.5, 3)(rates, day), day)

    [found] = changes(replace(STATIONARY, days=30, daily=3_000, customers=80_000, changed=change))
    assert (Kind.CAMPAIGN, "winback") == (found.series.kind, found.series.campaign)
    assert found.most is not None
    assert found.most.segment == "Gold"
    assert found.most.difference.change < found.difference.change


def test_two_changes_are_two() -> None:
    """What changes and changes back is told twice, each with what was before and after up to the other."""

    def change(rates: np.ndarray, day: int) -> np.ndarray:
        return scaled(12, 0.2, 0)(rates, day) if day < 28 else rates

    found = sorted(changes(replace(STATIONARY, daily=3_000, changed=change)), key=lambda one: one.day)
    assert ["arrivals", "arrivals"] == [one.series.campaign for one in found]
    assert [12, 28] == pytest.approx([days(one)[1] for one in found], abs=1)
    assert (found[1].day, found[0].day) == (found[0].until, found[1].since)
    assert found[0].difference.change < 0.0 < found[1].difference.change


def test_without_weights_better_aim_would_be_drift() -> None:
    """With the same probability claimed for all, a policy that learns to aim makes false alarms: the weights matter."""
    rows = [drifting_rows(replace(LEARNING, days=25), seed) for seed in range(4)]
    blind = [drift_of_rows(replace(one, probability=np.full(len(one), 0.25)), QUICK) for one in rows]

    assert any(one.changes for one in blind)
    assert not any(drift_of_rows(one, QUICK).changes for one in rows)


def test_without_customers_those_who_return_would_be_drift() -> None:
    """A customer counts once: with each decision taken for another customer the departures are greater."""
    world = replace(OFTEN, customers=150, sameness=0.3, changed=swapped(DAY))
    rows = drifting_rows(world, 3)
    strangers = replace(rows, customer=np.arange(len(rows), dtype=np.int32))
    together, apart = (drift_of_rows(one, replace(QUICK, level=0.5)).changes[0] for one in (rows, strangers))

    assert abs(together.departure) < abs(apart.departure)


def test_thin_data_are_refused() -> None:
    """With few decisions nothing is looked at, and each series says what it lacks."""
    report = drift_of_rows(drifting_rows(replace(STATIONARY, daily=20), 0), QUICK)

    assert ((), ()) == (report.looked_at, report.changes)
    assert np.isnan(report.rest_p_value)
    assert all(one.further_decisions > 0 for one in report.thin)
    assert all(one.customers + one.further_customers >= 60.0 for one in report.thin)


def test_as_much_as_was_lacking_is_enough() -> None:
    """A campaign that lacks decisions is looked at once there are more than that many more."""
    world = replace(STATIONARY, daily=120)
    [thin] = [
        one
        for one in drift_of_rows(drifting_rows(world, 0), QUICK).thin
        if one.series.campaign == "sale" and not one.series.segment
    ]
    growth = 1.4 * (thin.decisions + thin.further_decisions) / thin.decisions
    grown = drift_of_rows(drifting_rows(replace(world, daily=round(120 * growth)), 0), QUICK)

    assert 1.4 < growth < 8.0
    assert thin.series in grown.looked_at


def test_the_same_log_gives_the_same_report() -> None:
    """The report is a function of the rows."""
    rows = drifting_rows(replace(STATIONARY, changed=swapped(DAY)), 0)

    assert drift_of_rows(rows, QUICK) == drift_of_rows(rows, QUICK)


def test_the_order_of_decisions_within_a_day_does_not_matter() -> None:
    """Dates and departures are the same however a day's decisions come."""
    rows = drifting_rows(replace(STATIONARY, days=15, daily=800, changed=swapped(8)), 0)
    order = np.lexsort((np.random.default_rng(0).random(len(rows)), rows.day))
    one, other = drift_of_rows(rows, QUICK), drift_of_rows(_taken(rows, order), QUICK)

    assert [(change.series, change.day) for change in one.changes] == [
        (change.series, change.day) for change in other.changes
    ]
    assert [change.departure for change in one.changes] == pytest.approx(
        [change.departure for change in other.changes], rel=0.15
    )


def _taken(rows: DriftRows, order: np.ndarray) -> DriftRows:
    return replace(
        rows,
        day=rows.day[order],
        customer=rows.customer[order],
        campaign=replace(rows.campaign, codes=rows.campaign.codes[order]),
        family=replace(rows.family, codes=rows.family.codes[order]),
        segment=replace(rows.segment, codes=rows.segment.codes[order]),
        probability=rows.probability[order],
        reward=rows.reward[order],
        predicted=rows.predicted[order],
    )


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 6), st.sampled_from([0.05, 0.3, 0.9])), min_size=1, max_size=200
    )
)
@settings(max_examples=60, deadline=None)
def test_weights_are_1_on_the_mean(drawn: list[tuple[int, int, float]]) -> None:
    """Over all decisions of a cell the weights have the mean 1, and where all chances are alike each is 1."""
    cell, day, chance = (np.array(column) for column in zip(*drawn, strict=True))
    weights = aim_weights(pairs_of(cell, day), chance)

    for one in np.unique(cell):
        assert float(weights[cell == one].mean()) == pytest.approx(1.0)
    assert aim_weights(pairs_of(cell, day), np.full(len(cell), 0.3)) == pytest.approx(1.0)


def test_days_are_those_of_the_time_zone() -> None:
    """A decision is of the local day on which it was sent, also where clocks are put forward in between."""
    hours = [0, 22, 23, 24 + 22, 24 + 23]
    # 28 March 2026, 00:00 UTC; clocks in Berlin go forward on the 29th.
    start = 20_540 * DAY_US
    rows = [joined_row(place, window_start=start + hour * HOUR_US) for place, hour in enumerate(hours)]
    choices = read_choices([joined_batch(rows)], {})

    assert [0, 0, 0, 1, 1] == (rows_of(choices).day - 20_540).tolist()
    assert [0, 0, 1, 2, 2] == (rows_of(choices, "Europe/Berlin").day - 20_540).tolist()


def test_what_cannot_be_evaluated_is_left_out() -> None:
    """Forced decisions and those whose rewards are to come are counted, and nothing is said of a log without others."""
    rows = [joined_row(0, decided_by="FORCED"), joined_row(1, is_mature=False)]
    report = drift_report(read_choices([joined_batch(rows)], {}), QUICK)

    assert {"decided by rule, force or holdout": 1, "outcomes are still to come": 1} == report.left_out
    assert (0, None, ()) == (report.evaluated, report.first_day, report.changes)


def test_values_for_json() -> None:
    """Dates are texts, and what is not a number is null."""
    report = drift_of_rows(drifting_rows(replace(STATIONARY, daily=2_000, changed=swapped(DAY)), 0), QUICK)
    first = report.plain()["changes"][0]  # type: ignore[index]

    assert (report.changes[0].day.isoformat(), None) == (first["day"], first["predicted_before"])
    assert report.first_day is not None
    assert timedelta(days=39) == (report.last_day or report.first_day) - report.first_day


def test_settings_out_of_range_are_refused() -> None:
    """Every setting out of range is named."""
    with pytest.raises(InvalidRequest) as caught:
        DriftSettings(level=1.0, least_customers=0.0, least_decisions=1.0)
    assert ["level", "least_customers", "least_decisions"] == [one.field for one in caught.value.violations]
    with pytest.raises(InvalidRequest, match="draws"):
        DriftSettings(level=0.99, draws=50)
