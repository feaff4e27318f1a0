"""How old what the served model does not know yet becomes, for benchmarks/learn.py."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp
from numpy.typing import NDArray

from banditsvc.client import Client
from banditsvc.settling import SettleLimit, settle_decisions
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.store.sqlite_registry import SqliteRegistry
from banditsvc.v1 import outcome_pb2, ranking_pb2
from benchmarks.decisions import LOAD_CORE, SERVER_CORE
from benchmarks.learn_log import PORTFOLIO_ID, WINDOW_SECONDS, create, requests
from benchmarks.servers import learner, ranking_server

OUTCOMES_PER_SECOND = 2_000
RUN_SECONDS = 15
CAMPAIGNS = 20
_BATCHES_PER_SECOND = 10
_LEAST_SHARE = 0.98
"""Of the pace, which a run must keep."""
_SECOND_US = 1_000_000


@dataclass(slots=True)
class _Seen:
    """Which model answered when."""

    times_us: list[int] = field(default_factory=list)
    model_versions: list[str] = field(default_factory=list)


def staleness(folder: Path, runs: int) -> list[NDArray[np.float64]]:
    """Returns of each run, of each decision that became due in it, the seconds until a model that knew it decided.

    A decision is due once its window is over and its feed is complete to there. Service and learner run by their
    defaults, each in its process, the learner on the core of the generator. Each decision gets an outcome.

    Raises:
        SystemExit: The pace was not kept.
    """

    def set_up(client: Client) -> None:
        create(client, CAMPAIGNS, "VOWPAL_WABBIT", {"required_feeds": [{"type": "CLICK"}]})

    # A first window for the first decisions to become due, and a last stretch for the last ones to be learned.
    ends = [WINDOW_SECONDS + RUN_SECONDS * (run + 1) for run in range(runs)]
    with (
        ranking_server(folder, SERVER_CORE, set_up, "--no-learner") as (_, address),
        learner(folder, LOAD_CORE),
        Client(address) as client,
    ):
        began_us = _now_us()
        seen = _generate(client, ends[-1] + 2 * WINDOW_SECONDS)
        took_seconds = (_now_us() - began_us) / _SECOND_US
    planned = ends[-1] + 2 * WINDOW_SECONDS
    if took_seconds * _LEAST_SHARE > planned:
        message = f"{OUTCOMES_PER_SECOND:,} outcomes a second took {took_seconds:.1f} s where {planned} s were planned"
        raise SystemExit(message)
    due_us, learned_us = _times(folder, seen)
    starts = [began_us + (end - RUN_SECONDS) * _SECOND_US for end in ends]
    waited = (learned_us - due_us) / _SECOND_US
    return [waited[(due_us >= start) & (due_us < start + RUN_SECONDS * _SECOND_US)] for start in starts]


def _generate(client: Client, seconds: int) -> _Seen:
    """Asks for decisions and answers each, at an even pace; every batch of outcomes ends with a mark of the feed."""
    seen, size = _Seen(), OUTCOMES_PER_SECOND // _BATCHES_PER_SECOND
    payloads = [requests(place * size, size, CAMPAIGNS) for place in range(_BATCHES_PER_SECOND)]
    answers = []
    with ThreadPoolExecutor(1) as pool:
        started = time.monotonic()
        for number in range(seconds * _BATCHES_PER_SECOND):
            time.sleep(max(0.0, started + number / _BATCHES_PER_SECOND - time.monotonic()))
            ranked = client.batch_rank(payloads[number % len(payloads)])
            decisions = [result.response.decision for result in ranked.results]
            seen.times_us.append(_now_us())
            seen.model_versions.append(decisions[-1].model_version)
            answers.append(pool.submit(_answer, client, [one.decision_id for one in decisions]))
    for answer in answers:
        answer.result()
    return seen


def _answer(client: Client, decision_ids: Sequence[str]) -> None:
    """Sends an outcome of each decision, and then says that the feed is complete to now."""
    now = Timestamp()
    now.GetCurrentTime()
    click = outcome_pb2.OutcomeType.OUTCOME_TYPE_CLICK
    outcomes = [
        ranking_pb2.RewardRequest(outcome=outcome_pb2.Outcome(type=click, occur_time=now, decision_id=decision_id))
        for decision_id in decision_ids
    ]
    mark = outcome_pb2.FeedMark(type=click, complete_through=now)
    answer = client.batch_reward(outcomes, portfolio_id=PORTFOLIO_ID, complete_through=[mark])
    assert answer.marks_stored, "the mark is stored, and so was every outcome"


def _times(folder: Path, seen: _Seen) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Returns when each decision was due, and when a model that knew it was first seen to decide: never is infinite."""
    with closing(SqliteRegistry(folder / "learner.db", read_only=True)) as registry:
        position_of = {one.model_version: one.position for one in registry.list_models(PORTFOLIO_ID)}
        lineage = registry.serving_lineage(PORTFOLIO_ID)
    assert lineage is not None, "a run has models"
    positions = list(_rising(position_of.get(version, 0) for version in seen.model_versions))
    due_us, learned_us = [], []
    with closing(SqliteLog(folder / "log.db", read_only=True)) as log:
        limit = SettleLimit(log.watermark().time_us)
        for settled in settle_decisions(log, PORTFOLIO_ID, lineage.learner, 0, limit):
            place = bisect_left(positions, settled.recorded.position)
            due_us.append(settled.settlement.due_us)
            learned_us.append(float(seen.times_us[place]) if place < len(positions) else np.inf)
    return np.array(due_us, dtype=np.int64), np.array(learned_us)


def _rising(positions: Iterable[int]) -> Iterable[int]:
    greatest = 0
    for position in positions:
        greatest = max(greatest, position)
        yield greatest


def _now_us() -> int:
    return time.time_ns() // 1_000
