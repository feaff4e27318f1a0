"""Laws of `banditsvc apply`."""

from __future__ import annotations

from pathlib import Path

import pytest

from banditsvc.apply import ApplyError, read_desired
from banditsvc.client import Client
from banditsvc.v1 import campaign_pb2
from tests.cli.services import SHOP, Run, Service
from tests.cli.shop_files import write_shop


def test_apply_twice_has_nothing_to_do(run: Run, service: Service, tmp_path: Path) -> None:
    """The first apply creates what the file says, the second has nothing to do."""
    file = write_shop(tmp_path / "shop.toml", "twice")

    first = run("apply", file, "--yes", "--server", service.address)
    second = run("apply", file, "--yes", "--server", service.address)

    assert (0, True) == (first.exit_code, first.out.endswith("Applied 4 changes.\n"))
    assert (0, True) == (second.exit_code, second.out.endswith("Nothing to do.\n"))


def test_apply_of_the_example_is_complete(run: Run, service: Service, client: Client) -> None:
    """The example files make a portfolio with campaigns and a policy, and are in the service's own normal form."""
    run("apply", SHOP / "shop.toml", "--yes", "--server", service.address)
    assert ["new-shoes", "second-order-voucher", "spring-sale", "we-miss-you"] == [
        campaign.campaign_id for campaign in client.list_campaigns("shop")
    ]
    assert "Nothing to do." in run("apply", SHOP / "shop.toml", "--server", service.address).out


def test_difference_is_shown_field_by_field(run: Run, service: Service, client: Client, tmp_path: Path) -> None:
    """A dry run shows what would change from what to what, and changes nothing."""
    run("apply", write_shop(tmp_path / "1.toml", "differs"), "--yes", "--server", service.address)
    changed = write_shop(
        tmp_path / "2.toml", "differs", campaigns=("a", "c"), display_name="B", category="toys", epsilon=0.5
    )

    shown = run("apply", changed, "--dry-run", "--server", service.address).out

    expected = [
        "update    portfolio differs",
        "display_name: A shop -> B",
        "update    campaign a",
        "category: shoes -> toys",
        "create    campaign c",
        "deploy    policy",
        "exploration: epsilon_greedy(epsilon=0.2) -> epsilon_greedy(epsilon=0.5)",
    ]
    assert [line for line in map(str.strip, shown.splitlines()) if line in expected] == expected
    assert client.get_portfolio("differs").display_name == "A shop"


def test_unnamed_campaigns_are_paused_on_request_only(
    run: Run, service: Service, client: Client, tmp_path: Path
) -> None:
    """Campaigns that the files do not name are left alone, and paused with --prune."""
    run("apply", write_shop(tmp_path / "1.toml", "prunes"), "--yes", "--server", service.address)
    fewer = write_shop(tmp_path / "2.toml", "prunes", campaigns=("a",))

    run("apply", fewer, "--yes", "--server", service.address)
    left_alone = client.get_campaign("prunes", "b").state
    run("apply", fewer, "--yes", "--prune", "--server", service.address)

    assert left_alone == campaign_pb2.CAMPAIGN_STATE_LIVE
    assert client.get_campaign("prunes", "b").state == campaign_pb2.CAMPAIGN_STATE_PAUSED
    assert "Nothing to do." in run("apply", fewer, "--prune", "--server", service.address).out


def test_nobody_to_ask_means_no_change(run: Run, service: Service, client: Client, tmp_path: Path) -> None:
    """Without --yes and without a terminal nothing is changed."""
    outcome = run("apply", write_shop(tmp_path / "1.toml", "unasked"), "--server", service.address)

    assert (2, "error: there is nobody to ask: say --yes to make the changes\n") == (outcome.exit_code, outcome.error)
    assert "unasked" not in {portfolio.portfolio_id for portfolio in client.list_portfolios()}


def test_every_fault_of_a_file_is_named(tmp_path: Path) -> None:
    """All unknown and malformed fields of all files are named at once, each with its file."""
    one = tmp_path / "one.toml"
    one.write_text("[portfolio]\nportfolio_id = 'x'\ncurency = 'EUR'\nallow_no_contact = 1\n[polcy]\n")
    two = tmp_path / "two.toml"
    two.write_text("[[campaigns]]\ntype = 'FOO'\nfeatures = { a = [1] }\n")

    with pytest.raises(ApplyError) as error:
        read_desired([one, two])

    assert [
        f"{one}: polcy: is unknown; did you mean policy?",
        f"{one}: portfolio.curency: is unknown; did you mean currency?",
        f"{one}: portfolio.allow_no_contact: is a number, not true or false",
        f"{two}: campaigns[0].type: 'FOO' is none of GTM, CLM, TRANSACTIONAL",
        f'{two}: campaigns[0].features["a"].texts.texts[0]: is a number, not a text',
        f"{two}: portfolio_id: is missing: give [portfolio] with it, or name it before the tables",
    ] == str(error.value).splitlines()


