"""Traffic for a service that is about to be killed: schedulers and feedback pipelines that keep a ledger."""

from __future__ import annotations

import random
import threading
import zlib
from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.v1 import ranking_pb2_grpc
from banditsvc.v1.context_pb2 import CustomerContext
from banditsvc.v1.outcome_pb2 import Outcome, OutcomeStatus, OutcomeType
from banditsvc.v1.ranking_pb2 import (
    ActivateRequest,
    ActivationState,
    ActivationStatus,
    BatchRankRequest,
    BatchRewardRequest,
    RankRequest,
    RewardRequest,
)
from tests.faults.ledger import Ledger, Request

PORTFOLIO_ID = "shop"
WORKERS = 4
CUSTOMERS = 300
BATCH = 50
REST_SECONDS = 0.01
"""Between two calls of a worker, so that the learner has a share of the machine."""
RECENT = 400
"""How far back outcomes and activations reach, in decisions."""
CALL_SECONDS = 20.0
_CUT_OFF = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


class Load:
    """Workers that call until they are stopped or the service is gone."""

    def __init__(self, address: str, ledger: Ledger, name: str) -> None:
        """Prepares the workers; the name goes into every id, so it must be unlike those before."""
        self._stop = threading.Event()
        self._workers = [Worker(address, ledger, f"{name}-{number}", self._stop) for number in range(WORKERS)]
        self._threads = [threading.Thread(target=worker.run) for worker in self._workers]

    def start(self) -> None:
        """Starts the traffic."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> bool:
        """Ends the traffic; returns whether no call was cut off."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return not any(worker.was_cut_off for worker in self._workers)


