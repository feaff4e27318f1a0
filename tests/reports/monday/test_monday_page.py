"""Laws of the Monday page."""

from __future__ import annotations

import re
from dataclasses import replace

from banditsvc.reports.monday.earned import earned
from banditsvc.reports.monday.monday_page import monday_page
from banditsvc.reports.monday.monday_report import Unknown
from tests.reports.monday.made_report import made_report, reports


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    """It names no address, loads nothing and runs nothing: one file that can be mailed."""
    page = monday_page(made_report())

    assert [] == re.findall(r"src\s*=|href\s*=\s*[\"'](?!#)|@import|<script|url\((?!#)", page)


def test_names_are_escaped() -> None:
    """What callers named stands on the page as text, whatever it looks like."""
    page = monday_page(made_report())

    assert "Club &lt;campaigns&gt;" in page
    assert "Club <campaigns>" not in page


def test_the_same_report_is_the_same_page() -> None:
    """The page depends on the report alone, plots included."""
    report = made_report()

    assert monday_page(report) == monday_page(report)


def test_a_gain_is_said_with_its_interval_and_total() -> None:
    """Where the interval excludes zero the page says how much per customer, between what, and in all."""
    said = earned(reports(lift=0.5), "EUR")

    assert "above" == said.tone
    assert "more than chance" in said.sentence
    assert "however often it is read" in said.sentence
    assert said.total.startswith("+")


def test_thin_data_are_refused_with_what_would_do() -> None:
    """Where there is no interval the page says so, and how many customers and days it takes."""
    said = earned(reports(count=900), "EUR")

    assert ("not known yet", "", "") == (said.figure, said.tone, said.total)
    assert re.search(r"Too little data .* it takes [\d,]+ customers .* [\d,]+ days more\.", said.sentence)


def test_what_may_be_chance_is_called_that() -> None:
    """An interval with zero in it is no gain and no loss, and there is no total."""
    said = earned(reports(lift=0.0), "EUR")

    assert ("", "") == (said.tone, said.total)
    assert "may still be chance" in said.sentence


def test_without_control_groups_nothing_is_claimed() -> None:
    """Without any comparison the page says that nobody can tell."""
    said = earned([], "EUR")
    page = monday_page(replace(made_report(), earned=said, path=None, learned=(), unknown=(), agenda=()))

    assert "not known" == said.figure
    assert said.sentence in page
    assert "Nothing. Groups, feeds, guardrails and campaigns are in order." in page


def test_what_is_unknown_is_never_enough_after_no_days() -> None:
    """Of a pair of which too little is known at least a day more is told, in words that fit its number."""
    unknown = tuple(Unknown(segment=f"s{days}", family="f", decisions=9, days=days) for days in (0, 1, 1_200))
    page = monday_page(replace(made_report(), unknown=unknown)).partition("What is still unknown")[2]

    assert ["1 day", "1 day", "1,200 days"] == re.findall(r">([\d,]+ days?)</td>", page)
