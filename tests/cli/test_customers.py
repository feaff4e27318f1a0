"""Laws of `customers merge` and `customers enroll`: one by options, or a file of them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banditsvc.client import Client
from tests.cli.services import SHOP, Run, Service

CRM = SHOP.parent / "crm"
START = datetime(2026, 1, 5, 10, tzinfo=UTC)
GROUPED = """
[[organizations]]
organization_id = "club"
[[organizations]]
organization_id = "other"
[portfolio]
portfolio_id = "club"
organization_id = "club"
currency = "EUR"
assignments = [{ holdout = 0.5 }]
[portfolio.reward_spec]
weights = [{ type = "CONVERSION", measure = "ANY", weight = 1.0 }]
greatest_reward = 1.0
outcome_window = "1h"
[[campaigns]]
campaign_id = "card"
"""
BY_CHANNEL = """
[portfolio]
portfolio_id = "channels"
organization_id = "other"
currency = "EUR"
assignments = [{ channel = "email", holdout = 0.5 }]
[portfolio.reward_spec]
weights = [{ type = "CONVERSION", measure = "ANY", weight = 1.0 }]
greatest_reward = 1.0
outcome_window = "1h"
"""
MERGE = ("customers", "merge", "-o", "club")
ENROLL = ("customers", "enroll", "-p", "club")


@pytest.fixture(autouse=True)
def club(run: Run, service: Service, client: Client, tmp_path: Path) -> None:
    """Gives a portfolio with groups, and one with groups by channel, in two organizations."""
    if client.list_portfolios():
        return
    client.set_time(START)
    for name, text in (("club.toml", GROUPED), ("channels.toml", BY_CHANNEL)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert 0 == run("apply", tmp_path / name, "--yes", "--server", service.address).exit_code


def rejected(path: Path) -> list[str]:
    """Returns the reasons in a file of rejected rows."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row["reason"] for row in csv.DictReader(file)]


def test_one_pair_is_merged_by_options(shell: Run) -> None:
    """The first call merges and the second repeats; both say who survives, in which organization."""
    pair = (*MERGE, "--merged", "one-old", "--into", "one-new", "--reason", "same e-mail")
    first, again = shell(*pair), shell(*pair, "--json")

    assert (0, "organization: club\n") == (first.exit_code, first.error)
    assert ["status MERGED", "surviving customer one-new"] == [
        " ".join(line.split()) for line in first.out.splitlines()
    ]
    expected = {"organization_id": "club", "status": "REPEATED", "surviving_customer_id": "one-new"}
    assert expected == json.loads(again.out)


def test_a_file_of_pairs_is_merged_in_its_order(shell: Run, tmp_path: Path) -> None:
    """Rows are merged one after the other; those that cannot be stand in a file of rejects by column and reason."""
    path = tmp_path / "merges.csv"
    path.write_text("old,surviving_customer_id,why\na,b,x\nb,c,\na,c,\na,d,\nc,a,\n,c,\nd,d,\n", encoding="utf-8")
    outcome = shell(*MERGE, "--file", path, "--map", "merged_customer_id=old", "--map", "reason=why", "--json")

    assert 1 == outcome.exit_code
    assert {"MERGED": 2, "REPEATED": 1, "REJECTED": 4} == json.loads(outcome.out)["statuses"]
    assert [
        "customer 'a' is merged into 'c' already; if all are one customer, merge 'c' and 'd'",
        "customer 'a' is merged into 'c' already, which stays the survivor",
        "old (merged_customer_id): is required",
        "surviving_customer_id: must be another id than merged_customer_id",
    ] == rejected(tmp_path / "merges.csv.rejects.csv")


