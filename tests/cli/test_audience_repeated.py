"""Laws of `banditsvc rank-audience` where it is repeated or decides for nobody, with a real service."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from banditsvc.client import Client
from banditsvc.v1 import audience_pb2 as pb
from tests.audience.run_shop import write_customers
from tests.cli.services import SHOP, Outcome, Run, Service, Start

_GOES_ON = "should it break off, the same command with --run-id"


@pytest.fixture
def service(start: Start) -> Service:
    return start(f"--apply={SHOP / 'shop.toml'}", "--no-learner")


@pytest.fixture
def ranked(run: Run, service: Service) -> Run:
    """Runs the command for the shop."""

    def run_here(*arguments: str | Path) -> Outcome:
        return run("rank-audience", f"--data={service.data}", f"--server={service.address}", *arguments)

    return run_here


def test_a_run_that_has_ended_is_done_once_it_has_decided_for_all(
    ranked: Run, service: Service, tmp_path: Path
) -> None:
    """The same command again has nothing to do; for another audience, or after less than all of it, it is refused."""
    source = write_customers(tmp_path / "customers.parquet", 30)
    options = ("--run-id=night", "--occasion=night", "--workers=1")
    first = ranked("--input", source, *options, "--json")
    again = ranked("--input", source, *options, "--json")
    other = ranked("--input", write_customers(tmp_path / "others.parquet", 31), *options)
    with Client(service.address) as client:
        client.begin_audience_run({"portfolio_id": "shop", "run_id": "cut", "occasion": "night"})
        client.end_audience_run("shop", "cut")
    cut = ranked("--input", source, "--run-id=cut", "--occasion=night", "--workers=1")
    unknown = ranked("--input", source, "--portfolio=none", "--server=127.0.0.1:1")

    assert (0, 0, 2, 2) == (first.exit_code, again.exit_code, other.exit_code, cut.exit_code), again.error
    assert "run night has ended with 30 decisions already: there was nothing to do\n" in again.error
    before, after = json.loads(first.out), json.loads(again.out)
    assert before.keys() == after.keys()
    assert [before[name] for name in ("decisions", "contacts")] == [after[name] for name in ("decisions", "contacts")]
    assert "is of another audience: it was begun with 30 customers, and now there are 31" in other.error
    assert "run cut has ended with 0 decisions, which are not all of this audience" in cut.error
    assert "a run of another --run-id passes those over who have a decision for night" in cut.error
    assert f"run night: {_GOES_ON} night goes on" in first.error
    assert not any(_GOES_ON in one.error for one in (again, other, cut, unknown))


def test_nobody_to_decide_for_is_said_and_why(ranked: Run, tmp_path: Path) -> None:
    """Where all customers have a decision for the occasion, a run, a plan and its commit say that nobody was decided for."""
    source = write_customers(tmp_path / "customers.parquet", 30)
    options = ("--input", source, "--occasion=night", "--workers=1")
    first = ranked(*options, "--run-id=first")
    ran = ranked(*options, "--run-id=second")
    planned = ranked(*options, "--run-id=third", "--plan", tmp_path / "plan")
    sent = ranked("--commit", tmp_path / "plan")
    again = ranked("--commit", tmp_path / "plan")
    ran_again = ranked(*options, "--run-id=second")

    reason = "nobody was decided for: 30 rows were passed over, as they have a decision for night"
    assert "nobody" not in first.error
    assert [True, True] == [reason in one.error for one in (ran, planned)]
    assert (0, f"nobody was decided for in {tmp_path / 'plan'}: nothing was sent\n") == (sent.exit_code, sent.error)
    for one, run_id in ((again, "third"), (ran_again, "second")):
        assert 0 == one.exit_code, one.error
        assert f"run {run_id} has ended with 0 decisions already: there was nothing to do" in one.error


def test_a_plan_is_sent_already_only_by_a_run_that_has_its_parts(ranked: Run, service: Service, tmp_path: Path) -> None:
    """A run of the plan's name that ended with less or with other decisions has not sent it; nor is a plan sent for another
    portfolio.
    """
    send_time = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    options = ("--workers=1", f"--send-time={send_time.isoformat()}")
    plans = {}
    for name, run_id, rows in (("one", "night", 30), ("two", "night", 20), ("cut", "cut", 20)):
        plans[name] = tmp_path / name
        source = write_customers(tmp_path / f"{name}.parquet", rows)
        made = ranked("--input", source, f"--run-id={run_id}", *options, "--plan", plans[name])
        assert 0 == made.exit_code, made.error
    asked = pb.AudienceRun(portfolio_id="shop", run_id="cut")
    asked.send_time.FromDatetime(send_time)

    astray = ranked("--commit", plans["one"], "--portfolio=none")
    sent = ranked("--commit", plans["one"], "--portfolio=shop")
    other = ranked("--commit", plans["two"])
    with Client(service.address) as client:
        client.begin_audience_run(asked)
        client.end_audience_run("shop", "cut")
    cut = ranked("--commit", plans["cut"])

    assert (2, 0, 2, 2) == (astray.exit_code, sent.exit_code, other.exit_code, cut.exit_code), sent.error
    assert f"{plans['one']} is a plan of portfolio shop, and --portfolio names none: nothing was sent" in astray.error
    assert "run night has ended with 30 decisions, which are not those of the plan\nMake it anew" in other.error
    assert "run cut has ended with 0 decisions, and the rest of the plan was not sent\nMake it anew" in cut.error
