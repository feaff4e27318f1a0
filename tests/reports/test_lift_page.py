"""Laws of the lift report as a page, and of the plots on it."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest
from markupsafe import escape

from banditsvc.ports import DecisionLog
from banditsvc.reports.html import ForestRow, Line, Tone, band_plot, forest_plot
from banditsvc.reports.lift_of_log import lift_of_log
from banditsvc.reports.lift_page import lift_page
from banditsvc.reports.lift_result import LogLift
from banditsvc.reports.number_words import amount
from banditsvc.store.memory import MemoryLog
from tests.lift_tables.lift_log import HOLDOUT, ORGANIZATION, PORTFOLIO, SPEC, decided, draw, put
from tests.lift_tables.lift_traffic import append_traffic

VOID = {"meta", "path", "use", "rect", "image", "br", "img", "input", "link"}


class Page(HTMLParser):
    """What a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.asked_for: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.asked_for += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "srcset"}]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@cache
def busy() -> LogLift:
    """Returns the lift of a shop with four groups and something to find."""
    log = MemoryLog()
    settings = replace(
        PORTFOLIO,
        display_name="Shoes & <more>",
        assignments=(replace(SPEC, uniform_random=0.05, business_as_usual=0.1, holdout=0.2),),
    )
    put(log, ORGANIZATION, settings)
    append_traffic(log, customers=3_000, days=60, shares=(0.65, 0.05, 0.1, 0.2), base=0.04, strength=4.0)
    put(log, day=60)
    return lift_of_log(log, "shop", slices=["segment"])


def with_few() -> LogLift:
    log = MemoryLog()
    put(log, ORGANIZATION, PORTFOLIO)
    put(log, decided("a", draw()), decided("b", draw(HOLDOUT)))
    return lift_of_log(log, "shop")


def with_wrong_shares() -> LogLift:
    log: DecisionLog = MemoryLog()
    put(log, ORGANIZATION, PORTFOLIO, *(decided(f"c{number}", draw()) for number in range(200)))
    put(log, day=40)
    return lift_of_log(log, "shop")


def test_the_page_asks_for_nothing() -> None:
    """A page is one document: no address but within itself, no script, each id once, every element closed."""
    text = lift_page(busy())
    page = Page(text)

    assert [] == [address for address in page.asked_for if not address.startswith("#")]
    assert not re.search(r"https?://|@import|url\((?!#)|<script", text)
    assert [] == page.open
    assert {address.removeprefix("#") for address in page.asked_for} <= set(page.ids)


def test_the_same_report_is_the_same_page() -> None:
    """A page depends on the report alone: made again it is the same, byte for byte."""
    assert lift_page(busy()) == lift_page(busy())


def test_the_page_says_what_the_report_says() -> None:
    """The sample ratio comes first, then the lift with both intervals; names are shown as they are."""
    text = " ".join(Page(lift_page(busy())).text.split())

    assert "What Shoes & <more> earned" in text
    assert text.index("Sample ratio") < text.index("OPTIMIZED over HOLDOUT") < text.index("How it came about")
    assert "Within 30 days OPTIMIZED had a higher conversion than HOLDOUT" in text
    assert "By first campaign sent, or that would have been" in text
    assert "95 %, ANYTIME: they hold however often the report is read" in text
    assert "Within 365 days: no horizon is over and complete yet" in text


def test_too_little_data_make_a_page_all_the_same() -> None:
    """A page about nearly nobody says when the first horizon ends."""
    text = " ".join(Page(lift_page(with_few())).text.split())

    assert "Within 7 days: no horizon is over and complete yet; the first ends on 2025-10-16." in text
    assert "2 customers enrolled" in text


def test_a_failed_sample_ratio_is_loud() -> None:
    """Where the sample ratio fails the page says first that nothing may be concluded, and has no lift."""
    text = " ".join(Page(lift_page(with_wrong_shares())).text.split())

    assert "The sample ratio failed: nothing may be concluded" in text
    assert "OPTIMIZED over HOLDOUT" not in text


def test_missing_libraries_are_named() -> None:
    """Without the extra's libraries the import fails with a message that says how to install them."""
    program = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from banditsvc.reports.extra import ExtraMissing, reports_extra\n"
        "try:\n"
        "    with reports_extra():\n"
        "        import banditsvc.reports.lift_page\n"
        "except ExtraMissing as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "pip install 'banditsvc[reports]'" in done.stdout


@pytest.mark.parametrize("module", ["banditsvc.reports.lift_of_log", "banditsvc.cli.lift", "banditsvc.cli.funnel"])
def test_only_pages_load_what_draws(module: str) -> None:
    """Reports without pages load neither Matplotlib nor Jinja."""
    program = f"import sys, {module}; print({{'matplotlib', 'jinja2'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "set()\n" == done.stdout


def test_plots_take_what_is_not_finite() -> None:
    """Estimates without bounds, or without any number, and headings can be drawn; so can no rows and no readings."""
    rows = [
        ForestRow(label="all", is_heading=True),
        ForestRow(label="open", value=1.0, low=-math.inf, high=math.inf, tone=Tone.OPEN),
        ForestRow(label="nothing"),
        ForestRow(label="long", value=1.0, low=-900.0, high=2.0),
        ForestRow(label="short", value=1.0, low=0.9, high=1.1, tone=Tone.BELOW, note="a < b & c"),
    ]
    drawn = forest_plot(rows, name="A & B", axis="EUR", show=amount)
    none = [-math.inf, -math.inf], [math.inf, math.inf]
    line = Line(times_us=[1, 86_400_000_001], values=[math.nan, 1.0], low=none[0], high=none[1], label="one")

    assert 'aria-label="A &amp; B"' in drawn
    assert "a &lt; b &amp; c" in drawn
    assert forest_plot([], name="none", axis="", show=amount, reference=None).startswith("<svg")
    assert band_plot([line], name="path", axis="EUR", show=amount).startswith("<svg")
    assert band_plot([], name="path", axis="EUR", show=amount, reference=None).startswith("<svg")


def test_early_bands_do_not_hide_the_late_ones() -> None:
    """An early interval that is many times as long as the last is cut, so that the last can be seen."""
    days = np.arange(50)
    width = np.where(days < 5, 1_000.0, 1.0)
    line = Line(times_us=days * 86_400_000_000, values=np.zeros(50), low=-width, high=width)
    drawn = band_plot([line], name="path", axis="EUR", show=amount)

    assert "1,000" not in drawn


@pytest.mark.parametrize("name", ["$5_$10", r"$\frac{$", "$20-$50", r"a\$b"])
def test_names_stand_in_plots_as_they_are(name: str) -> None:
    """A name is text to a plot, whatever signs of mathematics it has."""
    row = ForestRow(label=name, value=1.0, low=0.5, high=2.0, note=name)

    assert 2 <= str(forest_plot([row], name="plot", axis="x", show=str)).count(str(escape(name)))
