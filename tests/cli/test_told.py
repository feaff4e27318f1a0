"""Laws of what commands remark and explain, on a retailer with a second organization and a schema of features."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banditsvc.client import Client
from tests.cli.services import Run, Service

START = datetime(2026, 1, 5, 10, tzinfo=UTC)
CLUB = """
[[organizations]]
organization_id = "club"
default_purpose = "marketing"
[[organizations]]
organization_id = "other"
[portfolio]
portfolio_id = "club"
organization_id = "club"
allow_no_contact = true
currency = "EUR"
context_schema = { member = "FLAG", spent = "NUMBER" }
[portfolio.reward_spec]
weights = [{ type = "CONVERSION", measure = "ANY", weight = 1.0 }]
greatest_reward = 1.0
outcome_window = "1h"
[[campaigns]]
campaign_id = "card"
channel = "email"
rules = [{ name = "members only", expression = "member" }]
[[campaigns]]
campaign_id = "gift"
rules = [{ name = "good buyers", expression = "spent > 100", reason = "for good buyers" }]
[[campaigns]]
campaign_id = "draft"
state = "DRAFT"
[[campaigns]]
campaign_id = "push"
channel = "push"
"""
GRANTED = ("--consent", "marketing=GRANTED")


@pytest.fixture(autouse=True)
def club(run: Run, service: Service, client: Client, tmp_path: Path) -> None:
    """Gives the club's portfolio."""
    if not client.list_portfolios():
        client.set_time(START)
        path = tmp_path / "club.toml"
        path.write_text(CLUB, encoding="utf-8")
        outcome = run("apply", path, "--yes", "--server", service.address)
        assert 0 == outcome.exit_code, outcome.error


def test_explain_tells_unknown_from_false(shell: Run) -> None:
    """Each campaign that a rule dropped says what was not known or of another type; a rule that is false says nothing."""
    features = ("--feature", "membr=true", "--feature", "spent=1,500")
    shell("rank", "-c", "u", *GRANTED, *features, "--decision-id", "unknown")
    shell("rank", "-c", "f", *GRANTED, "--feature", "member=false", "--feature", "spent=1", "--decision-id", "false")
    rejected = [
        {one["campaign_id"]: one for one in json.loads(shell("explain", name, "--json").out)["explanation"]["rejected"]}
        for name in ("unknown", "false")
    ]
    shown = shell("explain", "unknown").out

    told = ["member is not known; membr was given, which the schema does not have"]
    assert (told, ["spent is a text, the schema says NUMBER"]) == tuple(
        rejected[0][one]["unknown_fields"] for one in ("card", "gift")
    )
    assert ([], "member") == (rejected[1]["card"].get("unknown_fields", []), rejected[1]["card"]["expression"])
    assert "needs: member" in shown
    assert "for good buyers" in shown
    assert all(line in shown for line in (*told, "spent is a text, the schema says NUMBER"))


def test_rank_remarks_on_features(shell: Run) -> None:
    """`rank` says which features are not in the schema, with the closest name, or are of another type; once each."""
    wrong = shell("rank", "-c", "w", *GRANTED, "--feature", "membr=true", "--feature", "member=yes", "--dry-run")
    right = shell("rank", "-c", "r", *GRANTED, "--feature", "member=true", "--dry-run")

    assert "feature membr is not in the context_schema of club; did you mean member?" in wrong.error
    assert "feature member is a text, the schema says FLAG: write true or false" in wrong.error
    assert ("", 0) == (right.error, right.exit_code)


def test_the_funnel_remarks_on_features_once(shell: Run, tmp_path: Path) -> None:
    """`funnel --customers` says it once for all rows, and how many there are."""
    path = tmp_path / "customers.csv"
    path.write_text('customer_id,features.spent,features.membr\na,"1,500",true\nb,"2,000",true\nc,3,true\n', "utf-8")
    error = shell("funnel", "--customers", path).error

    assert 1 == error.count("feature membr in 3 rows is not in the context_schema of club; did you mean member?")
    assert 1 == error.count("feature spent is a text in 2 rows, the schema says NUMBER")


def test_the_funnel_shows_what_is_not_offered(run: Run, shell: Run, service: Service, tmp_path: Path) -> None:
    """A campaign that is not live says so, over a file and over the log; one that does not exist is an error."""
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,consents\na,marketing=GRANTED\n", encoding="utf-8")
    shown = shell("funnel", "--customers", path).out
    one = shell("funnel", "--customers", path, "--campaign", "draft").out
    of_log = run("funnel", "-p", "club", "--data", service.data, "--campaign", "draft").out
    unknown = [
        shell("funnel", "--customers", path, "--campaign", "pusch"),
        run("funnel", "-p", "club", "--data", service.data, "--campaign", "pusch"),
    ]

    assert all("DRAFT: offered to nobody" in text for text in (shown, one, of_log))
    assert "portfolio club: 1 decision for 1 customer\n" in shown
    assert "needs: member" in shown
    assert "- not chosen" not in one
    assert ["error: portfolio 'club' has no campaign 'pusch'; did you mean 'push'?\n"] * 2 == [
        outcome.error for outcome in unknown
    ]
    assert [1, 1] == [outcome.exit_code for outcome in unknown]


