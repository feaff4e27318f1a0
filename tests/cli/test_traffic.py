"""Laws of `rank`, `activate`, `reward`, and of what is learned from them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banditsvc.client import BanditsvcError, Client
from tests.cli.services import Run, Service
from tests.cli.shop_files import write_shop

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def shop(run: Run, service: Service, client: Client, tmp_path: Path) -> str:
    """Gives a portfolio, on a morning."""
    if not client.list_portfolios():
        client.set_time(START)
        run("apply", write_shop(tmp_path / "shop.toml", "traffic"), "--yes", "--server", service.address)
    return "traffic"


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def order(number: int, **changes: str) -> dict[str, str]:
    row = {
        "order": f"o-{number}",
        "customer": f"c-{number}",
        "at": (START - timedelta(days=1)).isoformat(),
        "total": "10.5",
    }
    return {**row, **changes}


MAP = ("--map", "outcome_id=order", "--map", "customer_id=customer", "--map", "occur_time=at", "--map", "amount=total")
ORDERS = ("reward", "--portfolio", "traffic", *MAP, "--set", "type=CONVERSION", "--json", "--file")


def test_rank_answers_with_a_decision(shell: Run) -> None:
    """`rank` with options gives a decision as JSON whose probabilities sum to 1."""
    options = ["--recency-days", "3", "--segment", "family", "--favourite", "shoes=0.5", "--feature", "vip=true"]
    outcome = shell("rank", "-p", "traffic", "-c", "c1", *options, "--occasion", "monday", "--json")

    decision = json.loads(outcome.out)["decision"]
    assert ("c1", "monday", "CAMPAIGN") == (decision["customer_id"], decision["occasion"], decision["result"])
    assert 1.0 == sum(ranked["selection_probability"] for ranked in decision["ranking"])


def test_rank_repeated_is_a_replay(shell: Run, tmp_path: Path) -> None:
    """The same request from a file, twice, is one decision; the second answer says so."""
    request = tmp_path / "rank.json"
    request.write_text(
        json.dumps({"portfolio_id": "traffic", "customer_id": "c2", "occasion": "x", "context": {"r": 5}})
    )

    first, second = (shell("rank", "--request", request) for _ in range(2))

    assert "(replay)" in second.out
    assert "(replay)" not in first.out
    assert first.out.split()[1] == second.out.split()[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "traffic", "-c", "c", "--lifecycle-stage", "FOO"], "--lifecycle-stage: 'FOO' is none of"),
        (
            ["-p", "traffic", "-c", "c", "--send-time", "2026-01-05T08:00:00"],
            "--send-time: '2026-01-05T08:00:00' has no offset",
        ),
        (["-p", "traffic", "-c", "c", "--favourite", "shoes"], "--favourite 'shoes' is not of the form name=value"),
        (["-p", "traffic", "-c", "c", "--frequency", "-1"], "--frequency: "),
        (["-p", "nowhere", "-c", "c"], "portfolio 'nowhere' does not exist"),
        (["-p", "traffic"], "--customer: "),
    ],
)
def test_faulty_requests_are_one_clear_error(shell: Run, arguments: list[str], message: str) -> None:
    """A request that is malformed, here or by the service's judgement, names the option and shows no stack trace."""
    outcome = shell("rank", *arguments)

    assert outcome.exit_code in (1, 2)
    assert message in outcome.error
    assert "Traceback" not in outcome.error


def test_activation_is_told_once(shell: Run) -> None:
    """The first `activate` is accepted, the same again is a duplicate, and another word is refused."""
    decision_id = json.loads(shell("rank", "-p", "traffic", "-c", "c3", "--json").out)["decision"]["decision_id"]

    outcomes = [
        shell("activate", "--decision", decision_id, "--state", state) for state in ("SENT", "SENT", "NOT_SENT")
    ]

    assert [outcome.out.split()[1] for outcome in outcomes[:2]] == ["ACCEPTED", "DUPLICATE"]
    assert outcomes[2].exit_code == 1


