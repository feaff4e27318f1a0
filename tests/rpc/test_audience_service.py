"""AudienceService over a real connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client
from banditsvc.client.requests import RankArguments
from banditsvc.core.audience_part import part_name
from banditsvc.store import SqliteLog
from banditsvc.v1 import audience_pb2, decision_pb2
from tests.rpc.audience_shop import CUSTOMERS, begin, commit, open_limited_shop, written
from tests.rpc.live import LEASE_SECONDS, START_SECONDS, Live
from tests.rpc.messages import portfolio
from tests.store.audience_files import canonical

NOW = datetime.fromtimestamp(START_SECONDS, UTC)
LEASE = timedelta(seconds=LEASE_SECONDS)
LIMITED = {"sale": "CONTACT_POLICY", "winback": "CAPACITY"}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A service with one campaign that a cap limits, one that a capacity does, and one without limits."""
    log = SqliteLog(tmp_path / "log.db")
    with Live(log=log, directory=tmp_path) as service:
        open_limited_shop(service)
        yield service
    log.close()


@pytest.fixture
def client(live: Live) -> Iterator[Client]:
    """A client of that service."""
    with Client(live.address) as connected:
        yield connected


def refused(call: Callable[[], object]) -> tuple[str, str]:
    """Returns the name of the code and the reason with which a call is refused."""
    with pytest.raises(BanditsvcError) as caught:
        call()
    return caught.value.code.name, caught.value.reason


def rejections(client: Client, customer_id: str) -> dict[str, tuple[str, str]]:
    """Returns stage and rule of each campaign that a customer cannot get."""
    found = client.rank(portfolio_id="shop", customer_id=customer_id, dry_run=True).decision.rejections
    stage = decision_pb2.FunnelStage
    return {one.campaign_id: (stage.Name(one.stage).removeprefix("FUNNEL_STAGE_"), one.rule) for one in found}


def test_a_run_from_its_beginning_to_its_end(client: Client, tmp_path: Path) -> None:
    """A run begins with the settings as they are, enters its parts, ends, and is listed with what came of it."""
    run = begin(client, occasion="monday/email")
    assert audience_pb2.AUDIENCE_RUN_STATE_HELD == run.state
    assert run.begin_time == run.send_time
    assert NOW <= run.begin_time.ToDatetime(UTC) < NOW + timedelta(seconds=1)
    assert (1, 1, 3, "untrained") == (
        run.portfolio_version,
        run.policy_version,
        run.catalogue_version,
        run.model_version,
    )
    assert run.begin_position == run.counters_position
    assert NOW + LEASE == run.lease_expire_time.ToDatetime(UTC)
    ordered = canonical(CUSTOMERS)
    first, second = written(tmp_path, run, ordered[:4]), written(tmp_path, run, ordered[4:], number=1, first=4)
    assert run.begin_position + 1 == commit(client, first).position
    assert run.begin_position + 5 == commit(client, second).position
    ended = client.end_audience_run("shop", "night")
    assert (audience_pb2.AUDIENCE_RUN_STATE_ENDED, 2, 6) == (ended.state, ended.part_count, ended.decision_count)
    assert not ended.HasField("lease_expire_time")
    assert [ended] == client.list_audience_runs("shop")
    assert ended == client.get_audience_run("shop", "night") == client.end_audience_run("shop", "night")
    assert ended == begin(client, occasion="monday/email")
    found = client.get_decision("night/5").decision
    assert (ordered[5], "monday/email") == (found.customer_id, found.occasion)


def test_limits_are_closed_while_the_lease_is_held(client: Client, tmp_path: Path) -> None:
    """While a run holds the counters Rank rejects what limits look at, by a rule of its own; then it sees the run's rows."""
    assert {} == rejections(client, "before")
    run = begin(client)
    assert {name: (stage, "audience_run") for name, stage in LIMITED.items()} == rejections(client, "c1")
    commit(client, written(tmp_path, run))
    assert {name: (stage, "audience_run") for name, stage in LIMITED.items()} == rejections(client, "c2")
    client.end_audience_run("shop", "night")
    assert {"sale": ("CONTACT_POLICY", "one-sale")} == rejections(client, "c1")
    assert {} == rejections(client, "somebody else")


def test_capacity_has_what_a_run_took(client: Client, tmp_path: Path) -> None:
    """Once a run has ended its contacts take capacity like any other."""
    settings = client.get_portfolio("shop")
    settings.capacities[0].max_contacts = len(CUSTOMERS)
    settings.capacities[0].campaigns.campaign_ids[:] = ["sale"]
    client.update_portfolio(settings)
    assert {} == rejections(client, "before")
    commit(client, written(tmp_path, begin(client)))
    client.end_audience_run("shop", "night")
    assert {"sale": ("CAPACITY", "call-center")} == rejections(client, "somebody else")


