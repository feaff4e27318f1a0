"""Laws of `banditsvc rank-audience`, with a real service, real worker processes and real kills."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from banditsvc.app import LOG_FILE
from banditsvc.audience.plan import last_run_parts
from banditsvc.client import BanditsvcError, Client
from banditsvc.store import SqliteLog
from banditsvc.v1.audience_pb2 import AUDIENCE_RUN_STATE_ENDED, AUDIENCE_RUN_STATE_LAPSED
from tests.audience.run_shop import parts_of
from tests.cli.killed_run import kill_after_first_part
from tests.cli.services import SHOP, Outcome, Run, Service, Start, start_service, stop_service
from tests.store.build import outcome

_MANY = 100_000
"""Rows that make two parts."""
_SEND_TIME = f"--send-time={datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:00:00Z}"
_TERMS = ("--portfolio=shop", "--run-id=night", "--occasion=night", _SEND_TIME)
_ROOM_BYTES = 1 << 18


def _customers(path: Path, rows: int, first: int = 0) -> Path:
    numbers = np.arange(first, first + rows)
    columns = {
        "customer_id": [f"c{number}" for number in numbers],
        "recency_days": (numbers % 90).astype(np.float64),
        "segment": [("family", "single", None)[number % 3] for number in numbers],
    }
    pq.write_table(pa.table(columns), path)
    return path


def _command(service: Service, *arguments: str | Path) -> list[str]:
    whole = [sys.executable, "-m", "banditsvc", "rank-audience", "--data", service.data, *arguments]
    return [str(one) for one in [*whole, "--server", service.address]]


def _limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM_BYTES, _ROOM_BYTES))


def test_a_run_goes_on_after_a_full_disk_and_a_kill(start: Start, tmp_path: Path) -> None:
    """A run that found no room, and then was killed in the middle, gives what an uninterrupted one gives.

    No customer is decided twice, none is left out, and the parts have the bytes that a plan had.
    """
    service = start(f"--apply={SHOP / 'shop.toml'}", "--no-learner")
    source = _customers(tmp_path / "customers.parquet", _MANY)
    run = _command(service, "--input", source, *_TERMS, "--json")

    planned = subprocess.run([*run, "--plan", str(tmp_path / "plan")], capture_output=True, text=True, check=False)
    full = subprocess.run(run, capture_output=True, text=True, preexec_fn=_limit_files, check=False)
    parts = service.data / "audience" / "night"
    kill_after_first_part(run, parts)
    resumed = subprocess.run(run, capture_output=True, text=True, check=False)

    assert (0, "") == (planned.returncode, planned.stderr.replace(_sent_nothing(tmp_path / "plan"), ""))
    assert 1 == full.returncode
    assert "File too large" in full.stderr
    assert "make room and run the same command again" in full.stderr
    assert 0 == resumed.returncode, resumed.stderr
    answer = json.loads(resumed.stdout)
    assert (_MANY, _MANY, 2) == (answer["customers"], answer["decisions"], answer["parts"])
    assert parts_of(tmp_path / "plan") == parts_of(parts)
    with closing(SqliteLog(service.data / LOG_FILE, read_only=True)) as log:
        assert _MANY == log.count_decisions("shop", 0)


def _sent_nothing(plan: Path) -> str:
    return f"nothing is sent: look at {plan / 'plan.html'}, then send it with rank-audience --commit {plan}\n"


_PORTFOLIO = {
    "currency": "EUR",
    "sandbox": True,
    "reward_spec": {
        "weights": [{"type": "CONVERSION", "measure": "ANY", "weight": 1.0}],
        "greatest_reward": 1.0,
        "outcome_window": "1h",
    },
    "contact_policy": {"caps": [{"name": "one a week", "max_contacts": 1, "window": "7d"}]},
}


@pytest.fixture(scope="module")
def real_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with portfolios whose contacts are limited."""
    started = start_service(tmp_path_factory.mktemp("audience"), "--no-learner")
    with Client(started.address) as client:
        for portfolio_id, room in (("limited", 40), ("planned", 10)):
            capacities = [{"name": "few", "max_contacts": room}]
            client.create_portfolio({**_PORTFOLIO, "portfolio_id": portfolio_id, "capacities": capacities})
            for campaign_id in ("boots", "dresses"):
                fields = {"subject": f"See our {campaign_id}"}
                client.create_campaign(
                    portfolio_id, {"campaign_id": campaign_id, "channel": "email", "message_fields": fields}
                )
    yield started
    assert stop_service(started) == 0


@pytest.fixture
def limited(run: Run, real_time: Service) -> Run:
    """Runs the command for the portfolio with limits."""

    def run_here(*arguments: str | Path) -> Outcome:
        return run(
            "rank-audience", "--workers=1", f"--data={real_time.data}", f"--server={real_time.address}", *arguments
        )

    return run_here


