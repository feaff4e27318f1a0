"""Laws of `evaluate`: what other policies would have brought."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.services import Run
from tests.offline_eval.logged.dsjson_lines import personalizer, written
from tests.reports.chosen_log import chosen_log


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chosen_log(tmp_path_factory.mktemp("log"), 2_000)


def test_policies_are_a_table_with_intervals_and_what_they_rest_on(run: Run, data: Path) -> None:
    """A line for each policy, then what was left out, what the interval promises and what the audit says."""
    shown = run("evaluate", "logged", "always:news", "uniform", "fixed_priority", "--data", data, "--floor", "0.5").out

    lines = shown.splitlines()
    for name in ("logged", "always:news", "uniform", "fixed_priority"):
        assert 1 == sum(line.startswith(f"{name} ") for line in lines)
    assert "not mature" in shown
    assert "The interval: In 0.95 of cases it holds the truth" in shown
    assert "The audit found nothing; checked: probabilities, duplicates, floor, calibration" in shown


def test_json_and_csv_have_all_numbers(run: Run, data: Path) -> None:
    """Both have the value of always news near its true .2, and its interval around it."""
    told = json.loads(run("evaluate", "always:news", "--data", data, "--json").out)
    [row] = csv.DictReader(io.StringIO(run("evaluate", "always:news", "--data", data, "--csv").out))
    [policy] = told["policies"]

    assert 0.15 < policy["value"] < 0.25
    assert policy["low"] < policy["value"] < policy["high"]
    assert float(row["low"]) == policy["low"]
    assert told["audit"]["passed"] is True
    assert ["not mature"] == [one["kind"] for one in told["left_out"]]


def test_maturity_is_told_where_it_is_asked_for(run: Run, data: Path) -> None:
    """A line says for each of five ages which share had come; by the last it is the whole."""
    shown = run("evaluate", "logged", "--data", data, "--maturity").out
    assert 5 == shown.count("of the reward had come by")
    assert 1 == shown.count("100% of the reward had come by")


def test_other_logs_are_read_by_their_kind(run: Run, data: Path, tmp_path: Path) -> None:
    """An export of the service, a dsjson file and a CSV file with a column map are evaluated by the same command."""
    assert 0 == run("export", "--to", tmp_path / "out", "--data", data).exit_code
    written(tmp_path / "log.dsjson", *(personalizer(place, place % 3, reward=place % 2) for place in range(60)))
    rows = "".join(f"{place % 2},0.5,{'ab'[place % 2]}\n" for place in range(60))
    (tmp_path / "log.csv").write_text("spend,p,arm\n" + rows)
    maps = [part for pair in ("reward=spend", "probability=p", "action=arm") for part in ("--map", pair)]

    for options in (
        ("always:news", "--log", tmp_path / "out"),
        ("always:tea", "--log", tmp_path / "log.dsjson", "--least-reward", "0", "--greatest-reward", "1"),
        ("always:a", "--log", tmp_path / "log.csv", *maps),
    ):
        found = run("evaluate", *options, "--json")
        assert 0 == found.exit_code, found.error
        assert json.loads(found.out)["policies"][0]["policy"] == options[0]


def test_campaigns_are_shown_by_their_names(run: Run, tmp_path: Path) -> None:
    """A name between colons is no picture, and one in brackets no style."""
    rows = "".join(f"1,0.5,{'b' if place % 2 else '[red]'}\n" for place in range(60))
    (tmp_path / "log.csv").write_text("reward,selection_probability,campaign_id\n" + rows)
    shown = run("evaluate", "always:b", "always:[red]", "--log", tmp_path / "log.csv").out
    assert "\nalways:b: the log does not tell" in shown
    assert "\nalways:[red]: the log does not tell" in shown


@pytest.mark.parametrize("told", [7.0, 0.0, -0.1])
def test_a_smallest_probability_is_one(run: Run, tmp_path: Path, told: float) -> None:
    """What is no probability is refused as such."""
    (tmp_path / "log.csv").write_text("reward,selection_probability,campaign_id\n1,0.5,b\n")
    options = ("--log", tmp_path / "log.csv", "--smallest-probability", str(told))
    assert "it must be above 0 and at most 1" in run("evaluate", "always:b", *options).error


def test_a_page_is_written_beside_the_table(run: Run, data: Path, tmp_path: Path) -> None:
    """--html writes one document in the portfolio's terms, with maturity, and --against names what is compared with."""
    page = tmp_path / "pages" / "evaluation.html"
    told = run("evaluate", "always:news", "uniform", "--against", "always:news", "--data", data, "--html", page)
    text = page.read_text()

    assert 0 == told.exit_code, told.error
    assert "more than always:news" in told.out
    assert f"written: {page}" in told.error
    assert "an equal draw" in text
    assert "How soon rewards come" in text
    assert "Made by <code>banditsvc evaluate</code>" in text


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("always:gone",), "'gone' is nowhere in the log"),
        (("version:9",), "no policy version 9|does not exist"),
        (("nonsense",), "names no candidate"),
        (("epsilon_greedy epsilon=5",), "'epsilon=5' is no setting of epsilon_greedy"),
        (("epsilon_greedy epsilon=nan",), "epsilon and floor from 0 to 1, others above 0"),
        (("thompson scale=0",), "'scale=0' is no setting of thompson"),
        (("logged", "--csv", "--json"), "do not go together"),
        (("logged", "--level", "2"), "must be above 0 and below 1"),
        (("logged", "--log", "x.csv"), "does not go with --data"),
        (("logged", "--least-reward", "0"), "go together"),
        (("logged", "--map", "x"), "is not FIELD=COLUMN"),
        (("logged", "--map", "action=a", "--map", "action=b"), "'action=b': action is given twice"),
    ],
)
def test_what_cannot_be_evaluated_is_said(run: Run, data: Path, options: tuple[str, ...], text: str) -> None:
    """Every refusal names what is wrong and what would be right."""
    failed = run("evaluate", *options, "--data", data)
    assert failed.exit_code in {1, 2}
    assert any(part in failed.error for part in text.split("|")), failed.error