def test_activations_from_a_file(shell: Run, tmp_path: Path) -> None:
    """`activate --file` tells of every row; a decision that does not exist is a rejected row with its reason."""
    ranked = (shell("rank", "-p", "traffic", "-c", f"c4-{i}", "--json").out for i in range(2))
    ids = [json.loads(out)["decision"]["decision_id"] for out in ranked]
    file = write_csv(tmp_path / "sent.csv", [{"id": name, "what": "sent"} for name in [*ids, "unknown"]])

    outcome = shell("activate", "--file", file, "--map", "decision_id=id", "--map", "state=what", "--json")

    assert (1, {"ACCEPTED": 2, "REJECTED": 1}) == (outcome.exit_code, json.loads(outcome.out)["statuses"])
    rejects = read_csv(tmp_path / "sent.csv.rejects.csv")
    assert [(r["row"], r["id"], r["reason"]) for r in rejects] == [
        ("4", "unknown", "decision 'unknown' does not exist")
    ]


def test_outcomes_from_a_file_can_be_repeated(shell: Run, tmp_path: Path) -> None:
    """Posting a file twice stores its rows once: the second time all are duplicates."""
    file = write_csv(tmp_path / "orders.csv", [order(number) for number in range(2500)])

    first, second = (shell(*ORDERS, file) for _ in range(2))

    assert (0, 2500) == (first.exit_code, json.loads(first.out)["rows"])
    assert (0, {"DUPLICATE": 2500}) == (second.exit_code, json.loads(second.out)["statuses"])


