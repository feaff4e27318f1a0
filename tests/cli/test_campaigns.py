"""Laws of `campaigns` and of the warnings that `apply` shows."""

from __future__ import annotations

import json
from pathlib import Path

from banditsvc.client import Client
from tests.cli.services import SHOP, Run
from tests.cli.shop_files import write_shop

DATED = """
[[campaigns]]
campaign_id = "dated"
type = "GTM"
channel = "email"
start_time = 2026-01-01T00:00:00Z
end_time = 2027-01-01T00:00:00Z
treatments = [{ treatment_id = "x" }, { treatment_id = "y" }]
"""


def test_the_catalogue_is_listed_and_shown(shell: Run, tmp_path: Path) -> None:
    """`campaigns list` has a line for each campaign, and `campaigns show` a line for each field that is set."""
    file = write_shop(tmp_path / "shop.toml", "listed")
    file.write_text(file.read_text() + DATED)
    shell("apply", file, "--yes")

    listed = shell("campaigns", "list", "-p", "listed").out.splitlines()
    shown = shell("campaigns", "show", "dated", "-p", "listed").out.splitlines()
    of_json = json.loads(shell("campaigns", "show", "dated", "-p", "listed", "--json").out)

    assert ["campaign", "state", "type", "channel", "start", "end", "treatments"] == listed[0].split()
    assert ["dated", "LIVE", "GTM", "email", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2"] == listed[3].split()
    assert ["a", "LIVE", "0"] == listed[1].split()
    assert {"campaign_id = dated", "type = GTM", "treatments[1].treatment_id = y"} <= set(shown)
    assert "dated" == of_json["campaign_id"]
    assert 3 == len(json.loads(shell("campaigns", "list", "-p", "listed", "--json").out)["campaigns"])


def test_pausing_lists_what_waits_to_be_sent(shell: Run, client: Client, tmp_path: Path) -> None:
    """`campaigns pause` stops a campaign and writes the decisions for it that wait, with their number."""
    shell("apply", write_shop(tmp_path / "shop.toml", "paused"), "--yes")
    for decision_id in ("w1", "w2"):
        client.rank(
            portfolio_id="paused",
            customer_id=decision_id,
            decision_id=decision_id,
            candidates=["b"],
            defer_activation=True,
        )

    outcome = shell("campaigns", "pause", "b", "-p", "paused")
    again = json.loads(shell("campaigns", "pause", "b", "-p", "paused", "--json").out)

    assert (["w1", "w2"], "Paused b: 2 decisions wait to be sent.\n") == (outcome.out.split(), outcome.error)
    assert ("PAUSED", 2) == (again["campaign"]["state"], again["unsent_count"])
    unknown = shell("campaigns", "pause", "nope", "-p", "paused")
    assert (1, "error: campaign 'nope' does not exist\n") == (unknown.exit_code, unknown.error)


def test_what_may_be_a_mistake_is_told_before_it_is_stored(shell: Run, tmp_path: Path) -> None:
    """Apply shows the service's warnings, also in a dry run; the example of a shop has none."""
    file = write_shop(tmp_path / "shop.toml", "warned")
    cap = "{ name = 'promos', campaigns = { families = ['cupons'] }, min_gap = '1d' }"
    file.write_text(
        file.read_text().replace("[portfolio.rew", f"[portfolio.contact_policy]\ncaps = [{cap}]\n[portfolio.rew")
    )

    outcomes = [shell("apply", file, option).out for option in ("--dry-run", "--yes")]

    consent = (
        "campaigns a, b of portfolio 'warned' need no consent: they name no purpose and organization 'default' has "
        "no default_purpose"
    )
    for out in outcomes:
        assert [
            consent,
            "cap 'promos' of portfolio 'warned' matches no campaign: families 'cupons'",
        ] == [line.removeprefix("warning   ") for line in out.splitlines() if line.startswith("warning")]
    assert "warning" not in shell("apply", SHOP / "shop.toml", "--dry-run").out


def test_an_organization_that_is_missing_comes_with_the_remedy(shell: Run, tmp_path: Path) -> None:
    """A new portfolio of an organization that neither exists nor is in the files is refused with what to add."""
    file = write_shop(tmp_path / "shop.toml", "orphan")
    file.write_text(file.read_text().replace('currency = "EUR"', 'currency = "EUR"\norganization_id = "nowhere"'))

    outcome = shell("apply", file, "--dry-run")

    assert 2 == outcome.exit_code
    told = "portfolio orphan: organization_id: organization 'nowhere' does not exist: add [organization]"
    assert told in outcome.error


def test_a_share_of_nothing_is_shown_and_must_be_said(shell: Run, tmp_path: Path) -> None:
    """A limit without max_share is refused, and one of 0 is in the difference."""
    file = write_shop(tmp_path / "shop.toml", "limited")
    text = file.read_text()
    file.write_text(f"{text}limits = [{{ segments = ['gold'] }}]\n")
    refused = shell("apply", file, "--dry-run")
    file.write_text(f"{text}limits = [{{ segments = ['gold'], max_share = 0 }}]\n")
    shown = shell("apply", file, "--dry-run")

    assert (2, True) == (refused.exit_code, "max_share: is required; say 0 for none" in refused.error)
    assert "limits[0].max_share: 0" in [line.strip() for line in shown.out.splitlines()]


def test_a_table_of_a_wrong_name_comes_with_a_hint(shell: Run, tmp_path: Path) -> None:
    """A table that a file does not have is told with what was meant, or with the table that it belongs in."""
    file = tmp_path / "file.toml"
    file.write_text("[[campaign]]\ncampaign_id = 'a'\n[contact_policy]\n")

    told = shell("apply", file).error

    assert "campaign: is unknown; did you mean campaigns?" in told
    assert "contact_policy: is unknown here; it belongs in [portfolio] or [organization]" in told