def test_consent_is_recorded_for_one_organization(shell: Run) -> None:
    """With several organizations one must be named; it is printed, and a purpose that nobody asks for is remarked."""
    word = ("-c", "s", "--grant", "--purpose")
    unsaid = shell("consents", "record", *word, "marketing")
    right = shell("consents", "record", *word, "marketing", "-o", "club")
    stray = shell("consents", "record", *word, "marketng", "-o", "club", "--json")

    assert (2, "error: say which --organization: club, other\n") == (unsaid.exit_code, unsaid.error)
    assert "organization: club\n" == right.error
    assert "no campaign of organization club asks for consent to marketng; they ask for marketing" in stray.error
    assert {"organization_id": "club", "status": "RECORDED"} == json.loads(stray.out)
    assert 2 == shell("consents", "show", "s").exit_code


def test_nothing_recorded_is_told(shell: Run) -> None:
    """`consents show` of a customer of whom nothing is recorded says so."""
    outcome = shell("consents", "show", "nobody", "-o", "club")

    assert (0, "") == (outcome.exit_code, outcome.out)
    assert "nothing is recorded of customer nobody in organization club" in outcome.error


def test_a_colon_in_a_consent_is_remarked(shell: Run) -> None:
    """A consent written with a colon before the channel gets a hint of the form with a slash."""
    error = shell("rank", "-c", "x", "--consent", "marketing:email=GRANTED", "--dry-run").error

    assert "purpose/channel=GRANTED, here marketing/email=GRANTED" in error


def test_faults_name_the_option(shell: Run) -> None:
    """What the service says of a field is told of the option that gave it."""
    forced = shell("rank", "-c", "x", "--forced-campaign", "push").error
    purpose = shell("rank", "-c", "x", "--consent", f"{'p' * 200}=GRANTED").error
    missing = shell("consents", "record", "-o", "club", "-c", "x", "--grant").error

    assert "--force-reason: " in forced
    assert "--consent purpose: " in purpose
    assert "  --purpose: is required" in missing
    assert "force_reason" not in forced
    assert "consents[" not in purpose


def test_no_contact_is_told_once(shell: Run) -> None:
    """Where sending nothing was chosen, neither the result nor the sentence speaks of a campaign NO_CONTACT."""
    options = ("--candidate", "NO_CONTACT", "--candidate", "push", *GRANTED)
    for number in range(40):
        name = f"nothing-{number}"
        made = json.loads(shell("rank", "-c", name, *options, "--decision-id", name, "--json").out)["decision"]
        if made["result"] == "NO_CONTACT":
            break
    shown, explained = shell("decision", name).out, shell("explain", name).out

    assert ["NO_CONTACT"] == next(line.split()[1:] for line in shown.splitlines() if line.startswith("result"))
    assert explained.startswith("No contact was drawn with probability")


def test_numbers_are_short(shell: Run) -> None:
    """Tables have numbers of four digits at most behind the point, JSON all of them."""
    shell("rank", "-c", "n", *GRANTED, "--decision-id", "short")
    draw = json.loads(shell("explain", "short", "--json").out)["explanation"]["draw"]

    assert f"{draw:.4g}" in shell("explain", "short").out
    assert str(draw) not in shell("explain", "short").out


def test_unknown_decisions_are_explained(shell: Run, tmp_path: Path) -> None:
    """Importing outcomes of customers for whom nothing was decided says what that means."""
    path = tmp_path / "orders.csv"
    path.write_text(f"customer_id,occur_time\nnew,{START.isoformat()}\n", encoding="utf-8")
    outcome = shell("reward", "--file", path, "--set", "type=CONVERSION")

    assert 0 == outcome.exit_code, outcome.error
    assert "UNKNOWN_DECISION: no decision that the outcome could be of is known" in outcome.error


def test_rules_of_a_file_for_unknown_campaigns_are_refused(shell: Run, tmp_path: Path) -> None:
    """`policies check --file` names rules for campaigns that are neither stored nor in the file."""
    customers, path = tmp_path / "customers.csv", tmp_path / "policy.toml"
    customers.write_text("customer_id\na\n", encoding="utf-8")
    rule = '[policy]\nexclusive_rules.rules = [{ campaign_id = "later", expression = "recency_days > 0" }]\n'
    path.write_text(rule, encoding="utf-8")
    unknown = shell("policies", "check", "--customers", customers, "--file", path)
    path.write_text(f'{rule}[[campaigns]]\ncampaign_id = "later"\n', encoding="utf-8")

    assert (2, "error: portfolio 'club' has no campaign 'later'\n") == (unknown.exit_code, unknown.error)
    assert 0 == shell("policies", "check", "--customers", customers, "--file", path).exit_code