def test_parquet_and_csv_are_the_same_outcomes(shell: Run, tmp_path: Path) -> None:
    """The rows of a Parquet file are duplicates of the same rows in CSV, gaps and typed columns included."""
    rows = [order(9000 + number, customer=str(number), total="" if number == 1 else "10.5") for number in range(3)]
    table = pa.table(
        {
            "order": [row["order"] for row in rows],
            "customer": pa.array([0.0, 1.0, 2.0]),
            "at": pa.array([datetime.fromisoformat(row["at"]) for row in rows], pa.timestamp("us", "UTC")),
            "total": pa.array([10.5, None, 10.5]),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")

    shell(*ORDERS, write_csv(tmp_path / "orders.csv", rows))
    outcome = shell(*ORDERS, tmp_path / "orders.parquet")

    assert json.loads(outcome.out)["statuses"] == {"DUPLICATE": 3}


def test_rejected_rows_are_kept_with_their_reasons(shell: Run, tmp_path: Path) -> None:
    """A row that cannot be read, or that the service refuses, harms no other and is kept with number and reason."""
    rows = [
        order(1),
        order(2, total="ten"),
        order(3, at="yesterday"),
        order(4, at="2026-01-04T08:00:00"),
        order(5, customer=""),
        order(6, at="2030-01-01T00:00:00Z"),
    ]
    file = write_csv(tmp_path / "mixed.csv", rows)

    outcome = shell(*ORDERS, file, "--complete-through", "CONVERSION=2026-01-05T07:00:00Z")

    summary = json.loads(outcome.out)
    rejects = read_csv(Path(summary["rejects"]))
    assert (1, 6, 5) == (outcome.exit_code, summary["rows"], summary["statuses"]["REJECTED"])
    assert "complete_through was not posted" in outcome.error
    alone = "banditsvc reward -p traffic --complete-through CONVERSION=2026-01-05T07:00:00Z"
    assert alone in outcome.error
    reasons = {
        "3": "total (amount): 'ten' is not a number",
        "4": "at (occur_time): 'yesterday' is no time",
        "5": "at (occur_time): 2026-01-04T08:00:00 has no offset from UTC: give --time-zone",
        "6": "",
        "7": "at (occur_time): ",
    }
    assert [reject["row"] for reject in rejects] == list(reasons)
    assert [r["reason"] for r in rejects if not r["reason"].startswith(reasons[r["row"]])] == []


def test_a_wrong_column_map_stops_before_the_first_row(shell: Run, tmp_path: Path) -> None:
    """A map to a column that the file lacks, or of a field that does not exist, is an error at once."""
    file = write_csv(tmp_path / "orders.csv", [order(1)])

    outcome = shell("reward", "-p", "traffic", "-f", file, "--map", "amount=sum", "--map", "ammount=total")

    assert 2 == outcome.exit_code
    assert "ammount is no field (did you mean amount?)" in outcome.error
    assert "amount is mapped to column sum, which the file lacks; it has order, customer, at, total" in outcome.error


def test_conflicting_outcome_is_refused(shell: Run) -> None:
    """The same outcome_id with another content is refused and says what to do; a higher revision is taken."""
    base = ["reward", "-p", "traffic", "--type", "REVENUE", "-c", "c9", "--at", "2026-01-05T07:00:00Z"]
    answers = [
        shell(*base, "--outcome-id", "r-1", "--amount", amount, "--revision", revision)
        for amount, revision in (("1", "0"), ("2", "0"), ("2", "1"))
    ]

    assert [answer.exit_code for answer in answers] == [0, 1, 0]
    assert "raise the revision" in answers[1].error
    assert "REVISED" in answers[2].out


def test_what_was_posted_is_learned(shell: Run, client: Client, service: Service, tmp_path: Path) -> None:
    """Decisions are learned once their window is over and the feed is complete, and the log gives the same model."""
    now = START + timedelta(days=1)
    client.set_time(now)
    for number in range(20):
        client.rank(portfolio_id="traffic", customer_id=f"learn-{number}", occasion="day 1")
    at = (now + timedelta(minutes=5)).isoformat()
    rows = [order(7000 + number, customer=f"learn-{number}", at=at) for number in range(0, 20, 2)]
    client.set_time(now + timedelta(hours=2))
    mark = f"CONVERSION={(now + timedelta(hours=2)).isoformat()}"
    posted = shell(*ORDERS, write_csv(tmp_path / "orders.csv", rows), "--complete-through", mark)
    learned = client.catch_up("traffic").learned_count

    assert json.loads(posted.out)["statuses"] == {"ACCEPTED": 10}
    assert learned >= 20
    model = json.loads(shell("models", "show", "-p", "traffic", "--json").out)
    assert (model["learned_count"], model["is_serving"]) == (learned, True)
    check = shell("relearn", "-p", "traffic", "--as-settled", "--data", service.data, "--json")
    assert (0, True) == (check.exit_code, json.loads(check.out)["equal"])


def test_relearn_waits_for_the_new_model(shell: Run, client: Client) -> None:
    """`relearn` ends once a new lineage has taken over; rolling back serves an older model until told otherwise."""
    before = client.get_model("traffic").model_version

    relearned = shell("relearn", "-p", "traffic", "--json")
    after = json.loads(relearned.out)["model_version"]

    assert (0, True) == (relearned.exit_code, after != before)
    assert after == client.catch_up("traffic").model_version
    assert after in shell("models", "list", "-p", "traffic").out
    shell("models", "roll-back", "-p", "traffic", before)
    assert before == client.get_model("traffic").model_version
    shell("models", "roll-back", "-p", "traffic", "--newest")
    assert after == client.get_model("traffic").model_version


def test_policies_are_listed_and_deployed(shell: Run, client: Client) -> None:
    """`policies list` shows every version and which is at work; `deploy` changes that."""
    shell("policies", "deploy", "-p", "traffic", "1")

    listed = json.loads(shell("policies", "list", "-p", "traffic", "--json").out)

    assert (
        listed["deployed_policy_version"],
        [policy["policy_version"] for policy in listed["policies"]],
    ) == (1, [1, 2])
    assert client.get_policy("traffic").policy.policy_version == 1
    assert "thompson" in shell("policies", "list", "-p", "traffic").out


def test_status_shows_health_and_portfolios(shell: Run) -> None:
    """`status` says whether the service serves, and of each portfolio what is at work."""
    outcome = shell("status", "--metrics", "off", "--json")

    status = json.loads(outcome.out)
    assert (0, "SERVING") == (outcome.exit_code, status["health"])
    assert "traffic" in {portfolio["portfolio_id"] for portfolio in status["portfolios"]}
    assert "SERVING" in shell("status", "--metrics", "off").out


def test_silent_service_is_one_line(run: Run) -> None:
    """Where no service answers, a command says so in one line that names the remedy."""
    outcome = run("rank", "-p", "p", "-c", "c", "--server", "127.0.0.1:1")

    assert 1 == outcome.exit_code
    assert (
        outcome.error
        == "error: no service answers at 127.0.0.1:1: start one with `banditsvc serve`, or name another with --server\n"
    )


def test_time_never_goes_back(client: Client) -> None:
    """The simulated clock is never set back."""
    with pytest.raises(BanditsvcError, match="never goes back"):
        client.set_time(START - timedelta(days=1))
