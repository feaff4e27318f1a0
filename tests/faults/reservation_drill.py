"""The reservation drill: many callers want what is there once, and one of them gets it, kills or not."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import grpc

from banditsvc.app import LOG_FILE
from banditsvc.client import Client
from banditsvc.store import SqliteLog
from banditsvc.v1 import ranking_pb2_grpc
from banditsvc.v1.decision_pb2 import RESULT_CAMPAIGN, RESULT_NO_ELIGIBLE
from banditsvc.v1.ranking_pb2 import RankRequest
from tests.faults.killable_service import QUICK, Kill, KillableService

CALLERS = 64
CHANNELS = 8
CALL_SECONDS = 60.0
MOST_SECONDS_TO_KILL = 0.03
"""The kill comes this long after the calls at the latest, which is about when the last of them is answered."""
PORTFOLIO_ID = "shop"
_SCARCE = "scarce"
_NOT_LEARNING = QUICK | {"BANDITSVC_LEARNER__EMBEDDED": "false"}
_CUT_OFF = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


@dataclass(slots=True, kw_only=True)
class ReservationReport:
    """What a drill did and found."""

    rounds: int = 0
    kills: int = 0
    answered: int = 0
    """Calls that got an answer, repeats counted."""
    cut_off: int = 0
    """Calls that a kill left without one."""
    faults: list[str]
    """Rounds in which not exactly one reservation was given, or not exactly that one was stored."""


def run_reservation_drill(
    rounds: int, kills: int, seed: int, directory: Path, on_round: Callable[[], None] = lambda: None
) -> ReservationReport:
    """Lets 64 callers at a time want one thing, rounds times, and kills times more with a kill -9 in between.

    In turn they want the one contact that a customer is open to, each for itself, and the one contact that a capacity
    has, each for another customer.

    Raises:
        RuntimeError: The service did not start again.
    """
    report = ReservationReport(faults=[])
    with KillableService(directory, environment=_NOT_LEARNING) as service:
        _set_up(service.address)
        with Callers(service.address) as callers:
            for number in range(rounds):
                asked = _wishes(f"{seed}-{number}", for_capacity=number % 2 == 1)
                _note_round(report, asked, [callers.call(asked)])
                on_round()
        for number in range(kills):
            asked = _wishes(f"{seed}-kill-{number}", for_capacity=number % 2 == 1)
            _play_killed_round(service, report, asked, random.Random(f"{seed}-{number}"))
            on_round()
        service.stop()
        _check_log(report, service.data, rounds + kills)
    return report


Answers = dict[str, int]
"""Result of each answered call by its decision_id."""


class Callers:
    """Many calls at the same time, each tried once."""

    def __init__(self, address: str) -> None:
        self._stack = ExitStack()
        make: Any = ranking_pb2_grpc.RankingServiceStub
        options = [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]
        channels = [grpc.insecure_channel(address, options=options) for _ in range(CHANNELS)]
        self._stubs = [make(self._stack.enter_context(channel)) for channel in channels]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin(self, asked: Sequence[RankRequest]) -> list[Any]:
        """Sends all calls without waiting for any."""
        return [self._stubs[i % CHANNELS].Rank.future(one, timeout=CALL_SECONDS) for i, one in enumerate(asked)]

    def call(self, asked: Sequence[RankRequest]) -> Answers:
        """Sends all calls and returns what came of them."""
        return answers_of(asked, self.begin(asked))


def answers_of(asked: Iterable[RankRequest], calls: Iterable[Any]) -> Answers:
    """Waits for all calls; those that were cut off have no answer.

    Raises:
        grpc.RpcError: A call ended with anything else.
    """
    answers: Answers = {}
    for one, call in zip(asked, calls, strict=True):
        try:
            answers[one.decision_id] = call.result().decision.result
        except grpc.RpcError as error:
            if error.code() not in _CUT_OFF:
                raise
    return answers


def _set_up(address: str) -> None:
    with Client(address) as client:
        client.update_organization(
            {
                "organization_id": "default",
                "contact_policy": {"caps": [{"name": "one a month", "max_contacts": 1, "window": 30 * 86_400.0}]},
                "capacities": [
                    {
                        "name": "one each",
                        "campaigns": {"families": [_SCARCE]},
                        "per": "CAMPAIGN",
                        "max_contacts": 1,
                    }
                ],
            }
        )
        client.create_portfolio(
            {
                "portfolio_id": PORTFOLIO_ID,
                "currency": "EUR",
                "reward_spec": {
                    "weights": [{"type": "CLICK", "weight": 1.0}],
                    "greatest_reward": 1.0,
                    "outcome_window": 3600.0,
                },
            }
        )
        for number in range(4):
            client.create_campaign(PORTFOLIO_ID, {"campaign_id": f"campaign-{number}"})


def _wishes(name: str, *, for_capacity: bool) -> list[RankRequest]:
    """Returns one request for each caller, of which one alone can have a campaign."""
    scarce = {"inline": {"campaign_id": f"only-{name}", "family": _SCARCE}}
    return [
        RankRequest(
            portfolio_id=PORTFOLIO_ID,
            customer_id=f"{name}:{caller}" if for_capacity else name,
            decision_id=f"{name}:{caller}",
            candidates=[scarce] if for_capacity else [],
            defer_activation=caller % 2 == 0,
        )
        for caller in range(CALLERS)
    ]


def _play_killed_round(
    service: KillableService, report: ReservationReport, asked: Sequence[RankRequest], rng: random.Random
) -> None:
    """Kills the server while it answers, starts it again, and lets everybody repeat and others ask for the first time."""
    with Callers(service.address) as callers:
        calls = callers.begin(asked)
        time.sleep(rng.uniform(0.0, MOST_SECONDS_TO_KILL))
        report.kills += service.kill(Kill.SERVER)
        before = answers_of(asked, calls)
    report.cut_off += len(asked) - len(before)
    service.start()
    with Callers(service.address) as callers:
        _note_round(report, asked, [before, callers.call(asked)])


def _note_round(report: ReservationReport, asked: Sequence[RankRequest], lives: Sequence[Answers]) -> None:
    report.rounds += 1
    report.answered += sum(map(len, lives))
    name = asked[0].decision_id
    given = {decision_id for answers in lives for decision_id, result in answers.items() if result == RESULT_CAMPAIGN}
    if len(given) != 1:
        report.faults.append(f"round {name}: {len(given)} reservations were given")
    if len(lives[-1]) != len(asked):
        report.faults.append(f"round {name}: {len(asked) - len(lives[-1])} calls got no answer")
    for answers in lives:
        if not set(answers.values()) <= {RESULT_CAMPAIGN, RESULT_NO_ELIGIBLE}:
            report.faults.append(f"round {name}: an answer of another kind")
        if any(lives[-1].get(decision_id, result) != result for decision_id, result in answers.items()):
            report.faults.append(f"round {name}: a repeat was answered otherwise than the call")


def _check_log(report: ReservationReport, data: Path, rounds: int) -> None:
    """Compares the reservations that are stored with what was to be given: one a round."""
    with closing(SqliteLog(data / LOG_FILE, read_only=True)) as log:
        decisions = [recorded.value for recorded in log.read_decisions(PORTFOLIO_ID, 0, (rounds + 1) * CALLERS)]
    stored = [decision.decision_id.split(":")[0] for decision in decisions if decision.contact is not None]
    if len(stored) != rounds or len(set(stored)) != rounds:
        report.faults.append(f"{len(stored)} reservations in {len(set(stored))} rounds are stored, of {rounds} rounds")
    if len(decisions) != rounds * CALLERS:
        report.faults.append(f"{len(decisions)} decisions are stored, of {rounds * CALLERS} calls")