@pytest.fixture
def live(real_time: Service) -> Iterator[Client]:
    with Client(real_time.address) as client:
        yield client


def test_decisions_of_a_run_are_decisions(
    limited: Run, run: Run, live: Client, real_time: Service, tmp_path: Path
) -> None:
    """Each customer's decision is in the log by the run's id and row, Rank repeats it, caps and capacity have held, and
    what the lists say was sent can be told back.
    """
    source = _customers(tmp_path / "customers.parquet", 30)
    lists = tmp_path / "lists"
    options = ("--portfolio=limited", "--run-id=first", "--occasion=first", "--input", source)

    answer = limited(*options, "--lists", lists, "--defer", "--json")
    told = run("activate", "--file", lists / "email.csv", "--set", "state=SENT", "--server", real_time.address)
    again = limited("--portfolio=limited", "--run-id=second", "--input", source, "--json")
    live.begin_audience_run({"portfolio_id": "limited", "run_id": "empty"})
    live.end_audience_run("limited", "empty")
    folder = real_time.data / "audience" / "first"
    for one in ("part-00000.parquet", "part-00000.index.arrow"):
        shutil.copyfile(folder / one, folder / one.replace("00000", "00001"))
    relisted = limited(*options, "--lists", tmp_path / "again", "--defer")

    assert 0 == answer.exit_code, answer.error
    found = json.loads(answer.out)
    assert (30, 30, 30) == (found["customers"], found["decisions"], sum(found["contacts"].values()))
    decision = live.get_decision(decision_id="first/0").decision
    repeated = live.rank(portfolio_id="limited", customer_id=decision.customer_id, occasion="first")
    assert repeated.is_replay
    assert decision.decision_id == repeated.decision.decision_id == "first/0"
    assert 0 == told.exit_code, told.error
    listed = pa_csv.read_csv(lists / "email.csv").to_pylist()
    assert sorted(f"first/{row}" for row in range(30)) == sorted(line["decision_id"] for line in listed)
    assert all(line["subject"] == f"See our {line['campaign_id']}" for line in listed)
    # What is finished and not in the log was never decided, and a run without parts is none to compare with.
    assert 0 == relisted.exit_code, relisted.error
    assert (lists / "email.csv").read_bytes() == (tmp_path / "again" / "email.csv").read_bytes()
    assert "second" == last_run_parts(real_time.data, "limited", "")[0]
    # They have had their contact of the week.
    assert 0 == sum(json.loads(again.out)["contacts"].values())


def test_a_plan_is_sent_as_it_is_or_not_at_all(limited: Run, live: Client, real_time: Service, tmp_path: Path) -> None:
    """A plan sends nothing until it is committed, and then exactly what it says; a stale one says what has changed."""
    source = _customers(tmp_path / "customers.parquet", 40, first=1_000)
    options = ("--portfolio=planned", "--input", source, _SEND_TIME)
    first, second = tmp_path / "first", tmp_path / "second"

    made = limited(*options, "--run-id=plan-a", "--plan", first, "--json")
    other = limited(*options, "--run-id=plan-b", "--plan", second)
    before = [run.run_id for run in live.list_audience_runs("planned")]
    sent = limited("--commit", first, "--lists", tmp_path / "lists", "--json")
    boots = next(one for one in live.list_campaigns("planned") if one.campaign_id == "boots")
    boots.lever = 1.5
    live.update_campaign("planned", boots)
    live.pause_campaign("planned", "boots")
    stale = limited("--commit", second)
    twice = limited(*options, "--run-id=plan-a", "--plan", first)
    again = limited("--commit", first, "--lists", tmp_path / "again", "--json")
    ended = limited("--commit", first, "--portfolio=planned")
    broken = {}
    for name in ("part-00000.parquet", "part-00000.index.arrow", "counters-00000.arrow"):
        whole = (second / name).read_bytes()
        (second / name).write_bytes(whole[:99] + bytes([whole[99] ^ 1]) + whole[100:])
        broken[name] = limited("--commit", second)
        (second / name).write_bytes(whole)

    assert (0, 0, 0) == (made.exit_code, other.exit_code, sent.exit_code), made.error + other.error + sent.error
    contacts = json.loads(made.out)["contacts"]
    assert sum(contacts.values()) == 10, "there is no room for more"
    assert "plan-a" not in before
    assert contacts == json.loads(sent.out)["contacts"]
    assert parts_of(first) == parts_of(real_time.data / "audience" / "plan-a")
    page = (first / "plan.html").read_text("utf-8")
    assert all(words in page for words in ("What run plan-a will send", "Budgets and volumes", "few", "CAPACITY"))
    table = pq.read_table(first / "plan.parquet")
    assert 40 == sum(table.column("customers").to_pylist())
    assert 2 == stale.exit_code
    assert "campaign boots: lever was 1.0, and is 1.5" in stale.error
    assert "campaign boots: state was LIVE, and is PAUSED" in stale.error
    assert "capacity few: the plan takes more than is left of it" in stale.error
    assert "contacts or consents of 10 customers of the plan have changed" in stale.error
    assert "in another directory and with another --run-id" in stale.error
    assert 2 == twice.exit_code
    assert f"{first} has a plan already" in twice.error
    assert (0, 0) == (again.exit_code, ended.exit_code), again.error + ended.error
    assert "run plan-a has ended with 40 decisions already: there was nothing to do but its lists" in again.error
    assert "run plan-a has ended with 40 decisions already: there was nothing to do\n" in ended.error
    assert (tmp_path / "lists" / "email.csv").read_bytes() == (tmp_path / "again" / "email.csv").read_bytes()
    for name, refused in broken.items():
        assert 2 == refused.exit_code
        assert f"{second / name} is not what was planned" in refused.error
    assert "plan-b" not in [one.run_id for one in live.list_audience_runs("planned")]
    with pytest.raises(BanditsvcError, match="plan-b/0"):
        live.get_decision(decision_id="plan-b/0")