def test_rows_that_wait_take_capacity_until_their_deadline(client: Client, tmp_path: Path) -> None:
    """A deferred row takes capacity until it is activated, or not, and no longer than its activation may come."""
    settings = client.get_portfolio("shop")
    settings.capacities[0].max_contacts = len(CUSTOMERS)
    settings.capacities[0].campaigns.campaign_ids[:] = ["sale"]
    client.update_portfolio(settings)
    commit(client, written(tmp_path, begin(client, defer_activation=True), hold_seconds=3600))
    client.end_audience_run("shop", "night")
    full = {"sale": ("CAPACITY", "call-center")}
    assert full == rejections(client, "somebody else")
    client.activate(decision_id="night/0", state="SENT")
    assert full == rejections(client, "somebody else")
    client.activate(decision_id="night/1", state="NOT_SENT")
    assert {} == rejections(client, "somebody else")
    assert "sale" == client.rank(portfolio_id="shop", customer_id="the last", candidates=["sale"]).decision.campaign_id
    assert full == rejections(client, "somebody else")
    client.set_time(NOW + timedelta(hours=2))
    assert {} == rejections(client, "somebody else")


def test_a_call_for_the_occasion_gets_the_row(client: Client, tmp_path: Path) -> None:
    """On the run's occasion Rank refuses to decide while the run goes on, and returns its row from the part's commit on."""
    asked: RankArguments = {"portfolio_id": "shop", "customer_id": "c3", "occasion": "monday"}
    run = begin(client, occasion="monday")
    assert ("FAILED_PRECONDITION", "OCCASION_IN_RUN") == refused(lambda: client.rank(**asked))
    commit(client, written(tmp_path, run))
    answer = client.rank(**asked)
    assert answer.is_replay
    assert "night" == answer.decision.decision_id.partition("/")[0]
    client.end_audience_run("shop", "night")
    assert answer.decision == client.rank(**asked).decision
    other = client.rank(portfolio_id="shop", customer_id="somebody else", occasion="monday")
    assert not other.is_replay


def test_one_run_holds_the_lease(client: Client) -> None:
    """A second run of the organization is refused until the first has ended, whichever portfolio it is of; others are not."""
    client.create_portfolio(portfolio("second"))
    client.create_organization({"organization_id": "acme"})
    client.create_portfolio(portfolio("elsewhere", organization_id="acme"))
    first = begin(client)
    assert first == begin(client)
    assert ("FAILED_PRECONDITION", "LEASE_HELD") == refused(lambda: begin(client, "other"))
    assert ("FAILED_PRECONDITION", "LEASE_HELD") == refused(lambda: begin(client, "other", portfolio_id="second"))
    begin(client, "third", portfolio_id="elsewhere")
    client.end_audience_run("shop", "night")
    begin(client, "other", portfolio_id="second")


def test_a_lease_lapses_unless_it_is_renewed(live: Live, client: Client, tmp_path: Path) -> None:
    """A lease that is not renewed lapses: others go on, the run's calls are refused, and it may take the lease again."""
    run = begin(client)
    client.set_time(NOW + LEASE)
    assert NOW + 2 * LEASE == client.renew_audience_run("shop", "night").lease_expire_time.ToDatetime(UTC)
    client.set_time(NOW + 2 * LEASE)
    live.run(live.services.audiences.poll())
    assert audience_pb2.AUDIENCE_RUN_STATE_HELD == client.get_audience_run("shop", "night").state
    client.set_time(NOW + 2 * LEASE + timedelta(seconds=1))
    live.run(live.services.audiences.poll())
    assert audience_pb2.AUDIENCE_RUN_STATE_LAPSED == client.get_audience_run("shop", "night").state
    assert {} == rejections(client, "c1")
    part = written(tmp_path, run)
    assert ("FAILED_PRECONDITION", "LEASE_LAPSED") == refused(lambda: commit(client, part))
    assert ("FAILED_PRECONDITION", "LEASE_LAPSED") == refused(lambda: client.renew_audience_run("shop", "night"))
    again = begin(client)
    assert (run.begin_position, run.begin_time) == (again.begin_position, again.begin_time)
    assert again.counters_position > run.counters_position
    commit(client, part)
    client.end_audience_run("shop", "night")
    assert ("FAILED_PRECONDITION", "RUN_ENDED") == refused(lambda: client.renew_audience_run("shop", "night"))


