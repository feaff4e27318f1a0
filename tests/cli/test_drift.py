"""Laws of `drift`: when and where the world changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.services import Run
from tests.reports.chosen_log import RATES, chosen_log


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chosen_log(tmp_path_factory.mktemp("log"), 4_000, late_rates=RATES | {"sale": 0.15})


def test_a_change_is_told_in_a_sentence(run: Run, data: Path) -> None:
    """The sentence stands on its own line, with a row of figures and what it rests on."""
    lines = run("drift", "--data", data).out.splitlines()

    assert any(line.startswith("Family sale earns 1") and " since " in line for line in lines)
    assert any(line.strip().startswith("family sale  1970-01-12") for line in lines)
    assert any("at most 5 % of such readings" in line for line in lines)


def test_drift_in_other_forms(run: Run, data: Path, tmp_path: Path) -> None:
    """JSON and the page have the same change; the page goes where it is asked for, folders are made."""
    values = json.loads(run("drift", "--data", data, "--level", "0.9", "--json").out)
    page = tmp_path / "made" / "drift.html"
    written = run("drift", "--data", data, "--html", page)

    [change] = values["changes"]
    assert ("shop", "sale", "1970-01-12", 0.9) == (
        values["portfolio_id"],
        change["series"]["family"],
        change["day"],
        values["level"],
    )
    assert (0, "") == (written.exit_code, written.out)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_did_not_change_is_not_told(run: Run, data: Path) -> None:
    """Up to the change nothing has changed; over two days too little is known, and it is said how much is missing."""
    before = run("drift", "--data", data, "--until", "1970-01-11T00:00:00Z").out
    short = run("drift", "--data", data, "--until", "1970-01-03T00:00:00Z").out

    assert "Nothing is known to have changed (p = " in before
    assert "Too little is known of" in short
    assert "more decisions" in short


def test_what_cannot_be_done_is_told(run: Run, data: Path, tmp_path: Path) -> None:
    """Options that exclude each other, a wrong time, level, portfolio or directory end with a message and a code."""
    cases: tuple[tuple[int, str, tuple[str | Path, ...]], ...] = (
        (2, "do not go together", ("--data", data, "--html", tmp_path / "x.html", "--json")),
        (2, "--since", ("--data", data, "--since", "monday")),
        (2, "level", ("--data", data, "--level", "1")),
        (1, "'none' does not exist", ("--data", data, "-p", "none")),
        (2, "there is no", ("--data", tmp_path)),
    )
    for code, text, options in cases:
        done = run("drift", *options)
        assert (code, "") == (done.exit_code, done.out)
        assert text in done.error