def test_a_plan_goes_on_from_where_it_ended(limited: Run, live: Client, tmp_path: Path) -> None:
    """A plan that was ended is finished by the same command, to the same bytes, for the time of its beginning."""
    live.create_portfolio({**_PORTFOLIO, "portfolio_id": "ended"})
    live.create_campaign("ended", {"campaign_id": "boots"})
    plan = tmp_path / "plan"
    source = _customers(tmp_path / "customers.parquet", 40)
    options = ("--portfolio=ended", "--run-id=plan-ended", "--input", source, "--plan", plan)

    made = limited(*options)
    parts, page = parts_of(plan), (plan / "plan.html").read_bytes()
    (plan / "plan.json").unlink()  # written last
    other = limited(*options, "--defer")
    again = limited(*options)

    assert (0, 2, 0) == (made.exit_code, other.exit_code, again.exit_code), made.error + again.error
    assert "has the beginning of another plan: repeat its options" in other.error
    assert parts == parts_of(plan)
    assert page == (plan / "plan.html").read_bytes()


def _prolonged(data: Path) -> Path:
    """Gives a data directory's log some more records."""
    with closing(SqliteLog(data / LOG_FILE)) as log:
        log.append([outcome(f"later-{number}") for number in range(100)], log.watermark().time_us + 1)
    return data


def test_a_run_outlives_a_wrong_data_directory(limited: Run, live: Client, real_time: Service, tmp_path: Path) -> None:
    """With a copy of the data directory that lacks the run, however long its log is, it is refused, gives its lease back,
    and can go on.
    """
    source = _customers(tmp_path / "customers.parquet", 20, first=2_000)
    options = ("--portfolio=planned", "--run-id=strayed", _SEND_TIME, "--input", source)
    copied = shutil.copytree(real_time.data, tmp_path / "copy")
    refused = limited(*options, f"--data={copied}")
    longer = _prolonged(copied)
    refused_too = limited(*options, f"--data={longer}")
    state = live.get_audience_run("planned", "strayed").state
    gone_on = limited(*options, "--json")

    assert (2, 2) == (refused.exit_code, refused_too.exit_code)
    assert "is not the data directory of the service" in refused.error
    assert "is not the data directory of the service" in refused_too.error
    assert AUDIENCE_RUN_STATE_LAPSED == state
    assert 0 == gone_on.exit_code, gone_on.error
    assert 20 == json.loads(gone_on.out)["decisions"]


def test_limits_that_cannot_be_met_hold_nobody_up(limited: Run, live: Client, tmp_path: Path) -> None:
    """A run whose limits no choice can meet says so and frees its lease; a plan says to make another."""
    minimums = [{"name": "all", "campaigns": {"campaign_ids": ["boots"]}, "min_contacts": 50}]
    live.create_portfolio({**_PORTFOLIO, "portfolio_id": "unmet", "minimums": minimums})
    live.create_campaign("unmet", {"campaign_id": "boots"})
    options = ("--portfolio=unmet", "--input", _customers(tmp_path / "customers.parquet", 40))

    planned = limited(*options, "--run-id=unmet-plan", "--plan", tmp_path / "plan")
    refused = limited(*options, "--run-id=unmet")

    assert (2, 2) == (planned.exit_code, refused.exit_code)
    assert "boots): can be 40" in refused.error
    assert "The run has ended without a decision: change the limits" in refused.error
    assert "make the plan in another directory" in planned.error
    assert [AUDIENCE_RUN_STATE_ENDED] == [run.state for run in live.list_audience_runs("unmet")]


