"""Laws of `coverage`: for whom which families are known."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.services import Run
from tests.reports.chosen_log import chosen_log


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chosen_log(tmp_path_factory.mktemp("log"), 4_000)


def test_coverage_is_a_table_of_segments_by_families(run: Run, data: Path) -> None:
    """Each segment is a line, each family a column; with little asked for every pair is known and none is listed."""
    lines = run("coverage", "--data", data).out.splitlines()

    [head] = [line for line in lines if line.startswith("segment")]
    assert ["segment", "news", "sale"] == head.split()
    for name in ("family", "student", "all"):
        [line] = [line for line in lines if line.startswith(name)]
        assert 2 == line.count("±") == line.count("●")
    assert not any("Too little is known" in line for line in lines)


def test_what_is_unknown_is_listed(run: Run, data: Path) -> None:
    """With more asked for, the pairs are marked and listed, each with why and how many decisions and days it takes."""
    shown = run("coverage", "--data", data, "--precision", "0.01").out

    assert "Too little is known of 4 pairs out of 4" in shown
    assert 4 <= shown.count("more decisions: ")
    assert "◐" in shown


def test_few_decisions_have_no_intervals(run: Run, data: Path) -> None:
    """Over a short span there is too little for an interval: the cells say how often the family was chosen."""
    shown = run("coverage", "--data", data, "--until", "1970-01-02T12:00:00Z").out

    assert "chosen ○" in shown
    assert "±" not in shown


def test_coverage_in_other_forms(run: Run, data: Path, tmp_path: Path) -> None:
    """JSON, CSV and the page have the same pairs; the page goes where it is asked for, folders are made."""
    values = json.loads(run("coverage", "--data", data, "--json").out)
    table = list(csv.DictReader(io.StringIO(run("coverage", "--data", data, "--csv").out)))
    page = tmp_path / "made" / "coverage.html"
    written = run("coverage", "--data", data, "--html", page)

    pairs = [(cell["slice_value"], cell["family"]) for cell in values["cells"]]
    assert 4 == len(pairs)
    assert pairs == [(row["slice_value"], row["family"]) for row in table if row["slice_value"]]
    assert "shop" == values["portfolio_id"]
    assert values["cells"][0]["width"] == float(table[0]["width"])
    assert (0, "") == (written.exit_code, written.out)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_one_reading_is_asked_for(run: Run, data: Path) -> None:
    """--fixed gives intervals for one reading, which say so and are shorter."""
    once = json.loads(run("coverage", "--data", data, "--fixed", "--json").out)
    always = json.loads(run("coverage", "--data", data, "--json").out)

    assert ("FIXED", "ANYTIME") == (once["interval_kind"], always["interval_kind"])
    assert once["cells"][0]["width"] < always["cells"][0]["width"]
    assert "FIXED" in run("coverage", "--data", data, "--fixed").out


def test_customers_are_told_apart_by_stage(run: Run, data: Path) -> None:
    """--by lifecycle_stage has a line for each stage; of these customers none is known."""
    shown = run("coverage", "--data", data, "--by", "lifecycle_stage").out

    assert any(line.startswith("lifecycle stage") for line in shown.splitlines())
    assert "(unknown)" in shown


def test_what_cannot_be_done_is_told(run: Run, data: Path, tmp_path: Path) -> None:
    """Options that exclude each other, a wrong time, precision, portfolio or directory end with a message and a code."""
    cases: tuple[tuple[int, str, tuple[str | Path, ...]], ...] = (
        (2, "do not go together", ("--data", data, "--csv", "--json")),
        (2, "--since", ("--data", data, "--since", "monday")),
        (2, "precision", ("--data", data, "--precision", "0")),
        (1, "'none' does not exist", ("--data", data, "-p", "none")),
        (2, "there is no", ("--data", tmp_path)),
    )
    for code, text, options in cases:
        done = run("coverage", *options)
        assert (code, "") == (done.exit_code, done.out)
        assert text in done.error
