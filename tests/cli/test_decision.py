"""Laws of `decision`, of the portfolio that need not be named, and of models held back."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from banditsvc.client import Client
from tests.cli.services import Run, Service
from tests.cli.shop_files import write_shop

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def shop(run: Run, service: Service, client: Client, tmp_path: Path) -> str:
    """Gives the service's only portfolio, on a morning."""
    if not client.list_portfolios():
        client.set_time(START)
        run("apply", write_shop(tmp_path / "shop.toml", "only"), "--yes", "--server", service.address)
    return "only"


def lines(text: str) -> dict[str, str]:
    """Returns the values of a list of names and values."""
    split = [line.split("  ", 1) for line in text.splitlines() if "  " in line]
    return {name.strip(): value.strip() for name, value in split}


def test_a_decision_is_shown_with_its_reasons(shell: Run) -> None:
    """`decision` shows choice, probabilities, rejections and what became of it; JSON has the contract's fields."""
    ranked = json.loads(shell("rank", "-c", "c1", "--exclude", "a", "--json").out)["decision"]
    shell(
        "reward",
        "--decision",
        ranked["decision_id"],
        "--type",
        "CONVERSION",
        "--outcome-id",
        "o-1",
        "--at",
        ranked["decision_time"],
    )

    shown = shell("decision", ranked["decision_id"])
    answer = json.loads(shell("decision", ranked["decision_id"], "--json").out)

    fields = lines(shown.out)
    assert (ranked["decision_id"], "CAMPAIGN  b", "1", "no") == tuple(
        fields[name] for name in ("decision", "result", "probability", "explored")
    )
    assert ("1", "o-1", "nothing said, not needed") == tuple(
        fields[name] for name in ("reward as of now", "outcomes", "activation")
    )
    assert fields["settle state"].startswith("OPEN, due 2026-01-05T09:00:00")
    assert "APPLICABILITY" in fields["a"]
    assert (ranked, "OPEN", ["o-1"]) == (answer["decision"], answer["settle_state"], answer["outcome_ids"])


def test_a_decision_is_explained(shell: Run) -> None:
    """`explain` says what decided, what adds up for the chosen campaign, and why others were not; --all shows more."""
    shell("rank", "-c", "c2", "--exclude", "a", "--segment", "family", "--decision-id", "explained")

    shown = shell("explain", "explained").out
    answer = json.loads(shell("explain", "explained", "--json").out)
    shell("rank", "-c", "c3", "--decision-id", "explained-2")
    chosen, every = shell("explain", "explained-2").out, shell("explain", "explained-2", "--all").out

    explanation = answer["explanation"]
    assert explanation["summary"] == shown.splitlines()[0]
    assert (True, True, "") == tuple(
        explanation[name] for name in ("probabilities_reproduced", "scores_reproduced", "missing")
    )
    assert "probabilities and choice yes, bit for bit; predicted rewards yes, bit for bit" in shown
    assert "APPLICABILITY" in shown
    assert {"campaign", "segment=family", "baseline"} <= {
        part["feature"] for part in explanation["campaigns"][0]["contributions"]
    }
    nothing = "nothing is learned yet"
    assert (1, 2, 0) == (chosen.count(nothing), every.count(nothing), every.count("What adds up to"))


def test_an_unknown_decision_is_one_line(shell: Run) -> None:
    """A decision that does not exist is an error with exit code 1."""
    outcome = shell("decision", "none")

    assert (1, "error: decision 'none' does not exist\n") == (outcome.exit_code, outcome.error)


def test_marks_are_told_as_posted(shell: Run) -> None:
    """Posting a mark tells what was posted, and that an earlier one than stored changes nothing."""
    outcome = shell("reward", "--complete-through", "CUSTOM:visit=2026-01-04T00:00:00Z", "--json")

    assert 0 == outcome.exit_code
    assert "posted: CUSTOM:visit is complete through 2026-01-04T00:00:00Z" in outcome.error
    assert "An earlier time than one already stored changes nothing." in outcome.error
    assert [{"type": "CUSTOM", "custom_type": "visit", "complete_through": "2026-01-04T00:00:00Z"}] == json.loads(
        outcome.out
    )["complete_through"]


def test_columns_that_are_not_used_are_named(shell: Run, tmp_path: Path) -> None:
    """Importing a file names the columns that nothing was taken from, and the columns of what is wrong."""
    file = tmp_path / "a.csv"
    file.write_text("type,customer_id,when,shop[1]\nCLICK,c,yesterday,x\nCLICK,,,x\nCLICK\n")

    outcome = shell("reward", "-f", file, "--map", "occur_time=when")

    assert 1 == outcome.exit_code
    assert "not used of a.csv: shop[1]" in outcome.error
    with (tmp_path / "a.csv.rejects.csv").open(encoding="utf-8", newline="") as rejected:
        reasons = [(row["row"], row["reason"]) for row in csv.DictReader(rejected)]
    assert ["2", "3", "4"] == [number for number, _ in reasons]
    assert "when (occur_time): 'yesterday' is no time" in reasons[0][1]
    assert "outcome." not in reasons[1][1]
    assert "has fewer cells (1) than the header (4)" == reasons[2][1]


def test_a_model_that_holds_back_a_newer_one_is_told(shell: Run, client: Client, service: Service) -> None:
    """After a roll-back `relearn` and `status` tell that the old model keeps serving, and how to end it."""
    client.rank(portfolio_id="only", customer_id="c2")
    client.set_time(START + timedelta(hours=3))
    shell("reward", "--complete-through", f"CONVERSION={(START + timedelta(hours=3)).isoformat()}")
    client.catch_up("only")
    shell("models", "roll-back", "untrained")

    relearned = shell("relearn")
    held = shell("status", "--metrics", "off")
    shell("models", "roll-back", "--newest")
    free = json.loads(shell("status", "--metrics", "off", "--json").out)["portfolios"][0]

    for outcome in (relearned, held):
        assert "banditsvc models roll-back -p only --newest" in outcome.error
    assert not free["newer_model_is_held_back"]
    assert json.loads(shell("relearn", "--as-settled", "--data", service.data, "--json").out)["equal"]


def test_several_portfolios_must_be_told_apart(shell: Run, tmp_path: Path) -> None:
    """With more than one portfolio a command that names none is refused with their ids: exit code 2."""
    shell("apply", write_shop(tmp_path / "more.toml", "other"), "--yes")

    outcome = shell("models", "list")

    assert (2, "error: say which --portfolio: only, other\n") == (outcome.exit_code, outcome.error)
