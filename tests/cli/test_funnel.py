"""Laws of `funnel`, `policies check`, `consents` and the options of `rank` around them, on the example of a retailer."""

from __future__ import annotations

import csv
import io
import json
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from banditsvc.client import Client
from banditsvc.reports import funnel_of_log
from tests.cli.services import SHOP, Run, Service

CRM = SHOP.parent / "crm"
START = datetime(2026, 1, 5, 10, tzinfo=UTC)
CUSTOMERS = ("--customers", CRM / "customers.csv", "--map-file", CRM / "customers.map.toml")
READY = ("--feature", "open_issue=false", "--feature", "readiness=buying", "--feature", "annual_purchase=300")


@pytest.fixture(autouse=True)
def crm(run: Run, service: Service, client: Client) -> str:
    """Gives the retailer's portfolio, on a Monday morning."""
    if not client.list_portfolios():
        client.set_time(START)
        assert 0 == run("apply", CRM / "retailer.toml", "--yes", "--server", service.address).exit_code
    return "crm"


def rank(shell: Run, customer: str, *options: str) -> dict[str, object]:
    """Returns the decision of `rank` for a customer who may be sold to."""
    outcome = shell("rank", "-p", "crm", "-c", customer, *READY, *options, "--json")
    assert 0 == outcome.exit_code, outcome.error
    decision: dict[str, object] = json.loads(outcome.out)["decision"]
    return decision


def test_a_file_of_customers_goes_through_the_funnel(shell: Run) -> None:
    """`funnel --customers` says what would happen now: every campaign's figures add up, and nothing is logged."""
    report = json.loads(shell("funnel", *CUSTOMERS, "--json").out)

    assert 60 == report["decided"]["customers"]
    for funnel in report["campaigns"]:
        lost = sum(cause["count"]["decisions"] for cause in funnel["lost"])
        assert funnel["offered"]["decisions"] == lost + funnel["eligible"]["decisions"]
    assert {"CONSENT", "ELIGIBILITY", "SUITABILITY"} <= {
        cause["stage"] for funnel in report["campaigns"] for cause in funnel["lost"]
    }
    assert {"pin:thank the best"} == {forced["reason"] for forced in report["forced"]}
    assert report["nothing_eligible"]["decisions"] == report["results"]["NO_ELIGIBLE"]


def test_the_funnel_is_shown_as_a_waterfall(shell: Run) -> None:
    """Without --json each campaign asked for is a waterfall from offered to chosen, with the reason of each loss."""
    shown = shell("funnel", *CUSTOMERS, "--campaign", "win-back-voucher").out

    lines = [line.strip() for line in shown.splitlines()]
    steps = [next((line for line in lines if line.startswith(step)), "") for step in ("offered", "= elig", "= chosen")]
    assert all(" 0 " in step or set("█▏▎▍▌▋▊▉") & set(step) for step in steps)
    assert any("ELIGIBILITY worth it" in line and "at most 5 % of annual purchase" in line for line in lines)
    assert "new-shoes" not in lines
    assert any(line.startswith("beside: others forced") for line in lines)
    assert any("pin:thank the best" in line for line in shell("funnel", *CUSTOMERS).out.splitlines())


def test_the_funnel_as_a_table(shell: Run) -> None:
    """--csv has a line per campaign and step, and goes not with --json."""
    table = list(csv.DictReader(io.StringIO(shell("funnel", *CUSTOMERS, "--campaign", "welcome", "--csv").out)))

    assert {"welcome"} == {row["campaign_id"] for row in table}
    assert ["offered", "chosen"] == [row["step"] for row in table if row["step"] in ("offered", "chosen")]
    assert 2 == shell("funnel", *CUSTOMERS, "--csv", "--json").exit_code


