"""Laws of `banditsvc lift`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from banditsvc.client import Client
from banditsvc.reports.lift_of_log import lift_of_log
from banditsvc.store.sqlite_log import SqliteLog
from offline_eval.lift import lift_frame
from tests.cli.services import SHOP, Run, Service
from tests.lift_tables.lift_log import ORGANIZATION, PORTFOLIO, SPEC, decided, draw, put
from tests.lift_tables.lift_traffic import append_traffic

CLUB = SHOP.parent / "groups" / "club.toml"
DAYS = ("--days", 7, "--days", 30)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Gives a data directory with a shop's traffic of 60 days."""
    directory = tmp_path_factory.mktemp("made")
    log = SqliteLog(directory / "log.db")
    settings = replace(PORTFOLIO, assignments=(replace(SPEC, holdout=0.2),))
    put(log, ORGANIZATION, settings, replace(PORTFOLIO, portfolio_id="whole", assignments=()))
    append_traffic(log, customers=1_500, days=45, base=0.05, strength=5.0)
    put(log, day=50)
    yield directory
    log.close()


def test_a_running_service_can_be_reported_on(run: Run, service: Service, client: Client) -> None:
    """Over a real service's data directory, while it runs, the report counts who was ranked, and refuses with a date."""
    assert 0 == run("apply", CLUB, "--yes", "--server", service.address).exit_code
    client.set_time(now := datetime(2026, 1, 5, 10, tzinfo=UTC))
    for number in range(60):
        client.rank(portfolio_id="club", customer_id=f"m-{number}", context={"segment": "gold"})
    client.set_time(now + timedelta(days=8))
    client.reward(
        portfolio_id="club", customer_id="m-1", type="CONVERSION", amount=30.0, occur_time=now + timedelta(days=1)
    )
    shown = run("lift", "-p", "club", "--data", service.data, *DAYS)
    found = json.loads(run("lift", "-p", "club", "--data", service.data, *DAYS, "--json").out)
    above = json.loads(run("lift", "--organization", "club-retailer", "--data", service.data, "--json").out)

    assert 0 == shown.exit_code, shown.error
    assert shown.out.splitlines()[1].startswith("sample ratio: the groups have the shares")
    assert 60 == sum(above["enrolled"].values()) == sum(found["enrolled"].values()) + found["outside"]
    assert {"OPTIMIZED", "UNIFORM_RANDOM", "BUSINESS_AS_USUAL", "HOLDOUT"} == set(found["enrolled"])
    assert {"REFUSED"} == {one["conclusion"] for one in found["horizons"][0]["estimates"]}
    assert "within 30 days\n  no horizon is over and complete yet; the first ends on" in shown.out
    assert "100 is the least" in shown.out


def test_the_terminal_says_it_in_words(run: Run, made: Path) -> None:
    """The sample ratio comes first; absolute and relative lift stand side by side, with kind and conclusion in words."""
    shown = run("lift", "-p", "shop", "--data", made, *DAYS, "--slice", "segment").out
    lines = [line.strip() for line in shown.splitlines()]
    heads = [line for line in lines if line.startswith("target OPTIMIZED")]

    assert "lift of portfolio shop" == lines[0]
    assert lines[1].startswith("sample ratio: the groups have the shares they were to get")
    assert "intervals: 95 %, ANYTIME: they hold however often the report is read" in lines
    assert any("target" in line and "control" in line and "absolute lift" in line for line in lines)
    assert "control HOLDOUT" in heads[0]
    assert "would have been contacted" in heads[1]
    conversions = [line for line in lines if line.startswith("conversion ") and "pp" in line and "%" in line]
    assert any(line.endswith("target higher") for line in conversions)
    assert "conversion, by first campaign sent, or that would have been" in lines
    assert "revenue per customer, EUR, by segment at entry" in lines


