"""Compares a client's ledger with what the service has on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from banditsvc.app import LOG_FILE, REGISTRY_FILE
from banditsvc.cli.replay_check import check_replay
from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.outcome import Outcome
from banditsvc.ports import Recorded
from banditsvc.store import SqliteLog, SqliteRegistry
from tests.faults.ledger import Ledger, Promise
from tests.faults.load import PORTFOLIO_ID

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
MOST_SHOWN = 5
"""Faults of a kind that are told one by one."""
PAGE = 5_000


def audit(ledger: Ledger, data: Path, activation_deadline_us: int) -> list[str]:
    """Returns every way in which log and model do not hold what was acknowledged; none is as it should be."""
    with closing(SqliteLog(data / LOG_FILE, read_only=True)) as log:
        decisions = list(_pages(lambda after: log.read_decisions(PORTFOLIO_ID, after, PAGE)))
        activations = list(_pages(lambda after: log.read_activations(PORTFOLIO_ID, after, PAGE)))
        outcomes = list(_pages(lambda after: log.read_outcomes(PORTFOLIO_ID, after, PAGE)))
    return [
        *_compared("decision", _promised(ledger), [(d.value.decision_id, _promise(d.value)) for d in decisions]),
        *_compared("activation", _said(ledger), [(a.value.decision_id, a.value.state.value) for a in activations]),
        *_compared("outcome", _posted(ledger), [(_key(o.value), _content(o.value)) for o in outcomes]),
        *_model_faults(data, count_to_learn(decisions, activations, activation_deadline_us)),
    ]


def count_to_learn(
    decisions: Iterable[Recorded[Decision]], activations: Iterable[Recorded[Activation]], activation_deadline_us: int
) -> int:
    """Returns how many decisions are learned from once all are due, counted without the learner's own code."""
    said = {recorded.value.decision_id: recorded for recorded in activations}

    def counts(decision: Decision) -> bool:
        asked = decision.input
        if asked.is_test or decision.decided_by is not DecidedBy.POLICY:
            return False
        if decision.result not in {Result.CAMPAIGN, Result.NO_CONTACT}:
            return False
        if not asked.defer_activation or decision.result is Result.NO_CONTACT:
            return True
        activation = said.get(decision.decision_id)
        return (
            activation is not None
            and activation.value.state is ActivationState.SENT
            and activation.record_time_us <= asked.send_time_us + activation_deadline_us
        )

    return sum(counts(recorded.value) for recorded in decisions)


def _model_faults(data: Path, to_learn: int) -> list[str]:
    faults = []
    with closing(SqliteRegistry(data / REGISTRY_FILE, read_only=True)) as registry:
        progress = registry.progress(PORTFOLIO_ID)
    learned = progress.sums.learned_count if progress else 0
    if learned != to_learn:
        faults.append(f"learned from {learned} decisions, {to_learn} are due")
    check = check_replay(data / LOG_FILE, data / REGISTRY_FILE, PORTFOLIO_ID)
    if not check.is_equal:
        faults.append(f"the model is not the one of an uninterrupted learner: {check.difference}")
    return faults


def _compared(kind: str, acknowledged: dict[K, V], stored: list[tuple[K, V]]) -> list[str]:
    found = dict(stored)
    faults = [f"{len(stored) - len(found)} {kind}s are stored twice"] if len(found) != len(stored) else []
    missing = [key for key in acknowledged if key not in found]
    changed = [key for key, value in acknowledged.items() if key in found and found[key] != value]
    faults += [f"acknowledged {kind} {key} is missing ({len(missing)} in all)" for key in missing[:MOST_SHOWN]]
    faults += [f"{kind} {key} was {acknowledged[key]}, is {found[key]}" for key in changed[:MOST_SHOWN]]
    return faults


def _promised(ledger: Ledger) -> dict[str, Promise]:
    return ledger.promises


def _said(ledger: Ledger) -> dict[str, int]:
    return {key: int(request.state) for key, request in ledger.activations.items()}


def _posted(ledger: Ledger) -> dict[tuple[str, int], tuple[object, ...]]:
    return {
        key: (request.outcome.decision_id, request.outcome.customer_id, request.outcome.amount)
        for key, request in ledger.outcomes.items()
    }


def _promise(decision: Decision) -> Promise:
    return Promise(
        decision.campaign_id, decision.selection_probability, decision.model_version, decision.input.customer_id
    )


def _key(outcome: Outcome) -> tuple[str, int]:
    return outcome.outcome_id, outcome.revision


def _content(outcome: Outcome) -> tuple[object, ...]:
    return outcome.decision_id, outcome.customer_id, outcome.amount


def _pages(read: Callable[[int], list[Recorded[T]]]) -> Iterator[Recorded[T]]:
    page = read(0)
    while page:
        yield from page
        page = read(page[-1].position)