def test_the_funnel_over_the_log(run: Run, shell: Run, service: Service, client: Client) -> None:
    """Without a file it counts what was decided, within a time span, and equals the Python function."""
    rank(shell, "log-1", "--consent", "marketing=GRANTED", "--channel", "email")
    client.set_time(START + timedelta(hours=1))
    rank(shell, "log-2", "--channel", "email")
    log = ("funnel", "-p", "crm", "--data", service.data, "--json")

    whole = json.loads(run(*log).out)
    early = json.loads(run(*log, "--until", (START + timedelta(minutes=30)).isoformat()).out)

    assert whole["decided"]["decisions"] == early["decided"]["decisions"] + 1
    assert json.loads(json.dumps(funnel_of_log(service.data, "crm").plain())) == whole
    assert ("CONSENT", "consent") == (
        whole["campaigns"][1]["lost"][0]["stage"],
        whole["campaigns"][1]["lost"][0]["rule"],
    )


def test_options_of_the_log_and_of_a_file_do_not_mix(run: Run, shell: Run, tmp_path: Path) -> None:
    """A span goes with the log, a column map with a file; a wrong time and a missing log are told."""
    assert 2 == shell("funnel", *CUSTOMERS, "--since", START.isoformat()).exit_code
    assert 2 == run("funnel", "--map", "customer_id=c").exit_code
    assert 2 == run("funnel", "--since", "monday").exit_code
    assert 2 == run("funnel", "--data", tmp_path).exit_code


def test_rejected_rows_are_told(shell: Run, tmp_path: Path) -> None:
    """A row that cannot be asked for goes to the rejects; the others are counted, and the exit code is 1."""
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,recency_days\na,12\nb,-1\n", encoding="utf-8")
    outcome = shell("funnel", "--customers", path, "--json")

    assert (1, 1) == (outcome.exit_code, json.loads(outcome.out)["decided"]["decisions"])
    assert "recency_days" in (tmp_path / "customers.csv.rejects.csv").read_text(encoding="utf-8")


def test_overlapping_rules_are_found(shell: Run) -> None:
    """`policies check` counts customers by the rules they match, and names overlaps by row numbers alone."""
    check = json.loads(shell("policies", "check", *CUSTOMERS, "--json").out)
    shown = shell("policies", "check", *CUSTOMERS).out

    assert 60 == check["customers"] == check["none"]["customers"] + check["one"] + check["several"]["customers"]
    assert check["one"] == sum(rule["alone"] for rule in check["rules"])
    assert check["one"] + check["several"]["customers"] == sum(rule["served"] for rule in check["rules"])
    assert {("welcome", "new-shoes"), ("win-back-voucher", "new-shoes")} == {
        (overlap["first"], overlap["second"]) for overlap in check["overlaps"]
    }
    assert "crm-" not in shown


def test_rules_of_a_file_are_checked(shell: Run, tmp_path: Path) -> None:
    """--file checks rules before they are stored; one that does not read is named by its campaign."""
    path = tmp_path / "policy.toml"
    rule = '[policy]\nexclusive_rules.rules = [{{ campaign_id = "welcome", expression = "{}" }}]\n'
    path.write_text(rule.format("recency_days >= 0"), encoding="utf-8")
    check = json.loads(shell("policies", "check", *CUSTOMERS, "--file", path, "--json").out)
    path.write_text(rule.format("recency > 0"), encoding="utf-8")
    faulty = shell("policies", "check", *CUSTOMERS, "--file", path)

    assert (60, 0, []) == (check["one"], check["none"]["customers"], check["overlaps"])
    assert 2 == faulty.exit_code
    assert "'welcome'" in faulty.error


def test_a_policy_without_rules_is_refused(shell: Run) -> None:
    """A policy version that has no exclusive rules cannot be checked."""
    assert 2 == shell("policies", "check", *CUSTOMERS, "--policy-version", "2").exit_code


