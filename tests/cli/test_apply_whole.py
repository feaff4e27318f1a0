"""Laws of `banditsvc apply` over several things: every field, checked by the service, all or nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from banditsvc.apply import ApplyError, read_desired
from banditsvc.apply.normal_form import normal_campaign, normal_organization, normal_policy
from banditsvc.client import Client
from banditsvc.v1 import policy_pb2
from tests.cli.services import SHOP, Run, Service
from tests.cli.shop_files import write_shop

EVERYTHING = """
override_reason = "tried by hand"

[organization]
organization_id = "acme"
display_name = "Acme"
time_zone = "Europe/Berlin"
default_purpose = "marketing"
capacities = [{ name = "letters", campaigns = { channels = ["letter"] }, max_contacts = 1000, period = "MONTH" }]

[[organization.contact_policy.caps]]
name = "two a week"
max_contacts = 2
window = "7d"
min_gap = "12h"
per = "CHANNEL"

[[organization.contact_policy.exclusions]]
name = "no sale after a complaint survey"
first = { kinds = ["SURVEY"] }
second = { types = ["GTM"] }
window = "3d"
one_way = true

[[organization.contact_policy.quiet_times]]
name = "night"
channels = ["sms"]
days = ["SATURDAY", "SUNDAY"]
start_time = "21:00"
end_time = 08:00:00
first_date = 2026-12-24
last_date = "2026-12-31"

[portfolio]
portfolio_id = "everything"
organization_id = "acme"
currency = "EUR"
time_zone = "Europe/Paris"
context_schema = { open_issue = "FLAG", readiness = "TEXT", visits = "NUMBER", brands = "TEXTS" }
rules = [{ name = "no open issue", expression = "not open_issue", stage = "SUITABILITY", reason = "an issue is open" }]
capacities = [{ name = "budget", max_cost = 250.0 }]
business_as_usual = { exclusive_rules = { rules = [{ campaign_id = "a", expression = "recency_days < 30" }] } }
[portfolio.reward_spec]
weights = [{ type = "CONVERSION", weight = 1.0 }]
greatest_reward = 1.0
outcome_window = "1h"
[portfolio.encoder_spec]
segment_renamed_from = { "gold" = "platinum" }

[[campaigns]]
campaign_id = "b"
renamed_from = "a"
type = "GTM"
cost = 0.02
value = 5
lever = 1.25
purpose = "offers"
placements = ["hero", "footer"]
message_fields = { template = "t1" }
rules = [{ name = "few", expression = "campaign.value <= 0.05 * monetary" }, { name = "ready", expression = "visits > 1" }]
pins = [{ name = "staff", expression = "'acme' in brands", end_time = 2026-12-24T00:00:00Z }]
[[campaigns.treatments]]
treatment_id = "playful"
subject_line = "Hello"
features = { emoji = true }
[[campaigns.treatments]]
treatment_id = "formal"
message_fields = { signature = "long" }

[[campaigns]]
campaign_id = "a"
state = "ENDED"

