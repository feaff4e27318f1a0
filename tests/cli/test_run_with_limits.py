"""A run with limits on a real service, killed in the middle: its prices, and what Rank and plans make of them."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from banditsvc.client import Client
from banditsvc.core.contact_policy import CampaignSelector, Capacity
from banditsvc.core.volume_minimum import VolumeMinimum
from tests.audience.run_shop import parts_of, write_customers
from tests.audience.test_run_prices import make_learned_shop
from tests.cli.killed_run import kill_after_first_part
from tests.cli.services import Outcome, Run, Start

_MANY = 100_000
"""Rows that make two parts."""
_FEW = 40
_SEND_TIME = f"--send-time={datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:00:00Z}"


def _prices_of(client: Client, customer_id: str) -> dict[str, float]:
    """Returns what prices take from each campaign that Rank has for a customer."""
    decision = client.rank(portfolio_id="shop", customer_id=customer_id).decision
    explanation = client.get_decision(decision.decision_id, explain=True).explanation
    return {one.campaign_id: one.price for one in explanation.campaigns}


def test_a_killed_run_goes_on_by_its_prices_and_rank_takes_them_up(start: Start, run: Run, tmp_path: Path) -> None:
    """Killed after its first part and started again, a run has the bytes and prices of a plan that nobody killed.

    Rank has none before the first run, and those of the run while it is under way and after it. A plan that was made before
    the run and takes nothing that is limited is sent all the same; the run's prices, which are newer, stay at work.
    """
    make_learned_shop(
        tmp_path / "data",
        capacities=[
            Capacity(name="few", campaigns=CampaignSelector(campaign_ids=("sale", "winback")), max_contacts=30_000)
        ],
        minimums=[VolumeMinimum(name="news", campaigns=CampaignSelector(campaign_ids=("news",)), min_share=0.7)],
    )
    service = start("--no-learner")
    place = ("--portfolio=shop", f"--data={service.data}", f"--server={service.address}")
    few = write_customers(tmp_path / "few.parquet", _FEW)
    many = write_customers(tmp_path / "many.parquet", _FEW + _MANY, order=range(_FEW, _FEW + _MANY))
    free = ("--exclude=sale", "--exclude=winback", "--input", few)

    def told(*arguments: str | Path) -> Outcome:
        outcome = run("rank-audience", *place, _SEND_TIME, *arguments)
        assert 0 == outcome.exit_code, outcome.error
        return outcome

    options = ("--run-id=night", "--input", many, "--json")
    command = [str(one) for one in (sys.executable, "-m", "banditsvc", "rank-audience", *place, _SEND_TIME, *options)]
    with Client(service.address) as client:
        before = _prices_of(client, "x1")
        told("--run-id=early", "--plan", tmp_path / "early", *free)
        told("--run-id=late", "--plan", tmp_path / "late", *free)
        planned = json.loads(told(*options, "--plan", tmp_path / "plan").out)
        run("rank-audience", *place[1:], "--commit", tmp_path / "early")
        of_plan = client.get_prices("shop").prices.run_id

        parts = service.data / "audience" / "night"
        kill_after_first_part(command, parts)
        during = _prices_of(client, "x2")
        resumed = json.loads(told(*options).out)
        after = _prices_of(client, "x3")
        told_late = run("rank-audience", *place[1:], "--commit", tmp_path / "late")
        in_force = client.get_prices("shop")

    assert {0.0} == set(before.values())
    assert "early" == of_plan
    assert parts_of(tmp_path / "plan") == parts_of(parts)
    assert planned["limits"] == resumed["limits"]
    assert 1 == resumed["kept_parts"]
    assert _MANY == resumed["decisions"]
    most, least = resumed["limits"]
    assert (True, True) == (most["is_met"], least["is_met"])
    assert 0.7 * sum(resumed["contacts"].values()) <= resumed["contacts"]["news"]
    taken = {one.campaign_id: one.price for one in in_force.campaigns}
    assert taken["news"] < 0.0 < taken["sale"]
    assert {"NO_CONTACT": 0.0, "news": taken["news"]} == during
    assert {name: taken.get(name, 0.0) for name in after} == after
    assert 0 == told_late.exit_code, told_late.error
    assert ("night", True) == (in_force.prices.run_id, in_force.in_force)
