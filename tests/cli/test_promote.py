"""Laws of `policies promote`, on a real service: a trial grows by what it brought, and ends by what it lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banditsvc.client import Client
from banditsvc.client.requests import RankArguments, RewardArguments
from tests.cli.services import Outcome, Run, Service, Start
from tests.cli.shop_files import write_shop

SHARE = 0.4
CUSTOMERS = 700
"""Salts are drawn: with so many, half an interval is .17 to .18, whoever is on trial, where .25 would do."""
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 14, tzinfo=UTC)


@pytest.fixture
def trial(start: Start, run: Run, tmp_path: Path) -> Service:
    """A service with campaign a at work and campaign b, or both, on trial."""
    service = start("--simulated-clock")
    shop = write_shop(tmp_path / "shop.toml", "shop")
    text = shop.read_text(encoding="utf-8").partition("[policy]")[0].replace('required_feeds = ["CONVERSION"]', "")
    shop.write_text(f"{text}[policy]\nfixed_priority = {{}}\n", encoding="utf-8")
    assert 0 == run("apply", shop, "--yes", "--server", service.address).exit_code
    with Client(service.address) as client:
        client.create_policy({"portfolio_id": "shop", "uniform": {}})
    assert (
        "3, on trial for 0.4"
        in run("policies", "deploy", "3", "--traffic-share", str(SHARE), "--server", service.address).out
    )
    return service


def play(service: Service, rates: dict[str, int]) -> None:
    """Has customers get a campaign, and of each so many in ten buy; then the outcome window is over."""
    with Client(service.address) as client:
        client.set_time(NOON)
        asked: list[RankArguments] = [
            {"portfolio_id": "shop", "customer_id": f"c{number}"} for number in range(CUSTOMERS)
        ]
        decisions = [one.response.decision for one in client.batch_rank(asked).results]
        bought: list[RewardArguments] = [
            {"type": "CONVERSION", "decision_id": one.decision_id, "occur_time": NOON}
            for number, one in enumerate(decisions)
            if number % 10 < rates[one.campaign_id]
        ]
        client.batch_reward(bought, "shop")
        client.set_time(LATER)


def promote(run: Run, service: Service, *options: str) -> Outcome:
    """Runs the command with limits that a small trial can meet."""
    fixed = ("--data", service.data, "--server", service.address, "--least-decisions", "100", "--precision", "0.5")
    return run("policies", "promote", *fixed, *options)


def test_a_trial_without_loss_grows_to_all(trial: Service, run: Run) -> None:
    """Where both campaigns are bought alike the policy on trial comes to decide for all.

    Looking alone changes nothing; before any reward is known it is said what is missing, and the trial goes on.
    """
    waiting = promote(run, trial)
    assert (1, True) == (waiting.exit_code, "WAIT: the policy on trial has 0 decisions" in waiting.out), waiting
    play(trial, {"a": 5, "b": 5})

    looked = promote(run, trial, "--dry-run", "--json")
    found = json.loads(looked.out)
    assert (0, "PROMOTE", 3, 1.0, False) == (
        looked.exit_code,
        found["finding"],
        found["next_policy_version"],
        found["next_share"],
        found["is_done"],
    )
    assert "on trial, 0.4" in run("policies", "list", "--server", trial.address).out
    told = run("status", "--metrics", "off", "--server", trial.address).error
    assert "shop: policy 3 is on trial for 0.4 of the customers" in told
    assert "shop: is a sandbox, no customer is to get what it decides" in told
    done = promote(run, trial)
    assert (0, True) == (done.exit_code, "policy 3 decides for all customers" in done.out), done
    with Client(trial.address) as client:
        assert 3 == client.get_policy("shop").policy.policy_version
    after = promote(run, trial)
    assert (1, "error: no policy of portfolio 'shop' is on trial\n") == (after.exit_code, after.error)


def test_a_trial_that_loses_ends(trial: Service, run: Run) -> None:
    """Where what only the policy on trial sends is never bought, the policy at work decides for all again."""
    play(trial, {"a": 7, "b": 0})

    done = promote(run, trial)

    assert (0, True) == (done.exit_code, "policy 2 decides for all customers" in done.out), done
    assert "LOSS: the difference is from -0." in done.out
    with Client(trial.address) as client:
        answer = client.get_policy("shop")
    assert (2, 0) == (answer.policy.policy_version, answer.challenger_policy_version)
