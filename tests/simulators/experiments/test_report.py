"""The report of an experiment: as JSON, as a page, and as tables."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from banditsvc.reports.number_words import percent
from banditsvc.usage_error import UsageError
from simulators.comparison import compare
from simulators.experiments.report.experiment_report import ExperimentReport, report_of
from simulators.experiments.report.report_page import report_page
from simulators.experiments.report.report_values import report_values
from simulators.experiments.report.report_words import (
    conclusion_words,
    cost_rows,
    difference_words,
    doubt_words,
    seeds_words,
    value_rows,
)
from simulators.runs.run_frames import RunFrames
from simulators.runs.simulate import simulate as simulate_here
from simulators.worlds.read_world import read_world
from tests.simulators.comparison.made_frames import made_frames
from tests.simulators.experiments.small_experiment import simulate, write_experiment

NAMES = ("daily", "shares", "campaigns", "finds")
BIG, SMALL = "corner-shop customers=120", "corner-shop customers=60"


@pytest.fixture(scope="module")
def report(finished: Path) -> ExperimentReport:
    return report_of(finished)


@pytest.fixture(scope="module")
def page(report: ExperimentReport) -> str:
    return report_page(report)


def test_json_has_every_table(report: ExperimentReport) -> None:
    """The report is plain JSON without NaN, with a row for each world and policy, and courses over all days."""
    found = json.loads(json.dumps(report_values(report), allow_nan=False))

    assert ([1, 2, 3, 4, 5, 6], "FIXED", True) == (found["seeds"], found["intervals"], found["is_conclusive"])
    assert 2 * 5 == len(found["values"]) == len(found["exploration"])
    # Each policy but the baseline, in 5 metrics and 2 worlds.
    assert 4 * 5 * 2 == len(found["differences"])
    assert {"HIGHER", "LOWER", "UNDECIDED"} >= {row["conclusion"] for row in found["differences"]}
    assert {12} == {len(course["mean"]) for course in found["courses"]}
    assert {"greedy"} == {row["without"] for row in found["exploration_net"]}


def test_the_report_is_that_of_the_results(finished: Path, report: ExperimentReport) -> None:
    """A value in the report is the sum over days per customer of the files of results, the mean over seeds."""
    daily = pd.read_parquet(finished / "results" / "daily.parquet")
    rows = daily[(daily["world"] == BIG) & (daily["policy"] == "greedy")]
    values = report_values(report)["values"]
    (found,) = [row for row in values if (row["world"], row["policy"]) == (BIG, "greedy")]

    assert pytest.approx(rows["profit"].sum() / rows["new_customers"].sum()) == found["profit"]


def test_the_page_needs_no_network(page: str) -> None:
    """The page is one document: it loads nothing, and runs no script."""
    assert not re.findall(r"<(?:script|link|img|iframe)|(?:src|href)=\"(?!#)|url\((?!#)|@import", page)


def test_the_page_shows_every_part_for_each_world(page: str) -> None:
    """Each world has its values, courses, shares, times to find, costs and starved campaigns."""
    for world in (SMALL, BIG):
        assert f"<h2>{world}</h2>" in page
        for figure in (
            "profit beside the baselines",
            "Profit over the first baseline",
            "Cumulative expected reward",
            "Cumulative regret",
            "Shares of campaigns by segment over time",
        ):
            assert f'aria-label="{figure} in {world}"' in page
    for heading in ("Time to find a new campaign", "What exploration cost", "Starved campaigns"):
        assert 2 == page.count(f"<h3>{heading}</h3>")
    assert "It may be negative where contacts have after-effects" in page
    assert "ours epsilon=0.5, beside greedy" in page


def test_what_exploring_cost_is_of_those_who_explore(report: ExperimentReport, page: str) -> None:
    """Policies that have no likeliest campaign, or always choose it, have no row."""
    world = read_world("two-segments").model_copy(update={"days": 10, "customers": 60})
    frames = simulate_here(world, {"tenth": "epsilon_greedy:0.1", "coin": "coin", "fixed": "fixed_order"})
    found = replace(report, comparison=compare(frames))

    assert ["tenth"] == [row[0] for row in cost_rows(found, world.name)]
    assert ">conversions per customer<" in page


def test_the_page_is_the_same_every_time(report: ExperimentReport, page: str) -> None:
    """The same results make the same bytes."""
    assert page == report_page(report)


def test_the_highest_value_comes_first(report: ExperimentReport) -> None:
    """In the table of values the policies stand by falling profit, each beside the baseline."""
    rows = list(value_rows(report, BIG))

    profits = [float(row[1]) for row in rows]
    assert sorted(profits, reverse=True) == profits
    assert "oracle" == rows[0][0]
    assert ["–"] == [row[-1] for row in rows if row[0] == "fixed"]


def test_the_command_writes_page_and_json(finished: Path, tmp_path: Path) -> None:
    """`report --html --json` writes the page to the file and one line of JSON to standard output."""
    done = simulate("report", finished, "--html", tmp_path / "page.html", "--json")

    assert (0, f"written: {tmp_path / 'page.html'}\n") == (done.exit_code, done.stderr)
    assert "corner" == json.loads(done.stdout)["experiment"]
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


def test_without_results_there_is_no_report(tmp_path: Path) -> None:
    """A directory without a manifest, or whose run is not finished, is refused with what to do."""
    with pytest.raises(UsageError, match="has no results of an experiment"):
        report_of(tmp_path)
    write_experiment(tmp_path)
    (tmp_path / "experiment.json").write_text('{"format": 1, "declaration": {}}')
    with pytest.raises(UsageError, match="has no results yet: run the experiment again, and it goes on"):
        report_of(tmp_path)
    (tmp_path / "experiment.json").write_text("no JSON")
    with pytest.raises(UsageError, match="is no manifest of an experiment"):
        report_of(tmp_path)


def _of_profits(report: ExperimentReport, profits: dict[str, list[float]]) -> ExperimentReport:
    daily = [
        {"policy": policy, "seed": seed, "new_customers": 1, "profit": profit}
        for policy, of_one in profits.items()
        for seed, profit in enumerate(of_one)
    ]
    return replace(report, comparison=compare(made_frames(daily=daily)))


def test_doubt_about_the_highest_is_said(report: ExperimentReport) -> None:
    """Who has the highest profit is named with all those from whom it cannot be told, the oracle being none of them."""
    high = [3.0, 3.1, 2.9, 3.2, 2.8, 3.0]
    near = [3.1, 2.9, 2.8, 3.1, 2.9, 3.1]
    far = [1.0, 1.1, 1.0, 1.2, 0.9, 1.0]
    oracle = [9.0] * 6
    told = _of_profits(report, {"high": high, "far": far, "oracle": oracle})
    tied = _of_profits(report, {"far": far, "near": near, "high": high, "same": high, "oracle": oracle})
    many = _of_profits(report, {f"p{place}": high for place in range(8)})
    few = _of_profits(report, {"high": high[:4], "far": far[:4]})

    assert "" == doubt_words(told, "shop")
    assert ", but it cannot be told from same and near" == doubt_words(tied, "shop")
    assert ", but it cannot be told from p1, p2, p3, p4 and 3 others" == doubt_words(many, "shop")
    assert ", but with fewer than 5 seeds it is told from none" == doubt_words(few, "shop")


def test_each_interval_stands_with_its_level(report: ExperimentReport, page: str) -> None:
    """Holm's levels differ from row to row: each is shown with its interval, and none is below that of the conclusions."""
    rows = [row for row in report_values(report)["differences"] if row["world"] == BIG and row["low"] is not None]

    assert len({row["level"] for row in rows}) > 1
    for row in rows:
        assert row["level"] >= 0.95
        assert (row["low"] > 0.0 or row["high"] < 0.0) == (row["conclusion"] in {"HIGHER", "LOWER"})
        assert f" at {percent(row['level'])})" in difference_words(row)
        assert difference_words(row) in page
    assert "Conclusions hold together at 95 %, by Holm" in page


