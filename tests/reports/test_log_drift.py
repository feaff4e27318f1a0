"""Drift read from a log, its words and its page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from banditsvc.core.errors import NotFound
from banditsvc.reports import drift_words as words
from banditsvc.reports.drift_page import drift_page
from banditsvc.reports.log_drift import drift_of_log
from offline_eval.choices import read_choices
from offline_eval.drift import DriftReport, DriftSettings, Kind, Series, drift_report
from tests.reports.chosen_log import RATES, chosen_log

COUNT = 4_000
SETTINGS = DriftSettings(draws=99)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chosen_log(tmp_path_factory.mktemp("log"), COUNT, late_rates=RATES | {"sale": 0.15})


@pytest.fixture(scope="module")
def report(data: Path) -> DriftReport:
    return drift_of_log(data, "shop", settings=SETTINGS)


def test_drift_of_a_log(report: DriftReport) -> None:
    """In a log whose family sale falls on the eleventh day, that is what is told, and nothing else."""
    [change] = report.changes

    assert (Kind.FAMILY, "sale") == (change.series.kind, change.series.family)
    assert date(1970, 1, 12) == change.day
    assert change.earliest <= change.day <= change.latest
    assert (change.predicted_before, change.predicted_after) == (0.0, 0.0)
    for size, rate in ((change.difference.before, RATES["sale"]), (change.difference.after, 0.15)):
        assert size.interval.contains(rate)


def test_a_span_without_the_change_has_none(data: Path) -> None:
    """Read up to the day before, nothing has changed; a time without zone and an unknown portfolio are refused."""
    found = drift_of_log(data, "shop", settings=SETTINGS, until=datetime(1970, 1, 11, tzinfo=UTC))

    assert () == found.changes
    assert words.no_change_words(found).startswith("Nothing is known to have changed (p = ")
    with pytest.raises(NotFound):
        drift_of_log(data, "none")
    with pytest.raises(ValueError, match="since needs a time zone"):
        drift_of_log(data, "shop", since=datetime(2026, 1, 1))  # noqa: DTZ001  that is the point


def test_a_change_is_one_sentence(report: DriftReport) -> None:
    """The sentence says what, how much instead of how much, since when, and in which segment most."""
    [change] = report.changes
    part = replace(change, day=date(1970, 3, 3), earliest=date(1970, 2, 27), latest=date(1970, 3, 5))
    by_campaign = replace(
        part,
        series=Series(kind=Kind.CAMPAIGN_SEGMENT, campaign="winback", segment="Gold"),
        earliest=date(1970, 3, 2),
        until=date(1970, 4, 1),
    )

    assert re.fullmatch(
        r"Family sale earns 1\d\.\d\d? instead of \d\d\.\d\d? per 100 customers since about 3 March \(27 February to 5 March\)\.",
        words.sentence(report, part),
    )
    assert re.fullmatch(
        r"winback earns .* per 100 customers in segment Gold from about 3 March \(2 to 5 March\) to about 1 April\.",
        words.sentence(report, by_campaign),
    )
    everything = replace(part, series=Series(kind=Kind.EVERYTHING), earliest=part.day, latest=part.day)
    over_years = replace(report, last_day=date(1971, 1, 1))
    assert "All campaigns together earn" in words.sentence(report, everything)
    assert words.sentence(over_years, everything).endswith("per 100 customers since 3 March 1970.")
    assert words.series_words(Series(kind=Kind.SEGMENT, segment="Gold")) == "segment Gold"


def test_the_page_needs_nothing_from_elsewhere(report: DriftReport) -> None:
    """The page is one document with the sentence, a plot and the figures of each change; its texts are escaped."""
    page = drift_page("<shop>", report)

    assert not re.search(r"(?:src|href)=\"(?!#)|@import|url\((?!#)|<script|https?://", page)
    assert "&lt;shop&gt;" in page
    assert words.sentence(report, report.changes[0]) in page
    assert 1 == page.count("<svg")


def test_a_page_without_decisions_says_so() -> None:
    """Where nothing can be evaluated the page says that, and has no plots."""
    page = drift_page("shop", drift_report(read_choices([], {}), SETTINGS))

    assert "No decision can be evaluated yet" in page
    assert "<svg" not in page


def test_thin_data_are_named(data: Path) -> None:
    """Of what too little is known the table says how much is there and how much is missing."""
    report = drift_of_log(data, "shop", settings=SETTINGS, until=datetime(1970, 1, 3, tzinfo=UTC))
    rows = [words.thin_row(report, one) for one in report.thin]

    assert rows
    assert all(
        "of 60" in row[1] and "of 200" in row[2] and ("more decisions" in row[3] or "more days" in row[3])
        for row in rows
    )
    assert all(row[0] in drift_page("shop", report) for row in rows)