def test_what_the_service_would_refuse_is_told_first(run: Run, service: Service, tmp_path: Path) -> None:
    """A file whose values are out of range is refused before anything is changed."""
    file = tmp_path / "bad.toml"
    file.write_text(
        "[portfolio]\nportfolio_id = 'bad'\ncurrency = 'EURO'\n[portfolio.reward_spec]\noutcome_window='1h'"
    )

    outcome = run("apply", file, "--yes", "--server", service.address)

    assert 2 == outcome.exit_code
    assert "portfolio.currency" in outcome.error
    assert "portfolio.reward_spec.weights" in outcome.error


def test_files_on_one_portfolio_are_taken_together(tmp_path: Path) -> None:
    """Campaigns may stand in files of their own; the same campaign in two files is an error."""
    shop = write_shop(tmp_path / "shop.toml", "together", campaigns=("a",))
    more = tmp_path / "more.toml"
    more.write_text("portfolio_id = 'together'\n[[campaigns]]\ncampaign_id = 'z'\n")

    (desired,) = read_desired([shop, more]).portfolios

    assert ["a", "z"] == list(desired.campaigns)
    with pytest.raises(ApplyError, match="z is given twice"):
        read_desired([shop, more, more])


def test_campaigns_of_an_unknown_portfolio_are_refused(run: Run, service: Service, tmp_path: Path) -> None:
    """Campaigns of a portfolio that neither the service nor the files know are an error."""
    file = tmp_path / "more.toml"
    file.write_text("portfolio_id = 'nowhere'\n[[campaigns]]\ncampaign_id = 'z'\n")

    outcome = run("apply", file, "--yes", "--server", service.address)

    assert 2 == outcome.exit_code
    assert "portfolio 'nowhere' does not exist: add [portfolio]" in outcome.error


def test_what_is_new_is_shown_as_the_file_says_it(run: Run, service: Service, tmp_path: Path) -> None:
    """Of a new portfolio the fields of the file are shown, spans and numbers as people write them, and no defaults."""
    file = write_shop(tmp_path / "new.toml", "new", campaigns=())

    shown = run("apply", file, "--dry-run", "--server", service.address).out

    assert [
        "create    portfolio new",
        "display_name: A shop",
        "currency: EUR",
        "reward_spec.weights[0].type: CONVERSION",
        "reward_spec.weights[0].measure: ANY",
        "reward_spec.weights[0].weight: 1",
        "reward_spec.greatest_reward: 1",
        "reward_spec.outcome_window: 1h",
        "settle_spec.required_feeds[0].type: CONVERSION",
        "sandbox: true",
        "deploy    policy",
        "exploration: epsilon_greedy(epsilon=0.2)",
        "floor: 0",
    ] == [line.strip() for line in shown.splitlines()]


def test_a_description_alone_makes_no_policy_version(
    run: Run, service: Service, client: Client, tmp_path: Path
) -> None:
    """A policy that explores as the deployed one does is unchanged, whatever its description."""
    file = write_shop(tmp_path / "shop.toml", "described")
    run("apply", file, "--yes", "--server", service.address)
    versions = len(client.list_policies("described"))
    file.write_text(file.read_text() + 'description = "why"\n')

    assert "Nothing to do." in run("apply", file, "--yes", "--server", service.address).out
    assert versions == len(client.list_policies("described"))


def test_a_change_of_currency_is_refused_by_the_dry_run(run: Run, service: Service, tmp_path: Path) -> None:
    """A dry run says that the currency is fixed and ends with exit code 1."""
    file = write_shop(tmp_path / "shop.toml", "money")
    run("apply", file, "--yes", "--server", service.address)
    file.write_text(file.read_text().replace('"EUR"', '"USD"'))

    outcome = run("apply", file, "--dry-run", "--server", service.address)

    assert (1, "error: refused: the currency of portfolio 'money' is EUR for good\n") == (
        outcome.exit_code,
        outcome.error,
    )
    assert "currency: EUR -> USD" in outcome.out