def test_faults_of_a_pair_name_the_options(shell: Run) -> None:
    """What is missing or the same is told of the option; options of one pair do not go with a file."""
    missing = shell(*MERGE, "--merged", "x")
    same = shell(*MERGE, "--merged", "x", "--into", "x")
    both = shell(*MERGE, "--merged", "x", "--file", "merges.csv")
    unsaid = shell("customers", "merge", "--merged", "x", "--into", "y")

    assert (1, True) == (missing.exit_code, "--into: is required" in missing.error)
    assert (1, True) == (same.exit_code, "--into: must be another id than --merged" in same.error)
    assert (2, True) == (both.exit_code, "--merged cannot go with --file" in both.error)
    assert (2, "error: say which --organization: club, other\n") == (unsaid.exit_code, unsaid.error)


def test_a_merged_customer_is_ranked_as_its_survivor(shell: Run) -> None:
    """After the merge both ids are answered with the same decision on an occasion."""
    night = ("rank", "-p", "club", "--occasion", "night", "--json", "-c")
    first = json.loads(shell(*night, "night-old").out)["decision"]["decision_id"]
    shell(*MERGE, "--merged", "night-old", "--into", "night-new")
    again = json.loads(shell(*night, "night-new").out)

    assert (first, True) == (again["decision"]["decision_id"], again["is_replay"])


def test_one_customer_is_enrolled_by_options(shell: Run) -> None:
    """The group is told, the same each time, and it is the one of Rank, for so many that both groups are met."""
    found: set[str] = set()
    for number in range(60):
        if len(found) == 2:
            break
        name = f"single-{number}"
        options = (*ENROLL, "-c", name, "--segment", "family", "--lifecycle-stage", "NEW", "--recency-days", "3")
        group = json.loads(shell(*options, "--json").out)["group"]
        assert f"group  {group}" == shell(*options).out.strip()
        result = json.loads(shell("rank", "-p", "club", "-c", name, "--json").out)["decision"]["result"]
        assert (group == "HOLDOUT") == (result == "HELD_OUT")
        found.add(group)

    assert {"OPTIMIZED", "HOLDOUT"} == found


def test_a_file_of_customers_is_enrolled(shell: Run) -> None:
    """A file for `funnel --customers` is one for `customers enroll`; the summary says how many are in which group."""
    crm = ("--file", CRM / "customers.csv", "--map-file", CRM / "customers.map.toml")
    summary = json.loads(shell(*ENROLL, *crm, "--json").out)

    assert (60, None, {"OPTIMIZED", "HOLDOUT"}) == (summary["rows"], summary["rejects"], set(summary["statuses"]))
    assert summary == json.loads(shell(*ENROLL, *crm, "--json").out)


def test_rows_that_cannot_be_enrolled_are_rejected(shell: Run, tmp_path: Path) -> None:
    """Faults are told by the columns of the file: of the customer, of its context, and of a channel that is needed."""
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,days,channel\na,3,email\nb,-1,email\nc,3,\n,3,email\nd,3,sms\n", encoding="utf-8")
    outcome = shell("customers", "enroll", "-p", "channels", "--file", path, "--map", "recency_days=days", "--json")

    assert (1, 5, 4) == (
        outcome.exit_code,
        json.loads(outcome.out)["rows"],
        json.loads(outcome.out)["statuses"]["REJECTED"],
    )
    reasons = rejected(tmp_path / "customers.csv.rejects.csv")
    assert ["days (recency_days)", "channel", "customer_id"] == [reason.split(":")[0] for reason in reasons[:3]]
    assert "divides customers into groups on channel 'sms'" in reasons[3]


def test_faults_of_a_customer_name_the_options(shell: Run) -> None:
    """What is wrong with the customer, or missing, is told of the option."""
    missing = shell(*ENROLL)
    stage = shell(*ENROLL, "-c", "x", "--lifecycle-stage", "OLD")
    days = shell(*ENROLL, "-c", "x", "--recency-days", "-3")
    channel = shell("customers", "enroll", "-p", "channels", "-c", "x")
    both = shell(*ENROLL, "-c", "x", "--file", "customers.csv")

    assert "--customer: is required" in missing.error
    assert "--lifecycle-stage: " in stage.error
    assert "--recency-days: " in days.error
    assert "--channel: is required" in channel.error
    assert (2, True) == (both.exit_code, "--customer cannot go with --file" in both.error)