def test_the_headline_is_as_sure_as_the_intervals(report: ExperimentReport, page: str) -> None:
    """Page and JSON name the same policies from which the one of the highest profit cannot be told."""
    for world in (SMALL, BIG):
        rows = [row for row in report_values(report)["highest_profit"] if row["world"] == world]
        leader = next(row[0] for row in value_rows(report, world) if row[0] != "oracle")
        assert {leader} == {row["policy"] for row in rows}
        assert 3 == len(rows)
        doubt = doubt_words(report, world)
        assert [row["beside"] for row in rows if row["conclusion"] != "HIGHER" and row["beside"] not in doubt] == []
        assert f"<strong>{leader}</strong>{doubt}." in page


def test_why_the_same_difference_tells_nothing_is_said() -> None:
    """A difference that is the same with each of five seeds is undecided for want of seeds; one of 0 is not seen."""
    daily = [
        {"policy": policy, "seed": seed, "new_customers": 100, "contacts": contacts, "decisions": 100}
        for policy, contacts in (("mail", 100), ("none", 0))
        for seed in range(1, 6)
    ]
    found = compare(made_frames(daily=daily), ["none"]).differences
    rows = {row["metric"]: row for row in found.to_dict("records")}

    said = "cannot tell: the same with all of 5 seeds, which are too few"
    assert (said, "+1.00") == (conclusion_words(rows["contacts"]), difference_words(rows["contacts"]))
    assert "no difference seen" == conclusion_words(rows["profit"])


@pytest.mark.parametrize("name", NAMES)
def test_results_that_are_not_whole_are_refused(finished: Path, tmp_path: Path, name: str) -> None:
    """Where a file is missing, or has other columns, the message names it and says what to do."""
    shutil.copytree(finished, tmp_path / "out")
    path = tmp_path / "out" / "results" / f"{name}.parquet"
    pd.read_parquet(path).iloc[:, :-1].to_parquet(path)
    with pytest.raises(
        UsageError, match=rf"{name}\.parquet has not the columns of this version; run the experiment anew"
    ):
        report_of(tmp_path / "out")
    path.unlink()
    with pytest.raises(UsageError, match=rf"there is no .*{name}\.parquet; run the experiment anew"):
        report_of(tmp_path / "out")


def test_two_seeds_are_said_to_conclude_nothing(report: ExperimentReport) -> None:
    """With two seeds there are values without intervals, and it is said that nothing may be concluded."""
    frames = report.frames
    two = RunFrames(**{name: getattr(frames, name).query("seed <= 2") for name in NAMES})
    few = replace(report, frames=two, comparison=compare(two, ["fixed"]))

    assert not any(" to " in cell for row in value_rows(few, BIG) for cell in row)
    said = seeds_words(few.comparison)
    assert "Nothing may be concluded from 2 seeds: there are no intervals with fewer than 5." == said
