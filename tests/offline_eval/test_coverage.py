"""The coverage report."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from banditsvc.core.errors import InvalidRequest
from offline_eval.choices import UNKNOWN, Choices, read_choices
from offline_eval.coverage import CoverageReport, CoverageSettings, Grouping, Knowledge, coverage_report
from tests.offline_eval.joined_row import Row, joined_batch, joined_row

SEGMENTS = ("family", "student", None)
RATES = {("family", "promo"): 0.3, ("family", "news"): 0.1, ("student", "promo"): 0.15, ("student", "news"): 0.2}
"""Mean reward by segment and family."""
LEVEL = 0.001


def traffic(count: int, seed: int = 0) -> list[Row]:
    """Returns decisions in which keen customers get the promotion more often, and buy twice as often."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        segment, is_keen = SEGMENTS[int(rng.integers(2))], rng.random() < 0.5
        share = 0.8 if is_keen else 0.2
        campaign = str(rng.choice(["promo-1", "promo-2", "news"], p=[share / 2, share / 2, 1.0 - share]))
        rate = RATES[str(segment), campaign.partition("-")[0]] * (4.0 / 3.0 if is_keen else 2.0 / 3.0)
        made.append(
            joined_row(
                number,
                chances=[("news", 1.0 - share), ("promo-1", share / 2), ("promo-2", share / 2)],
                chosen=campaign,
                segment=segment,
                lifecycle_stage="ACTIVE",
                record_time=number * 3_600_000_000,
                reward=float(rng.random() < rate),
            )
        )
    return made


def read(rows: list[Row]) -> Choices:
    return read_choices([joined_batch(rows)], {"promo-1": "promo", "promo-2": "promo", "news": ""})


@pytest.fixture(scope="module")
def report() -> CoverageReport:
    return coverage_report(read(traffic(12_000)), CoverageSettings())


def test_cells_estimate_what_always_choosing_brings(report: CoverageReport) -> None:
    """The mean reward of each cell is that of its family for its segment, though keen customers got some more often."""
    assert set(RATES) == {(cell.slice_value, cell.family) for cell in report.cells}
    for cell in report.cells:
        error = cell.estimate.standard_error
        assert (
            abs(cell.estimate.value - RATES[cell.slice_value, cell.family]) < norm.isf(LEVEL / 2 / len(RATES)) * error
        )
        assert Knowledge.KNOWN is cell.knowledge
        assert cell.estimate.interval is not None
        assert cell.estimate.interval.contains(RATES[cell.slice_value, cell.family])
        assert (0, 0.0) == (cell.further_decisions, cell.further_days)


def test_counts_add_up(report: CoverageReport) -> None:
    """Choices of all cells are all decisions, so are they by probability, and a family's cells make its total."""
    assert report.evaluated == sum(cell.chosen for cell in report.cells)
    assert pytest.approx(report.evaluated) == sum(cell.expected for cell in report.cells)
    for total in report.totals:
        own = [cell for cell in report.cells if cell.family == total.family]
        for name in ("eligible", "reachable", "chosen"):
            assert getattr(total, name) == sum(getattr(cell, name) for cell in own)
    assert report.evaluated == report.totals[0].eligible


def test_the_table_has_a_row_for_each_cell(report: CoverageReport) -> None:
    """The table has cells and totals, with the ends of their intervals."""
    table = report.to_pandas()
    cells = table[table["slice_value"] != ""]
    cell = report.cells[0]

    assert (len(report.cells), len(report.totals)) == (len(cells), len(table) - len(cells))
    assert cell.estimate.interval is not None
    assert (cell.estimate.interval.low, cell.estimate.interval.high) == (cells["low"][0], cells["high"][0])
    assert cell.width == cells["width"][0]


def test_stages_may_tell_customers_apart() -> None:
    """By lifecycle stage the kinds of customers are the stages; those of whom nothing is known are one kind."""
    rows = traffic(200)
    rows[0]["lifecycle_stage"] = None
    found = coverage_report(read(rows), CoverageSettings(by=Grouping.LIFECYCLE_STAGE))

    assert ("ACTIVE", UNKNOWN) == found.slice_values


def test_little_data_are_said_to_be_little() -> None:
    """With few decisions no cell has an interval, each says why, and how many more it takes at least."""
    found = coverage_report(read(traffic(400)), CoverageSettings())
    for cell in found.cells:
        assert Knowledge.TOO_LITTLE_DATA is cell.knowledge
        assert cell.why.startswith("it rests on")
        assert cell.further_decisions is not None
        assert cell.further_decisions > 0
        assert cell.further_days == pytest.approx(cell.further_decisions * found.days / cell.reachable)
    assert found.thin_cells == found.cells


def test_wide_intervals_are_too_wide() -> None:
    """Where half the interval is longer than the share of the mean reward that was asked for, too little is known."""
    choices = read(traffic(12_000))
    found = coverage_report(choices, CoverageSettings(precision=0.05))

    assert {Knowledge.TOO_WIDE} == {cell.knowledge for cell in found.cells}
    assert pytest.approx(0.05 * float(choices.reward.mean())) == found.longest_half


