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
    _taken: set[tuple[object, ...]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note_rank(self, request: RankRequest, response: RankResponse) -> None:
        """Notes an answer of Rank; a decision acknowledged before must come back as it was, and as a repeat."""
        decision = response.decision
        promise = promise_of(decision)
        with self._lock:
            before = self.promises.setdefault(decision.decision_id, promise)
            if before is promise:
                self.asked.append(request)
            if before != promise:
                self.faults.append(f"decision {decision.decision_id} was {before}, became {promise}")
            if decision.decision_id != request.decision_id:
                self.faults.append(f"asked for {request.decision_id}, answered {decision.decision_id}")
            self._note(("decision", decision.decision_id), "REPLAY" if response.is_replay else "NEW", "REPLAY")

    def note_activation(self, request: ActivateRequest, status: str) -> None:
        """Notes an answer of Activate."""
        with self._lock:
            self.activations.setdefault(request.decision_id, request)
            self._note(("activation", request.decision_id), status, "DUPLICATE")

    def note_outcome(self, request: RewardRequest, status: str) -> None:
        """Notes an answer of Reward; what is posted under one id and revision is always the same, never a conflict."""
        key = (request.outcome.outcome_id, request.outcome.revision)
        with self._lock:
            self.outcomes.setdefault(key, request)
            if status == "CONFLICT":
                self.faults.append(f"outcome {key}: CONFLICT")
            self._note(("outcome", *key), status, "DUPLICATE")

    def _note(self, key: tuple[object, ...], status: str, repeated: str) -> None:
        """Counts an answer; of all answers about one thing at most one may say that it was new."""
        self.counts[f"{key[0]} {status}"] += 1
        if status == repeated:
            return
        if key in self._taken:
            self.faults.append(f"{key} was taken for new a second time: {status}")
        self._taken.add(key)

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
    return Promise(decision.campaign_id, decision.selection_probability, decision.model_version, decision.customer_id)
