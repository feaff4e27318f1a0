"""A service that is killed between any two steps of an audience's run, and in the middle of one."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from banditsvc.app import LOG_FILE
from banditsvc.client import BanditsvcError, Client, ClientOptions
from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.held_counters import AUDIENCE_RUN
from banditsvc.store import SqliteLog
from banditsvc.v1 import audience_pb2, campaign_pb2
from tests.faults.killable_service import QUICK, Kill, KillableService
from tests.rpc.audience_shop import commit, written
from tests.rpc.messages import portfolio
from tests.store.audience_files import canonical

ENVIRONMENT = QUICK | {"BANDITSVC_LEARNER__EMBEDDED": "false"}
ROWS, PARTS, SEED = 200, 3, 5
MOST_SECONDS_TO_KILL = 0.05
"""A part is entered in about half of that."""
CUSTOMERS = canonical([f"c{number}" for number in range(ROWS * PARTS)])


@pytest.fixture
def service(tmp_path: Path) -> Iterator[KillableService]:
    """A service with one campaign that is limited, and a run that has begun."""
    with KillableService(tmp_path, environment=ENVIRONMENT) as started:
        cap = {"name": "one-sale", "max_contacts": 1, "window": {"seconds": 7 * 86_400}}
        with Client(started.address) as client:
            client.create_portfolio(portfolio(contact_policy={"caps": [cap]}))
            client.create_campaign("shop", campaign_pb2.Campaign(campaign_id="sale"))
            client.begin_audience_run({"portfolio_id": "shop", "run_id": "night", "occasion": "monday"})
        yield started


def again(service: KillableService) -> None:
    """Kills the service and starts it again."""
    service.kill(Kill.BOTH)
    service.start()


def the_run(service: KillableService) -> audience_pb2.AudienceRun:
    with Client(service.address) as client:
        return client.get_audience_run("shop", "night")


def is_limited(service: KillableService) -> bool:
    """Says whether limits are closed by the run."""
    with Client(service.address) as client:
        rejections = client.rank(portfolio_id="shop", customer_id="somebody else").decision.rejections
    return [AUDIENCE_RUN] == [one.rule for one in rejections]


def rows_in_log(service: KillableService) -> list[str]:
    """Returns the ids of the run's decisions by position, which no other record shares."""
    log = SqliteLog(service.data / LOG_FILE, read_only=True)
    found = log.read_decisions("shop", 0, 2 * ROWS * PARTS)
    log.close()
    assert len(found) == len({one.position for one in found})
    return [one.value.decision_id for one in found if "/" in one.value.decision_id]


def commit_and_kill(service: KillableService, part: AudiencePart, seconds: float) -> bool:
    """Kills the service some time after a part was handed in; returns whether that was answered."""
    answered = threading.Event()

    def hand_in() -> None:
        with Client(service.address, ClientOptions(most_attempts=1)) as client, suppress(BanditsvcError):
            commit(client, part)
            answered.set()

    caller = threading.Thread(target=hand_in)
    caller.start()
    answered.wait(seconds)
    again(service)
    caller.join()
    return answered.is_set()


def test_a_part_is_there_whole_or_not_at_all(service: KillableService) -> None:
    """Killed while parts are entered: a file alone is no decision, each part is there whole or not at all, and once."""
    run = the_run(service)
    dice = random.Random(SEED)
    parts = [
        written(service.data, run, CUSTOMERS[ROWS * number :][:ROWS], number=number, first=ROWS * number)
        for number in range(PARTS)
    ]
    assert [] == rows_in_log(service)
    for number, part in enumerate(parts[:-1]):
        before = [f"night/{row}" for row in range(ROWS * number)]
        whole = before + [f"night/{row}" for row in range(ROWS * number, ROWS * (number + 1))]
        was_answered = commit_and_kill(service, part, dice.uniform(0.0, MOST_SECONDS_TO_KILL))
        assert audience_pb2.AUDIENCE_RUN_STATE_HELD == the_run(service).state
        assert is_limited(service)
        there = rows_in_log(service)
        assert there in ((whole,) if was_answered else (before, whole))
        with Client(service.address) as client:
            assert (there == whole) == commit(client, part).is_repeat
        assert whole == rows_in_log(service)
    with Client(service.address) as client:
        commit(client, parts[-1])
        client.end_audience_run("shop", "night")
        assert (
            "night"
            == client.rank(portfolio_id="shop", customer_id="c1", occasion="monday").decision.decision_id.split("/")[0]
        )
    again(service)
    ended = the_run(service)
    assert (audience_pb2.AUDIENCE_RUN_STATE_ENDED, ROWS * PARTS) == (ended.state, ended.decision_count)
    assert not is_limited(service)