[policy]
square_cb = {}
limits = [{ lifecycle_stages = ["HIGH_VALUE"], max_share = 0.0 }, { campaign_ids = ["b"], max_share = 0.05 }]
"""


def test_every_field_of_a_file_is_stored(run: Run, service: Service, client: Client, tmp_path: Path) -> None:
    """A file with every kind of setting is applied whole, and a second time there is nothing to do."""
    file = tmp_path / "everything.toml"
    file.write_text(EVERYTHING)

    first = run("apply", file, "--yes", "--server", service.address)
    second = run("apply", file, "--yes", "--server", service.address)

    assert (0, True) == (first.exit_code, first.out.endswith("Applied 5 changes.\n")), first
    assert "organization_id: acme" in [line.strip() for line in first.out.splitlines()]
    assert (0, True) == (second.exit_code, second.out.endswith("Nothing to do.\n")), second
    quiet = client.get_organization("acme").contact_policy.quiet_times[0]
    assert ("21:00", "08:00", "2026-12-24", [6, 7]) == (
        quiet.start_time,
        quiet.end_time,
        quiet.first_date,
        list(quiet.days),
    )
    standing = client.get_policy("everything").policy.standing
    assert policy_pb2.CERTIFICATION_OVERRIDDEN == standing.certification
    assert "without a certificate: tried by hand" == standing.text
    stored = client.get_campaign("everything", "b")
    assert ("a", ["formal", "playful"]) == (stored.learned_as, [one.treatment_id for one in stored.treatments])


def test_a_changed_limit_is_shown_as_one_field(run: Run, service: Service, tmp_path: Path) -> None:
    """A change deep within lists of lists is shown as that field alone, and what is taken away as not set."""
    file = tmp_path / "everything.toml"
    file.write_text(EVERYTHING)
    run("apply", file, "--yes", "--server", service.address)
    changed = EVERYTHING.replace("max_contacts = 2\n", "max_contacts = 3\n").replace(
        "max_share = 0.05", "max_share = 0.1"
    )
    file.write_text(changed.replace('purpose = "offers"\n', ""))

    shown = run("apply", file, "--dry-run", "--server", service.address).out

    assert [
        "update    organization acme",
        "contact_policy.caps[0].max_contacts: 2 -> 3",
        "unchanged portfolio everything",
        "unchanged campaign a",
        "update    campaign b",
        "purpose: offers -> (not set)",
        "deploy    policy",
        "limits[1].max_share: 0.05 -> 0.1",
    ] == [line.strip() for line in shown.splitlines()]


def test_a_bad_campaign_of_one_portfolio_leaves_the_other(
    run: Run, service: Service, client: Client, tmp_path: Path
) -> None:
    """A campaign that the service refuses is named as the file names it, and nothing of any portfolio is changed."""
    fine, bad = write_shop(tmp_path / "1.toml", "whole-1"), write_shop(tmp_path / "2.toml", "whole-2")
    bad.write_text(
        bad.read_text() + "[[campaigns]]\ncampaign_id = 'c'\nrules = [{ name = 'r', expression = 'nope == 1' }]\n"
    )

    outcomes = [run("apply", fine, bad, option, "--server", service.address) for option in ("--dry-run", "--yes")]

    for outcome in outcomes:
        assert 2 == outcome.exit_code
        assert "campaign c of portfolio whole-2: rules[0].expression: rule 'r': " in outcome.error
    assert not {"whole-1", "whole-2"} & {portfolio.portfolio_id for portfolio in client.list_portfolios()}


def test_decisions_that_wait_are_told_before_a_campaign_stops(
    run: Run, service: Service, client: Client, tmp_path: Path
) -> None:
    """Apply warns how many decisions wait to be sent for campaigns that it pauses or ends."""
    run("apply", write_shop(tmp_path / "1.toml", "waits"), "--yes", "--server", service.address)
    for customer_id in ("c1", "c2"):
        client.rank(portfolio_id="waits", customer_id=customer_id, candidates=["b"], defer_activation=True)
    fewer = write_shop(tmp_path / "2.toml", "waits", campaigns=("a",))

    kept = run("apply", fewer, "--dry-run", "--server", service.address)
    pruned = run("apply", fewer, "--dry-run", "--prune", "--server", service.address)

    assert "warning" not in kept.out
    assert "warning   2 decisions wait to be sent for campaigns that this pauses or ends" in pruned.out.splitlines()


def test_an_organization_is_for_good(run: Run, service: Service, tmp_path: Path) -> None:
    """A dry run says that a portfolio stays with its organization and ends with exit code 1."""
    file = write_shop(tmp_path / "shop.toml", "stays")
    run("apply", file, "--yes", "--server", service.address)
    file.write_text(file.read_text().replace('currency = "EUR"', 'currency = "EUR"\norganization_id = "other"'))

    outcome = run("apply", file, "--dry-run", "--server", service.address)

    assert (1, "error: refused: portfolio 'stays' belongs to organization 'default' for good\n") == (
        outcome.exit_code,
        outcome.error,
    )


def test_a_file_may_be_about_organizations_alone(tmp_path: Path) -> None:
    """A file with organizations names no portfolio; without an id it is the default one, and none is given twice."""
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text("[organization]\ntime_zone = 'Europe/Rome'\n")
    two.write_text("[[organizations]]\norganization_id = 'b'\n[[organizations]]\norganization_id = 'a'\n")

    desired = read_desired([one, two])

    assert (["a", "b", "default"], []) == (list(desired.organizations), desired.portfolios)
    assert desired
    assert not read_desired([])
    with pytest.raises(ApplyError, match="default is given twice"):
        read_desired([one, one])


DOCUMENTED = [
    found[1]
    for page in ("portfolio.md", "campaigns.md")
    for found in re.finditer(
        r"^```toml\n(.*?)^```", (SHOP.parent.parent / "docs" / page).read_text(), re.MULTILINE | re.DOTALL
    )
]


@pytest.mark.parametrize("text", DOCUMENTED, ids=lambda text: text.splitlines()[0])
def test_every_example_of_a_file_can_be_applied(text: str, tmp_path: Path) -> None:
    """What docs/portfolio.md and docs/campaigns.md show has the fields that there are, with values that the service takes."""
    file = tmp_path / "example.toml"
    is_named = "\nportfolio_id" in text or not any(f"[{name}" in text for name in ("portfolio", "[campaigns", "policy"))
    file.write_text(text if is_named else f"portfolio_id = 'docs'\n{text}")

    desired = read_desired([file])

    for organization in desired.organizations.values():
        normal_organization(organization)
    for portfolio in desired.portfolios:
        for campaign in portfolio.campaigns.values():
            normal_campaign(campaign)
        if portfolio.policy is not None:
            normal_policy(portfolio.policy)
