"""Laws of `banditsvc import`: outcomes before sends, each once, the bad rows by their columns, and nothing half-written."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banditsvc.client import Client
from banditsvc.reports.log_choices import choices_of
from banditsvc.reports.log_funnel import funnel_of_log
from banditsvc.store.sqlite_log import SqliteLog
from offline_eval.coverage import CoverageSettings, coverage_report
from tests.cli.services import Run, Service

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
MARK = "CONVERSION=2026-03-01T00:00:00Z"
SHOP = """
[portfolio]
portfolio_id = "{name}"
currency = "EUR"
[portfolio.phase_spec]
phase = "OBSERVE"
[portfolio.settle_spec]
required_feeds = [{{ type = "CONVERSION" }}]
[portfolio.reward_spec]
weights = [{{ type = "CONVERSION", measure = "ANY", weight = 1.0 }}]
greatest_reward = 1.0
outcome_window = "7d"
[[campaigns]]
campaign_id = "sale"
fixed_priority = 1
[[campaigns]]
campaign_id = "news"
fixed_priority = 2
[[campaigns]]
campaign_id = "old"
state = "ENDED"
"""
SENDS = "customer_id,send_time,campaign_id,segment,eligible_campaign_ids,selection_probability,kind,family\n"
OUTCOMES = "customer_id,occur_time,type\n"
GOOD = [
    "a,2026-01-05T08:00:00Z,sale,family,sale;news,0.75,,",
    "b,2026-01-05T08:00:00Z,news,student,sale news,0.25,,",
    "c,2026-01-06T08:00:00Z,old,family,,,,",
    "d,2026-01-06T08:00:00Z,summer,family,,,WINBACK,season",
]
BOUGHT = ["a,2026-01-05T09:00:00Z,CONVERSION", "c,2026-01-07T09:00:00Z,CONVERSION"]


@pytest.fixture
def name(request: pytest.FixtureRequest, shell: Run, client: Client, tmp_path: Path) -> str:
    """Gives each test a portfolio of its own."""
    if not client.list_portfolios():
        client.set_time(START)
    found = request.node.name[:60].replace("[", "-").replace("]", "")
    path = tmp_path / "shop.toml"
    path.write_text(SHOP.format(name=found), encoding="utf-8")
    applied = shell("apply", path, "--yes")
    assert 0 == applied.exit_code, applied.error
    return str(found)


def write(path: Path, header: str, rows: Sequence[str]) -> Path:
    """Writes a file of rows."""
    path.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def rejected(path: Path) -> list[str]:
    """Returns the reasons of the rows of a file that were rejected."""
    with path.with_name(path.name + ".rejects.csv").open(encoding="utf-8", newline="") as file:
        return [row["reason"] for row in csv.DictReader(file)]


def test_history_is_imported_once_and_learned_from(
    shell: Run, client: Client, service: Service, name: str, tmp_path: Path
) -> None:
    """Sends and outcomes go in, known probabilities told from unknown ones; a repeat writes nothing; all are learned."""
    sends = write(tmp_path / "sends.csv", SENDS, GOOD)
    outcomes = write(tmp_path / "outcomes.csv", OUTCOMES, [*BOUGHT, "z,2026-01-07T09:00:00Z,CONVERSION"])
    command = ("import", "-p", name, "--sends", sends, "--outcomes", outcomes, "--complete-through", MARK, "--json")
    first, again = shell(*command), shell(*command)
    assert (0, 0) == (first.exit_code, again.exit_code), first.error
    found = json.loads(first.out)
    assert {"STORED": 2, "NO_SEND": 1} == found["outcomes"]["statuses"]
    assert {"PROBABILITY_KNOWN": 2, "PROBABILITY_UNKNOWN": 2} == found["sends"]["statuses"]
    assert {"DUPLICATE": 4} == json.loads(again.out)["sends"]["statuses"]

    client.catch_up(name)
    model = client.get_model(name)
    assert 4 == model.learned_count
    assert 0 == client.get_phase(name).conditions[0].value  # of decisions made here
    assert 0.3 < model.mean_reward < 0.7
    log = SqliteLog(service.data / "log.db", read_only=True)
    choices = choices_of(log, name, None, None)
    log.close()
    report = coverage_report(choices, CoverageSettings())
    assert (2, {"history of unknown probability": 2}) == (report.evaluated, report.left_out)
    assert [0.75, 0.25] == choices.family_probability.tolist()
    assert 0 == funnel_of_log(service.data, name).decided.decisions


def test_sends_wait_for_their_outcomes(shell: Run, client: Client, name: str, tmp_path: Path) -> None:
    """Where a required feed is not marked, sends whose window is over are rejected with the remedy, and none is learned."""
    sends = write(tmp_path / "sends.csv", SENDS, GOOD[:2])
    failed = shell("import", "-p", name, "--sends", sends)

    assert 1 == failed.exit_code
    assert ["complete_through" in reason for reason in rejected(sends)] == [True, True]
    client.catch_up(name)
    assert 0 == client.get_model(name).learned_count


def test_bad_rows_are_told_by_their_columns(shell: Run, name: str, tmp_path: Path) -> None:
    """Each bad send is rejected with its column and the remedy; the good ones beside it go in."""
    bad = [
        "e,2026-05-01T08:00:00Z,sale,,,,,",
        "e,2026-01-05T08:00:00Z,unknown,,,,,",
        "e,2026-01-05T08:00:00Z,sale,,sale;news,0,,",
        "e,2026-01-05T08:00:00Z,sale,,news,,,",
        "e,2026-01-05T08:00:00Z,sale,,sale;gone,,,",
        "e,2026-01-05T08:00:00Z,sale,,,0.5,,",
        "e,yesterday,sale,,,,,",
        "e,2026-01-05T08:00:00Z,other,,,,NO_KIND,",
    ]
    sends = write(tmp_path / "sends.csv", SENDS, [*bad, *GOOD])
    mapped = ("--map", "customer_id=customer_id")
    done = shell("import", "-p", name, "--sends", sends, "--complete-through", MARK, "--json", *mapped)

    assert 1 == done.exit_code
    assert {"REJECTED": 8, "PROBABILITY_KNOWN": 2, "PROBABILITY_UNKNOWN": 2} == json.loads(done.out)["sends"][
        "statuses"
    ]
    expected = [
        "send_time: must not be in the future",
        "campaign_id: is not in the catalogue",
        "selection_probability: must be above 0",
        "eligible_campaign_ids: must have campaign_id",
        "eligible_campaign_ids: has 'gone'",
        "selection_probability: needs eligible_campaign_ids",
        "send_time: 'yesterday' is no time",
        "kind: ",
    ]
    assert expected == [reason[: len(start)] for reason, start in zip(rejected(sends), expected, strict=True)]


def test_nothing_is_imported_beside_bad_outcomes(shell: Run, client: Client, name: str, tmp_path: Path) -> None:
    """Where an outcome is rejected no send goes in, as it would be learned as a failure; mended, all do."""
    sends = write(tmp_path / "sends.csv", SENDS, GOOD)
    outcomes = write(tmp_path / "outcomes.csv", OUTCOMES, [*BOUGHT, "b,2026-01-05T09:00:00Z,NO_TYPE"])
    command = ("import", "-p", name, "--sends", sends, "--outcomes", outcomes, "--complete-through", MARK)
    failed = shell(*command)
    assert 1 == failed.exit_code
    assert "Nothing of" in failed.error
    client.catch_up(name)
    assert 0 == client.get_model(name).learned_count

    write(outcomes, OUTCOMES, BOUGHT)
    assert 0 == shell(*command).exit_code
    client.catch_up(name)
    assert 4 == client.get_model(name).learned_count


def test_parquet_and_other_columns_do_as_well(shell: Run, name: str, tmp_path: Path) -> None:
    """Columns of other names are mapped for each file, by options and by a TOML file, and a Parquet file has lists."""
    sends = tmp_path / "sends.parquet"
    table = {
        "who": ["a"],
        "when": [datetime(2026, 1, 5, 8, tzinfo=UTC)],
        "what": ["sale"],
        "choice": [["sale", "news"]],
        "odds": [[0.4, 0.6]],
    }
    pq.write_table(pa.table(table), sends)
    columns = {"customer_id": "who", "send_time": "when", "campaign_id": "what", "eligible_campaign_ids": "choice"}
    mapping = tmp_path / "sends.map.toml"
    lines = [f'{field} = "{column}"' for field, column in columns.items()]
    mapping.write_text("[columns]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    outcomes = write(tmp_path / "orders.csv", "buyer,bought\n", ["a,2026-01-05T09:00:00"])
    done = shell(
        *("import", "-p", name, "--sends", sends, "--map-file", mapping, "--map", "selection_probabilities=odds"),
        *("--outcomes", outcomes, "--outcomes-map", "customer_id=buyer", "--outcomes-map", "occur_time=bought"),
        *("--outcomes-set", "type=CONVERSION", "--time-zone", "UTC", "--complete-through", MARK, "--json"),
    )

    assert 0 == done.exit_code, done.error
    assert {"PROBABILITY_KNOWN": 1} == json.loads(done.out)["sends"]["statuses"]
    assert {"STORED": 1} == json.loads(done.out)["outcomes"]["statuses"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--sends: is required"),
        (("--outcomes", "outcomes.csv"), "banditsvc reward --file"),
        (("--sends", "sends.csv", "--outcomes-set", "type=CLICK"), "--outcomes: is required"),
        (("--sends", "none.csv"), "cannot read"),
        (("--sends", "sends.csv", "--outcomes", "none.csv"), "cannot read"),
        (("--sends", "sends.csv", "--map", "customer=who"), "customer is no field"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_posted(
    shell: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    """Options and files that do not fit end the command with exit code 2 and the remedy."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "sends.csv", SENDS, GOOD)
    done = shell("import", *arguments)

    assert 2 == done.exit_code
    assert told in done.error


def test_status_says_the_phase_and_what_is_missing(shell: Run, client: Client, name: str) -> None:
    """A portfolio that is observed is told with its next phase and each condition; one at work is not."""
    shown, plain = shell("status"), json.loads(shell("status", "--json").out)
    mine = next(one for one in plain["portfolios"] if one["portfolio_id"] == name)
    assert ("OBSERVE", "RANDOM_SHARE") == (mine["phase"], mine["next_phase"])
    assert ["LEARNED", "DAYS", "FEEDS"] == [
        one["kind"].removeprefix("PHASE_CONDITION_KIND_") for one in mine["conditions"]
    ]
    assert "0 of 1,000 decisions made here learned from" in shown.out
    assert "missing" in shown.out

    portfolio = client.get_portfolio(name)
    portfolio.phase_spec.Clear()
    client.update_portfolio(portfolio)
    plain = json.loads(shell("status", "--json").out)
    mine = next(one for one in plain["portfolios"] if one["portfolio_id"] == name)
    assert ("POLICY", None, []) == (mine["phase"], mine["next_phase"], mine["conditions"])
