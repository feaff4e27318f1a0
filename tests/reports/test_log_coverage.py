"""Choices and coverage read from a log, and the page of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from banditsvc.core.errors import NotFound
from banditsvc.core.times import DAY_US
from banditsvc.open_log import open_log
from banditsvc.reports.coverage_page import coverage_page
from banditsvc.reports.log_choices import choices_of
from banditsvc.reports.log_coverage import coverage_of_log
from banditsvc.store.sqlite_log import SqliteLog
from offline_eval.choices import COLUMNS, read_choices
from offline_eval.coverage import CoverageReport, CoverageSettings, coverage_report
from tests.reports.chosen_log import DAYS, RATES, chosen_log

COUNT = 4_000
START = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chosen_log(tmp_path_factory.mktemp("log"), COUNT)


@pytest.fixture(scope="module")
def report(data: Path) -> CoverageReport:
    return coverage_of_log(data, "shop")


def test_coverage_of_a_log(report: CoverageReport) -> None:
    """Over a log, families are those of the catalogue, decisions with an open window wait, and the rates are covered."""
    assert ("news", "sale") == report.families
    assert ("family", "student") == report.slice_values
    assert {"outcomes are still to come": 3 * COUNT // DAYS} == report.left_out
    assert report.evaluated == sum(cell.chosen for cell in report.cells)
    for cell in (*report.cells, *report.totals):
        assert cell.estimate.interval is not None
        assert cell.estimate.interval.contains(RATES[cell.family])


def test_choices_of_a_span_are_those_of_the_whole(data: Path) -> None:
    """Read from the middle of the log, the decisions of a span are those that the whole log has of it."""
    log = SqliteLog(data / "log.db", read_only=True)
    told: list[tuple[int, int]] = []
    since_us, until_us = 5 * DAY_US, 9 * DAY_US
    whole = choices_of(log, "shop", None, None, progress=lambda done, total: told.append((done, total)))
    part, expected = choices_of(log, "shop", since_us, until_us), whole.between(since_us, until_us)
    log.close()

    assert (COUNT, COUNT) == told[-1]
    assert 4 * COUNT // DAYS == len(part) == len(expected)
    for name in ("record_time_us", "reward", "family_probability", "is_mature", "due_time_us"):
        assert np.array_equal(getattr(expected, name), getattr(part, name), equal_nan=name == "reward")


def test_merged_ids_are_one_customer_in_a_log(data: Path) -> None:
    """The merged id's decision is one of the customer that it stands for."""
    log = SqliteLog(data / "log.db", read_only=True)
    customer = choices_of(log, "shop", None, None).customer
    log.close()

    assert COUNT - 1 == len(np.unique(customer))
    assert customer[0] == customer[-1]


def test_some_columns_from_a_time_on(data: Path) -> None:
    """The joined table can be read from a time on with some columns alone; a time without a zone is refused."""
    with open_log(data) as log:
        whole = read_choices(log.joined_batches("shop"), {})
        since = START + timedelta(days=19, microseconds=1)
        batches = list(log.joined_batches("shop", since=since, columns=COLUMNS))
        with pytest.raises(ValueError, match="since needs a time zone"):
            log.joined_batches("shop", since=datetime(2026, 1, 1))  # noqa: DTZ001  that is the point

    assert {COLUMNS} == {tuple(batch.schema.names) for batch in batches}
    part = read_choices(batches, {})
    assert whole.reward[-len(part) :].tolist() == part.reward.tolist()
    assert COUNT // DAYS == len(part)


def test_spans_and_faults(data: Path) -> None:
    """A report can be of a span; an unknown portfolio and a time without zone are refused."""
    early = coverage_of_log(data, "shop", until=START + timedelta(days=6))
    late = coverage_of_log(data, "shop", since=START + timedelta(days=6), settings=CoverageSettings(precision=0.2))

    assert 5 * COUNT // DAYS == early.evaluated
    assert 12 * COUNT // DAYS == late.evaluated
    with pytest.raises(NotFound):
        coverage_of_log(data, "none")
    with pytest.raises(ValueError, match="since needs a time zone"):
        coverage_of_log(data, "shop", since=datetime(2026, 1, 1))  # noqa: DTZ001  that is the point


def test_the_page_needs_nothing_from_elsewhere(report: CoverageReport) -> None:
    """The page is one document without links, scripts or pictures from elsewhere, its texts escaped."""
    page = coverage_page("<shop>", report)

    assert not re.search(r"(?:src|href)=|@import|url\(|<script|https?://", page)
    assert "&lt;shop&gt;" in page
    assert "<shop>" not in page


def test_the_page_has_every_pair(report: CoverageReport) -> None:
    """The heat map has a field for every pair and the legend of what its shades mean; the figures stand below."""
    page = coverage_page("shop", report)
    heat = page[page.index('<table class="heat">') : page.index("</table>")]

    assert len(report.cells) + len(report.totals) == heat.count("<td")
    for cell in report.cells:
        assert f"{cell.chosen:,} of {cell.eligible:,}" in heat
        assert f"{cell.estimate.support.effective_decisions:,.0f}" in page
    assert page.count("too little data for an interval") == 1


def test_a_page_without_decisions_says_so() -> None:
    """Where nothing can be evaluated the page says that, and has no map."""
    page = coverage_page("shop", coverage_report(read_choices([], {}), CoverageSettings()))

    assert "No decision can be evaluated yet" in page
    assert "<table" not in page