def test_what_would_do_is_said(run: Run, made: Path) -> None:
    """Where there is no conclusion the customers and days that it takes are said."""
    shown = run("lift", "-p", "shop", "--data", made, "--days", 7).out

    assert "to see a lift of 5 % with a chance of 80 % it takes about" in shown
    assert "at the present rate" in shown


def test_fixed_intervals_are_labelled(run: Run, made: Path) -> None:
    """--fixed gives intervals for one reading, and says so."""
    shown = run("lift", "-p", "shop", "--data", made, "--days", 7, "--fixed").out

    assert "95 %, FIXED: they hold for one reading at a number of customers fixed beforehand" in shown


def test_csv_and_json_are_the_python_function(run: Run, made: Path) -> None:
    """--csv has a line per estimate, --json the whole report: what lift_of_log returns."""
    lift = lift_of_log(made, "shop", horizons=[7, 30])
    rows = list(csv.DictReader(io.StringIO(run("lift", "-p", "shop", "--data", made, *DAYS, "--csv").out)))
    values = json.loads(run("lift", "-p", "shop", "--data", made, *DAYS, "--json").out)

    assert list(lift_frame(lift.reports[0]).columns) == list(rows[0])
    assert sum(len(report.estimates) for report in lift.reports) == len(rows)
    assert lift.plain() == values


def test_the_page_is_written(run: Run, made: Path, tmp_path: Path) -> None:
    """--html writes one self-contained page and nothing to standard output."""
    path = tmp_path / "lift.html"
    done = run("lift", "-p", "shop", "--data", made, *DAYS, "--html", path)
    page = path.read_text(encoding="utf-8")

    assert (0, "") == (done.exit_code, done.out)
    assert str(path) in done.error.replace("\n", "")
    assert page.startswith("<!doctype html>")
    assert "<svg" in page
    assert "http" not in page


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), 2, "say which --portfolio: shop, whole"),
        (("-p", "nowhere"), 1, "portfolio 'nowhere' does not exist"),
        (("--organization", "nowhere"), 1, "organization 'nowhere' does not exist"),
        (("-p", "whole"), 1, "its organization does: --organization acme"),
        (("-p", "shop", "--channel", "email"), 1, "it does with no --channel"),
        (("-p", "shop", "--organization", "acme"), 2, "--portfolio and --organization do not go together"),
        (("-p", "shop", "--days", 0), 2, "horizons: each must be from 1 to 3,650 days"),
        (("-p", "shop", "--slice", "shoe"), 2, "slices: there is no 'shoe'; there are segment, lifecycle_stage"),
        (("-p", "shop", "--version", 7), 2, "there is no assignment version 7; there is 1"),
        (("-p", "shop", "--json", "--csv"), 2, "--csv, --json and --html do not go together"),
        (("-p", "shop", "--data", "/nowhere"), 2, "name the service's data directory with --data"),
        (("-p", "shop", "--html", "/dev/null/lift.html"), 1, "/dev/null: "),
    ],
)
def test_bad_options_are_refused(run: Run, made: Path, options: tuple[object, ...], code: int, words: str) -> None:
    """What cannot be reported on is refused in one message that says what would be right."""
    data = () if "--data" in options else ("--data", made)
    done = run("lift", *options, *data)

    assert (code, "") == (done.exit_code, done.out)
    assert words in done.error


def test_a_failed_sample_ratio_comes_first(run: Run, tmp_path: Path) -> None:
    """Where the groups have not their shares the report says so before anything else, and has no lift."""
    log = SqliteLog(tmp_path / "log.db")
    put(log, ORGANIZATION, PORTFOLIO, *(decided(f"c{number}", draw()) for number in range(300)))
    put(log, day=9)
    log.close()
    shown = run("lift", "--data", tmp_path, "--days", 7)

    assert 0 == shown.exit_code
    assert shown.out.splitlines()[1].startswith("SAMPLE RATIO FAILED, so nothing may be concluded")
    assert "absolute lift" not in shown.out