class Worker:
    """One caller with a connection of its own, without any retries but those of the ledger."""

    def __init__(self, address: str, ledger: Ledger, name: str, stop: threading.Event) -> None:
        self.was_cut_off = False
        self._address = address
        self._ledger = ledger
        self._name = name
        self._rng = random.Random(name)
        self._stop = stop
        self._count = 0

    def run(self) -> None:
        """Calls until stopped or cut off: first what was left unanswered, then whatever chance says."""
        deeds = [self._one, self._many, self._activation, self._outcome, self._outcomes, self._repeat]
        with grpc.insecure_channel(self._address, options=[("grpc.enable_retries", 0)]) as channel:
            make: Any = ranking_pb2_grpc.RankingServiceStub
            self._stub: Any = make(channel)
            for request in self._ledger.take_unanswered():
                self._send([request])
            while not self._stop.is_set() and not self.was_cut_off:
                (deed,) = self._rng.choices(deeds, weights=[40, 5, 22, 18, 5, 10])
                self._send(deed())
                self._stop.wait(REST_SECONDS)

    def _one(self) -> list[Request]:
        return [self._decision()]

    def _many(self) -> list[Request]:
        return [self._decision() for _ in range(BATCH)]

    def _activation(self) -> list[Request]:
        promises = self._ledger.promises
        recent = [
            asked
            for asked in self._ledger.asked[-RECENT:]
            if asked.defer_activation and promises[asked.decision_id].campaign_id != NO_CONTACT
        ]
        return [activation_of(self._rng.choice(recent))] if recent else []

    def _outcome(self) -> list[Request]:
        recent = self._ledger.asked[-RECENT:]
        if not recent:
            return []
        asked = self._rng.choice(recent)
        self._count += 1
        outcome = Outcome(
            type=OutcomeType.OUTCOME_TYPE_REVENUE, outcome_id=f"o-{self._name}-{self._count}", occur_time=_now()
        )
        if self._rng.random() < 0.5:
            outcome.decision_id = asked.decision_id
        else:
            outcome.customer_id = asked.customer_id
        return [_stated(outcome)]

    def _outcomes(self) -> list[Request]:
        return [request for _ in range(BATCH // 2) for request in self._outcome()]

    def _repeat(self) -> list[Request]:
        """Repeats something acknowledged, or restates an outcome."""
        kind = self._rng.randrange(3)
        outcomes = list(self._ledger.outcomes.values())[-RECENT:]
        if kind == 0 and self._ledger.asked:
            return [self._rng.choice(self._ledger.asked)]
        if kind == 1 and outcomes:
            return [self._rng.choice(outcomes)]
        if kind == 2 and outcomes:
            restated = Outcome()
            restated.CopyFrom(self._rng.choice(outcomes).outcome)
            restated.revision += 1
            return [_stated(restated)]
        return []

    def _decision(self) -> RankRequest:
        rng = self._rng
        self._count += 1
        context = CustomerContext(segment=f"segment-{rng.randrange(4)}", recency_days=rng.randrange(400))
        return RankRequest(
            portfolio_id=PORTFOLIO_ID,
            customer_id=f"customer-{rng.randrange(CUSTOMERS)}",
            decision_id=f"d-{self._name}-{self._count}",
            context=context,
            defer_activation=rng.random() < 0.3,
            is_test=rng.random() < 0.03,
        )

    def _send(self, requests: Sequence[Request]) -> None:
        if not requests:
            return
        if self.was_cut_off:
            self._ledger.note_unanswered(requests)
            return
        try:
            self._call(requests)
        except grpc.RpcError as error:
            if error.code() not in _CUT_OFF:
                self._ledger.note_fault(f"a call ended with {error.code()}: {error.details()}")
            self.was_cut_off = True
            self._ledger.note_unanswered(requests)

    def _call(self, requests: Sequence[Request]) -> None:
        ledger, first = self._ledger, requests[0]
        if isinstance(first, ActivateRequest):
            answer = self._stub.Activate(first, timeout=CALL_SECONDS)
            ledger.note_activation(first, _short(ActivationStatus.Name(answer.status), "ACTIVATION_STATUS_"))
        elif len(requests) > 1:
            self._call_batch(requests)
        elif isinstance(first, RankRequest):
            ledger.note_rank(first, self._stub.Rank(first, timeout=CALL_SECONDS))
        else:
            answer = self._stub.Reward(first, timeout=CALL_SECONDS)
            ledger.note_outcome(first, _short(OutcomeStatus.Name(answer.status), "OUTCOME_STATUS_"))

    def _call_batch(self, requests: Sequence[Request]) -> None:
        if isinstance(requests[0], RankRequest):
            ranks = BatchRankRequest(requests=[one for one in requests if isinstance(one, RankRequest)])
            answer = self._stub.BatchRank(ranks, timeout=CALL_SECONDS)
        else:
            rewards = BatchRewardRequest(requests=[one for one in requests if isinstance(one, RewardRequest)])
            answer = self._stub.BatchReward(rewards, timeout=CALL_SECONDS)
        for request, result in zip(requests, answer.results, strict=True):
            if result.status.code:
                self._ledger.note_fault(f"an item of a batch ended with {result.status.code}: {result.status.message}")
            elif isinstance(request, RankRequest):
                self._ledger.note_rank(request, result.response)
            elif isinstance(request, RewardRequest):
                status = _short(OutcomeStatus.Name(result.response.status), "OUTCOME_STATUS_")
                self._ledger.note_outcome(request, status)


def activation_of(asked: RankRequest) -> ActivateRequest:
    """Returns what is said of a decision, alike each time: three quarters are sent."""
    is_sent = zlib.crc32(asked.decision_id.encode()) % 4 != 0
    state = ActivationState.ACTIVATION_STATE_SENT if is_sent else ActivationState.ACTIVATION_STATE_NOT_SENT
    return ActivateRequest(decision_id=asked.decision_id, state=state)


def _stated(outcome: Outcome) -> RewardRequest:
    """Returns the outcome with the amount of its id and revision: the same key has the same content each time."""
    outcome.amount = zlib.crc32(f"{outcome.outcome_id}/{outcome.revision}".encode()) % 100 / 10
    return RewardRequest(portfolio_id=PORTFOLIO_ID, outcome=outcome)


def _now() -> Timestamp:
    now = Timestamp()
    now.GetCurrentTime()
    return now


def _short(name: str, prefix: str) -> str:
    return name.removeprefix(prefix)
