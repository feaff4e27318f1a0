"""Laws of `sweep`: other policies replayed on the log."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.services import Run
from tests.reports.chosen_log import chosen_log

POLICIES = ("uniform", "greedy learner=vowpal_wabbit", "thompson learner=posterior floor=0.1")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chosen_log(tmp_path_factory.mktemp("log"), 5_000)


def test_policies_are_compared(run: Run, data: Path) -> None:
    """Each policy is a line with what it learned from and earned; one of them is what the others are compared to, and
    who learns is found to earn more than who does not.
    """
    shown = run("sweep", *POLICIES, "--data", data).out
    lines = {policy: line for line in shown.splitlines() for policy in POLICIES if line.startswith(policy)}

    assert set(POLICIES) == set(lines)
    assert 1 == shown.count("reference")
    assert lines["uniform"].split()[-1] == "worse"
    assert "shop: reward per decision, replayed on 4,250 decisions" in shown


def test_json_and_csv_say_the_same(run: Run, data: Path) -> None:
    """JSON and CSV have a row for each policy, with the same numbers; the incumbent is the reference."""
    common = ("sweep", *POLICIES, "--data", data, "--seeds", "1", "--incumbent", "uniform")
    plain = json.loads(run(*common, "--json").out)["policies"]
    rows = list(csv.DictReader(io.StringIO(run(*common, "--csv").out)))

    assert [row["candidate"] for row in plain] == [row["candidate"] for row in rows]
    assert [row["ips_value"] for row in plain] == pytest.approx([float(row["ips_value"]) for row in rows])
    assert {"uniform": "REFERENCE"} == {
        row["candidate"]: row["verdict"] for row in rows if row["verdict"] == "REFERENCE"
    }


def test_what_is_left_out_is_told(run: Run, data: Path) -> None:
    """Decisions that are not mature are left out and counted on standard error."""
    assert "left out: 750 decisions: not mature" in run("sweep", "greedy", "--data", data, "--seeds", "1").error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nonsense",), "'nonsense' is no policy"),
        (("greedy", "--incumbent", "uniform"), "is none of the policies"),
        (("greedy", "--csv", "--json"), "do not go together"),
        (("greedy", "--since", "2030-01-01T00:00:00Z"), "no decision"),
    ],
)
def test_what_cannot_be_swept_is_said(run: Run, data: Path, arguments: tuple[str, ...], message: str) -> None:
    """Policies, settings and options that cannot be used end with the exit code 2, and what would be right."""
    done = run("sweep", *arguments, "--data", data)

    assert 2 == done.exit_code
    assert message in done.error
