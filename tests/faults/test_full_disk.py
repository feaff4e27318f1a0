"""A full disk: it is said, nothing is half written, and the service goes on once there is room."""

from __future__ import annotations

import resource
from contextlib import closing
from pathlib import Path

import pytest

from banditsvc.app import LOG_FILE
from banditsvc.client import BanditsvcError, Client, ClientOptions
from banditsvc.store import SqliteLog
from tests.faults.crash_drill import set_up_shop
from tests.faults.killable_service import KillableService
from tests.faults.load import PORTFOLIO_ID

ROOM_BYTES = 64 * 1024
MOST_CALLS = 2_000
FULL = "RESOURCE_EXHAUSTED LOG_FULL"


def rank(client: Client, number: int) -> str:
    """Returns the campaign of a decision, or code and reason of the refusal."""
    try:
        answer = client.rank(portfolio_id=PORTFOLIO_ID, customer_id="c", decision_id=f"d-{number}")
    except BanditsvcError as error:
        return f"{error.code.name} {error.reason}"
    return answer.decision.campaign_id


def rank_until_full(client: Client) -> list[str]:
    """Returns the answers up to the third in a row that is refused."""
    answers: list[str] = []
    while answers[-3:] != [FULL] * 3:
        assert len(answers) < MOST_CALLS, "the disk never filled"
        answers.append(rank(client, len(answers)))
    return answers


@pytest.fixture
def options() -> ClientOptions:
    return ClientOptions(most_attempts=1, timeout_seconds=30.0)


def test_a_full_disk_refuses_and_recovers(tmp_path: Path, options: ClientOptions) -> None:
    """Without room Rank answers RESOURCE_EXHAUSTED and writes nothing; with room again the same calls are answered.

    The limit is one on the size of a process's files, which the kernel applies to the running service.
    """
    with KillableService(tmp_path) as service:
        set_up_shop(service.address)
        with Client(service.address, options) as client:
            # The write-ahead log is the file that grows.
            size = (service.data / f"{LOG_FILE}-wal").stat().st_size
            unlimited = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (size + ROOM_BYTES, unlimited[1]))
            before = rank_until_full(client)
            stored = stored_ids(service.data)
            resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, unlimited)
            after = [rank(client, number) for number in range(len(before))]
            assert 0 == service.stop()

    answered = [number for number, answer in enumerate(before) if answer != FULL]
    assert [f"d-{number}" for number in answered] == stored
    assert [before[number] for number in answered] == [after[number] for number in answered]
    assert FULL not in after
    assert sorted(stored_ids(service.data)) == sorted(f"d-{number}" for number in range(len(before)))


def stored_ids(data: Path) -> list[str]:
    """Returns the ids of the decisions in the log, in order."""
    with closing(SqliteLog(data / LOG_FILE, read_only=True)) as log:
        return [recorded.value.decision_id for recorded in log.read_decisions(PORTFOLIO_ID, 0, MOST_CALLS)]