def test_further_decisions_would_do() -> None:
    """With as many decisions as were told, cells that were known too little are known, and with far fewer they are not."""
    rows, settings = traffic(60_000, seed=3), CoverageSettings(precision=0.15)
    first = coverage_report(read(rows[:6_000]), settings)
    thin = max(first.thin_cells, key=lambda cell: cell.further_decisions or 0)
    assert thin.further_decisions is not None
    growth = (thin.reachable + thin.further_decisions) / thin.reachable

    def known_with(share: float) -> bool:
        cell = coverage_report(read(rows[: int(6_000 * growth * share)]), settings).cell(thin.slice_value, thin.family)
        return cell is not None and cell.is_known

    assert 1.2 < growth < 8.0
    assert known_with(1.25)
    assert not known_with(0.7)


def changed(rows: list[Row], change: Callable[[int], Row]) -> list[Row]:
    return [row | change(number) for number, row in enumerate(rows)]


def test_a_family_without_a_chance_is_told() -> None:
    """Where a family is eligible and mostly has no chance, nothing is known of it and no number of decisions would do."""
    news = {"selection_probabilities": [1.0, 0.0, 0.0], "campaign_id": "news"}
    found = coverage_report(
        read(changed(traffic(2_000), lambda number: news if number % 4 else {})), CoverageSettings()
    )
    promo = found.totals[found.families.index("promo")]

    assert Knowledge.NO_CHANCE is promo.knowledge
    assert "75%" in promo.why
    assert (None, None) == (promo.further_decisions, promo.further_days)
    assert promo.reachable * 4 == pytest.approx(promo.eligible, rel=0.01)


def test_never_chosen_tells_at_least_how_many() -> None:
    """Of a family that had a chance and was never chosen, the least number follows from its probabilities."""
    rare = {"selection_probabilities": [0.98, 0.01, 0.01], "campaign_id": "news"}
    found = coverage_report(read(changed(traffic(100), lambda _: rare)), CoverageSettings())
    promo = found.totals[found.families.index("promo")]

    assert (0, 100 * 50 - 100) == (promo.chosen, promo.further_decisions)
    assert math.isnan(promo.estimate.value)


def test_what_cannot_be_evaluated_is_left_out() -> None:
    """Only mature decisions by the policy or an equal draw count; the others are counted by the reason."""
    changes: list[Row] = [
        {"is_test": True},
        {"result": "NO_ELIGIBLE", "campaign_id": None, "eligible": [], "selection_probabilities": []},
        {"decided_by": "FORCED"},
        {"decided_by": "HOLDOUT", "campaign_id": None, "result": "HELD_OUT"},
        {"window_start": None, "is_mature": False, "reward": None},
        {"is_mature": False},
        {"decided_by": "UNIFORM_RANDOM", "group": "UNIFORM_RANDOM"},
    ]
    for change in changes[1:2]:
        change["predicted_rewards"] = []
    found = coverage_report(
        read([row | change for row, change in zip(traffic(len(changes)), changes, strict=True)]), CoverageSettings()
    )

    assert 1 == found.evaluated
    assert {
        "a test": 1,
        "nothing was eligible": 1,
        "decided by rule, force or holdout": 2,
        "not sent, or not yet": 1,
        "outcomes are still to come": 1,
    } == found.left_out


def test_a_log_without_decisions_has_no_cells() -> None:
    """Nothing is known, and nothing fails."""
    found = coverage_report(read_choices([], {}), CoverageSettings())

    assert (0, (), (), 0) == (found.evaluated, found.cells, found.totals, len(found.to_pandas()))


def test_no_rate_is_told_within_a_day() -> None:
    """Decisions of less than a day do not tell how many come in one."""
    rows = [row | {"record_time": number} for number, row in enumerate(traffic(400))]
    cell = coverage_report(read(rows), CoverageSettings()).cells[0]

    assert cell.further_decisions is not None
    assert cell.further_days is None


def test_impossible_settings_are_refused() -> None:
    """Each setting at fault is named."""
    with pytest.raises(InvalidRequest) as refused:
        CoverageSettings(precision=0.0, least_reach=1.5)

    assert ["precision", "least_reach"] == [one.field for one in refused.value.violations]
    assert 0.2 == replace(CoverageSettings(), precision=0.2).precision


def test_history_comes_at_once_and_tells_no_rate() -> None:
    """History of known probability is evaluated like other decisions; how long further ones take is told by those alone."""
    rows = traffic(400)
    past = [row | {"decided_by": "HISTORICAL", "record_time": 0} for row in traffic(400)]
    alone, both = (coverage_report(read(made), CoverageSettings()) for made in (rows, [*past, *rows]))
    found = [(report.cells[0].further_days, report.cells[0].further_decisions) for report in (alone, both)]

    assert (400, 800) == (alone.evaluated, both.evaluated)
    assert alone.days == both.days
    assert all(days is not None and further for days, further in found)
    rates = [(further or 0) / (days or 1.0) for days, further in found]
    assert abs(rates[0] - rates[1]) < 1e-9


def test_history_of_unknown_probability_is_left_out() -> None:
    """History without probabilities is counted under a reason of its own, and changes no estimate."""
    rows = traffic(400)
    unknown = {"decided_by": "HISTORICAL", "probability_known": False, "selection_probabilities": []}
    alone, both = (coverage_report(read(made), CoverageSettings()) for made in (rows, [*rows, rows[0] | unknown]))

    assert {**alone.left_out, "history of unknown probability": 1} == both.left_out
    assert alone.to_pandas().equals(both.to_pandas())