def test_a_lease_is_given_back(client: Client, tmp_path: Path) -> None:
    """A run that gives its lease back leaves limits open at once, enters nothing more, and may begin again."""
    run = begin(client)
    part = written(tmp_path, run)
    assert audience_pb2.AUDIENCE_RUN_STATE_LAPSED == client.release_audience_run("shop", "night").state
    assert {} == rejections(client, "c1")
    assert ("FAILED_PRECONDITION", "LEASE_LAPSED") == refused(lambda: commit(client, part))
    again = begin(client)
    assert (audience_pb2.AUDIENCE_RUN_STATE_HELD, LEASE) == (again.state, again.lease_duration.ToTimedelta())
    assert again.counters_position > again.begin_position == run.begin_position
    client.end_audience_run("shop", "night")
    assert audience_pb2.AUDIENCE_RUN_STATE_ENDED == client.release_audience_run("shop", "night").state


def test_a_part_is_entered_once(client: Client, tmp_path: Path) -> None:
    """Entering a part again changes nothing, also after the end; another one of its number is refused."""
    part = written(tmp_path, begin(client))
    first = commit(client, part)
    again = commit(client, part)
    assert (False, True) == (first.is_repeat, again.is_repeat)
    assert (first.position, first.record_time) == (again.position, again.record_time)
    client.end_audience_run("shop", "night")
    assert again == commit(client, part)
    other = lambda: client.commit_audience_part("shop", "night", 0, row_count=5, size_bytes=part.size_bytes)  # noqa: E731
    assert ("ALREADY_EXISTS", "ALREADY_EXISTS") == refused(other)


def test_a_part_is_what_the_run_says(client: Client, tmp_path: Path) -> None:
    """A part that is missing, out of turn, of other terms, other than the call says or out of order is refused."""
    run = begin(client, occasion="monday")
    ordered = canonical(CUSTOMERS)
    missing = lambda: client.commit_audience_part("shop", "night", 0, row_count=1, size_bytes=1)  # noqa: E731
    assert ("FAILED_PRECONDITION", "PART_MISSING") == refused(missing)
    late = written(tmp_path, run, ordered[:2], number=1)
    assert ("FAILED_PRECONDITION", "PART_GAP") == refused(lambda: commit(client, late))
    other = audience_pb2.AudienceRun()
    other.CopyFrom(run)
    other.occasion = "tuesday"
    part = written(tmp_path, other)
    assert ("FAILED_PRECONDITION", "PART_DIFFERS") == refused(lambda: commit(client, part))
    part = written(tmp_path, run, ordered[2:])
    wrong = lambda: client.commit_audience_part("shop", "night", 0, row_count=3, size_bytes=part.size_bytes)  # noqa: E731
    assert ("FAILED_PRECONDITION", "PART_DIFFERS") == refused(wrong)
    commit(client, part)
    assert ("FAILED_PRECONDITION", "PART_DIFFERS") == refused(lambda: commit(client, late))
    path = tmp_path / part_name("night", 1)
    path.write_bytes(path.read_bytes()[:-1])
    assert ("FAILED_PRECONDITION", "PART_DAMAGED") == refused(lambda: commit(client, late))


def test_a_run_is_known_by_its_id(client: Client) -> None:
    """A run_id that is taken by other terms is refused, and so is what is no run_id, with every field at fault."""
    client.create_portfolio(portfolio("second"))
    begin(client, occasion="monday")
    assert ("ALREADY_EXISTS", "ALREADY_EXISTS") == refused(lambda: begin(client, occasion="tuesday"))
    assert ("ALREADY_EXISTS", "ALREADY_EXISTS") == refused(
        lambda: begin(client, portfolio_id="second", occasion="monday")
    )
    with pytest.raises(BanditsvcError) as caught:
        begin(client, "Night/1", occasion="x" * 129, excluded_campaign_ids=[""])
    assert {"run.run_id", "run.occasion", "run.excluded_campaign_ids[0]"} == {
        one.field for one in caught.value.violations
    }
    client.end_audience_run("shop", "night")
    with pytest.raises(BanditsvcError) as caught:
        begin(client, "other", send_time=NOW - timedelta(days=2))
    assert grpc.StatusCode.INVALID_ARGUMENT is caught.value.code
    assert ("NOT_FOUND", "NOT_FOUND") == refused(lambda: client.get_audience_run("shop", "unknown"))
    assert ("NOT_FOUND", "NOT_FOUND") == refused(lambda: begin(client, "other", portfolio_id="unknown"))