def test_consents_are_recorded_and_shown(shell: Run) -> None:
    """What `consents record` stores, one word or a file of them, `consents show` tells, and the next Rank heeds."""
    one = ("consents", "record", "-o", "retailer")
    before = rank(shell, "said-1", "--channel", "email", "--dry-run")
    shell(*one, "-c", "said-1", "--purpose", "marketing", "--channel", "email", "--grant")
    after = rank(shell, "said-1", "--channel", "email", "--dry-run")
    shell(*one, "-c", "said-1", "--deny", "--at", (START + timedelta(hours=2)).isoformat())
    file = json.loads(shell(*one, "--file", CRM / "consents.csv", "--json").out)
    found = json.loads(shell("consents", "show", "said-1", "-o", "retailer", "--json").out)["consents"]

    assert "NO_ELIGIBLE" == before["result"] != after["result"]
    assert {"RECORDED": 4} == file["statuses"]
    assert {("", "", "DENIED"), ("marketing", "email", "GRANTED")} == {
        (consent["purpose"], consent["channel"], consent["state"]) for consent in found
    }
    assert "(every)" in shell("consents", "show", "said-1", "-o", "retailer").out
    assert 2 == shell(*one, "-c", "said-1").exit_code


def test_an_unsubscription_blocks_its_channel(shell: Run) -> None:
    """After `reward --type UNSUBSCRIBE --channel push` no campaign goes out on push, and `consents show` says why."""
    options = ("--channel", "push", "--consent", "marketing=GRANTED", "--dry-run")
    before = rank(shell, "gone", *options)
    said = ("--type", "UNSUBSCRIBE", "--customer", "gone", "--channel", "push", "--at", START.isoformat())
    done = shell("reward", "-p", "crm", *said)
    after = rank(shell, "gone", *options)
    shown = shell("consents", "show", "gone", "-o", "retailer").out

    assert 0 == done.exit_code, done.error
    assert "NO_ELIGIBLE" == after["result"] != before["result"]
    assert "UNSUBSCRIBE" in shown


def test_rank_can_be_forced(shell: Run) -> None:
    """--forced-campaign and --force-reason choose a campaign; the decision says why, and whom it is assigned as."""
    forced = ("--forced-campaign", "app-teaser", "--force-reason", "launch", "--assignment-key", "home 7")
    more = ("--consent", "marketing=GRANTED", "--time-zone", "Europe/Paris", "--decision-id", "forced-1")
    made = rank(shell, "forced", *forced, *more)
    explained = shell("explain", "forced-1").out

    assert ("app-teaser", "FORCED", "launch", "home 7", {"template": "push-2"}) == tuple(
        made[name] for name in ("campaign_id", "decided_by", "force_reason", "assignment_key", "message_fields")
    )
    assert explained.startswith("Campaign 'app-teaser' was forced by the caller: launch.")
    assert 2 == shell("rank", "-p", "crm", "-c", "x", "--consent", "marketing").exit_code


def test_the_forced_example_of_the_docs_holds_at_night(shell: Run) -> None:
    """docs/funnel.md forces a campaign without a quiet time, so that the example shows the same at every hour."""
    page = (SHOP.parent.parent / "docs" / "funnel.md").read_text(encoding="utf-8").replace("\\\n", " ")
    [line] = [line for line in page.splitlines() if "--force-reason" in line and line.startswith("banditsvc rank")]
    night = (START + timedelta(hours=13)).isoformat()
    made = json.loads(shell(*shlex.split(line)[1:], "--send-time", night, "--json").out)["decision"]

    assert ("CAMPAIGN", "FORCED") == (made["result"], made["decided_by"])


def test_a_decision_with_treatments_is_shown(shell: Run) -> None:
    """`decision` shows the treatments of each campaign, and the one that was chosen."""
    options = ("--candidate", "new-shoes", "--exclude", "NO_CONTACT", "--consent", "marketing=GRANTED")
    made = rank(shell, "paired", *options, "--decision-id", "paired-1")
    shown = shell("decision", "paired-1").out

    assert made["treatment_id"] in ("plain", "playful")
    assert f"CAMPAIGN  new-shoes / {made['treatment_id']}" in shown
    assert "treatment_probability" in shown
    assert "template=arrivals-7" in shown
