"""The client's own book of everything that the service acknowledged."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from banditsvc.v1.decision_pb2 import Decision
from banditsvc.v1.ranking_pb2 import ActivateRequest, RankRequest, RankResponse, RewardRequest

Request = RankRequest | ActivateRequest | RewardRequest


@dataclass(frozen=True, slots=True)
class Promise:
    """What Rank answered."""

    campaign_id: str
    selection_probability: float
    model_version: str
    customer_id: str


@dataclass(slots=True)
class Ledger:
    """What was acknowledged, what was sent and not answered, and every answer that should not have been.

    Safe to share between threads.
    """

    promises: dict[str, Promise] = field(default_factory=dict)
    """By decision_id."""
    asked: list[RankRequest] = field(default_factory=list)
    """The requests of the promises, in order."""
    activations: dict[str, ActivateRequest] = field(default_factory=dict)
    """By decision_id."""
    outcomes: dict[tuple[str, int], RewardRequest] = field(default_factory=dict)
    """By outcome_id and revision."""
    unanswered: list[Request] = field(default_factory=list)
    """Requests to be repeated: whether the service has them is not known."""
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note_rank(self, request: RankRequest, response: RankResponse) -> None:
        """Notes an answer of Rank; a decision acknowledged before must come back as it was."""
        decision = response.decision
        promise = promise_of(decision)
        with self._lock:
            before = self.promises.setdefault(decision.decision_id, promise)
            if before is promise:
                self.asked.append(request)
            elif before != promise or not response.is_replay:
                self.faults.append(f"decision {decision.decision_id} was {before}, became {promise}")
            self.counts["replays"] += response.is_replay
            if decision.decision_id != request.decision_id:
                self.faults.append(f"asked for {request.decision_id}, answered {decision.decision_id}")

    def note_activation(self, request: ActivateRequest, status: str) -> None:
        """Notes an answer of Activate; a second one must be a duplicate."""
        with self._lock:
            if self.activations.setdefault(request.decision_id, request) is not request and status != "DUPLICATE":
                self.faults.append(f"activation of {request.decision_id} again: {status}")
            self.counts[f"activation {status}"] += 1

    def note_outcome(self, request: RewardRequest, status: str) -> None:
        """Notes an answer of Reward; a second one of the same id and revision must be a duplicate."""
        key = (request.outcome.outcome_id, request.outcome.revision)
        with self._lock:
            known = self.outcomes.setdefault(key, request) is not request
            if status == "CONFLICT" or (known and status != "DUPLICATE"):
                self.faults.append(f"outcome {key} again: {status}")
            self.counts[f"outcome {status}"] += 1

    def note_unanswered(self, requests: Sequence[Request]) -> None:
        """Notes requests whose call was cut off."""
        with self._lock:
            self.unanswered += requests
            self.counts["cut off"] += len(requests)

    def note_fault(self, text: str) -> None:
        """Notes an answer that should not have been."""
        with self._lock:
            self.faults.append(text)

    def take_unanswered(self) -> list[Request]:
        """Returns the requests to be repeated, and forgets them."""
        with self._lock:
            taken, self.unanswered = self.unanswered, []
        return taken


def promise_of(decision: Decision) -> Promise:
    """Returns what a decision promises."""
    return Promise(
        decision.campaign_id, decision.selection_probability, decision.model_version, decision.customer_id
    )