def test_a_missed_minimum_is_a_warning(limited: Run, live: Client, tmp_path: Path) -> None:
    """Where a policy that knows nothing yet misses a minimum, plan, page, commit and run say so in words, and decide."""
    minimums = [{"name": "vendor", "campaigns": {"campaign_ids": ["boots"]}, "min_contacts": 39}]
    live.create_portfolio({**_PORTFOLIO, "portfolio_id": "missed", "minimums": minimums})
    for campaign_id in ("boots", "dresses"):
        live.create_campaign("missed", {"campaign_id": campaign_id})
    source = _customers(tmp_path / "customers.parquet", 40, first=3_000)
    options = ("--portfolio=missed", "--input", source, "--json")

    planned = limited(*options, "--run-id=missed-plan", "--plan", tmp_path / "plan")
    sent = limited("--commit", tmp_path / "plan", "--json")
    more = _customers(tmp_path / "more.parquet", 40, first=4_000)
    ran = limited("--portfolio=missed", "--input", more, "--run-id=missed-run")

    assert (0, 0, 0) == (planned.exit_code, sent.exit_code, ran.exit_code), ran.error
    words = "minimum 'vendor' is missed: it asks for at least 39 contacts (counting campaign boots), and there are "
    for answer in (planned, sent):
        (limit,) = json.loads(answer.out)["limits"]
        assert (True, 39.0) == (limit["is_missed"], limit["bound"])
        assert limit["used"] == json.loads(answer.out)["contacts"]["boots"]
        assert f"warning   {words}{limit['used']:.0f}" in answer.error
    assert words in ran.error
    assert "MISSED" in ran.out
    page = (tmp_path / "plan" / "plan.html").read_text("utf-8")
    assert "Minimum &#39;vendor&#39; is missed" in page
    assert "limits cost" in page


def test_a_bad_row_stops_before_the_run_begins(limited: Run, live: Client, tmp_path: Path) -> None:
    """By default a bad row stops the command before it takes the lease; told to, it goes on without such rows."""
    source = tmp_path / "customers.csv"
    source.write_text("customer_id,recency_days,candidates\nx1,3,boots\nx2,never,\nx3,1,bots\nx4,2,\nx4,2,\n")
    options = ("--portfolio=limited", "--run-id=bad", "--input", source)

    stopped = limited(*options)
    runs = [run.run_id for run in live.list_audience_runs("limited")]
    rejected = limited(*options, "--on-bad-row=reject", "--json")
    nobody = tmp_path / "nobody.csv"
    nobody.write_text("customer_id,recency_days\n")
    empty = limited("--portfolio=limited", "--run-id=nobody", "--input", nobody, "--json")

    assert 2 == stopped.exit_code
    assert "row 3: recency_days: 'never' must be a number from 0 to 36,500" in stopped.error
    assert "bad" not in runs
    assert 0 == rejected.exit_code
    assert f"{nobody} has no customers: was it written whole?" in empty.error
    assert 0 == json.loads(empty.out)["decisions"]
    assert (1, 4) == (json.loads(rejected.out)["decisions"], json.loads(rejected.out)["rejected"])
    reasons = (tmp_path / "customers.csv.rejects.csv").read_text("utf-8")
    assert "names bots, which the catalogue lacks" in reasons
    assert 2 == reasons.count("x4 is in row")


def test_options_that_do_not_go_together_are_refused(limited: Run, tmp_path: Path) -> None:
    """Without an input, with a run id that is none, or where a plan is made and sent at once, nothing is done."""
    source = _customers(tmp_path / "customers.parquet", 1)
    for options, reason in (
        ((), "--input names the customers"),
        (("--plan", tmp_path, "--commit", tmp_path), "do not go together"),
        (("--input", source, "--commit", tmp_path), "the plan has --input already: leave that out"),
        (
            ("--commit", tmp_path, "--run-id=other", "--exclude=boots", "--defer"),
            "has --run-id, --exclude, --defer already",
        ),
        (("--input", source, "--plan", tmp_path, "--lists", tmp_path), "--lists belongs to --commit"),
        (("--commit", tmp_path), "make a plan with rank-audience --plan"),
        (("--input", source, "--run-id=Monday Night"), "'Monday Night' is no run id"),
        (("--input", tmp_path / "none.parquet"), "none.parquet"),
        (
            ("--input", source, "--exclude=bots"),
            "limited has no such campaign (did you mean boots?); nothing was decided",
        ),
        (
            ("--input", source, "--channel=Email"),
            "limited has no campaign on this channel (did you mean email?); nothing was decided",
        ),
    ):
        answer = limited("--portfolio=limited", *options)
        assert 2 == answer.exit_code
        assert reason in answer.error
