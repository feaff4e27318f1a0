"""The joined table: decisions with what became of them and their rewards, as known at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from banditsvc.core.activation import Activation
from banditsvc.core.choice import Choice
from banditsvc.core.decision import Decision, Result
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.settle import DecisionHistory, SettleTerms, Window, follow
from banditsvc.evidence import histories_of
from banditsvc.log_campaign_rows import Row
from banditsvc.log_rows import decision_row
from banditsvc.ports import DecisionLog, Recorded, Watermark
from banditsvc.settings_history import SettingsHistory
from banditsvc.settling import SettledDecision, outcome_ids, settlements_now, terms_of


class _LogAsOf:
    """A log that ends at a time: its watermark says so, and settling looks no further than that."""

    def __init__(self, log: DecisionLog, as_of_us: int) -> None:
        self._log = log
        self._as_of_us = as_of_us

    def watermark(self) -> Watermark:
        return Watermark(self._log.watermark().position, self._as_of_us)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def joined_rows(
    log: DecisionLog,
    learner: LearnerSpec,
    decisions: Sequence[Recorded[Decision]],
    as_of_us: int,
    settings: SettingsHistory,
) -> list[Row]:
    """Returns the rows of decisions of one portfolio, all recorded by as_of; keys are the columns of JOINED."""
    fates = fate_rows(log, learner, decisions, as_of_us)
    return [
        {**decision_row(recorded), **fate, "mixture_probabilities": settings.mixture(recorded.value)}
        for recorded, fate in zip(decisions, fates, strict=True)
    ]


FATE_COLUMNS = (
    "as_of",
    "activation_state",
    "activate_time",
    "window_start",
    "window_end",
    "is_mature",
    "exclusion_id",
    "settle_state",
    "not_learned_reason",
    "due_time",
    "outcome_ids",
    "reward",
    "reward_raw",
    "reward_scaled",
)
"""Columns of JOINED that say what became of a decision."""


def fate_rows(
    log: DecisionLog, learner: LearnerSpec, decisions: Sequence[Recorded[Choice]], as_of_us: int
) -> list[Row]:
    """Returns what became of the same decisions, which may be outlines; keys are FATE_COLUMNS."""
    if not decisions:
        return []
    terms = terms_of(log, decisions[0].value.input.portfolio_id, learner)
    histories = histories_of(log, decisions)
    settled = settlements_now(cast("DecisionLog", _LogAsOf(log, as_of_us)), learner, decisions)
    return [
        {**_fate(history, terms, as_of_us), **_settlement(one, learner)}
        for history, one in zip(histories, settled, strict=True)
    ]


def _fate(history: DecisionHistory[Choice], terms: SettleTerms, as_of_us: int) -> Row:
    activation = _known_activation(history, as_of_us)
    window = _window(history, terms, as_of_us)
    exclusion = terms.exclusions.of(history.decision, as_of_us)
    return {
        "as_of": as_of_us,
        "activation_state": None if activation is None else activation.state.name,
        "activate_time": None if activation is None else activation.activate_time_us,
        "window_start": None if window is None else window.start_us,
        "window_end": None if window is None else window.end_us,
        "is_mature": window is not None and _is_complete(window, terms, as_of_us),
        "exclusion_id": None if exclusion is None else exclusion.exclusion_id,
    }


def _known_activation(history: DecisionHistory[Choice], as_of_us: int) -> Activation | None:
    return history.activation if history.activation_record_time_us <= as_of_us else None


def _window(history: DecisionHistory[Choice], terms: SettleTerms, as_of_us: int) -> Window | None:
    decision = history.decision
    if decision.input.is_test or decision.result is Result.NO_ELIGIBLE:
        return None
    return follow(history, terms, as_of_us).window


def _is_complete(window: Window, terms: SettleTerms, as_of_us: int) -> bool:
    known_us = terms.marks.complete_time(terms.spec.required_feeds, window.end_us)
    return window.end_us <= as_of_us and known_us is not None and known_us <= as_of_us


def _settlement(settled: SettledDecision, learner: LearnerSpec) -> Row:
    settlement, reward = settled.settlement, settled.reward
    return {
        "settle_state": settlement.state.name,
        "not_learned_reason": None if settlement.reason is None else settlement.reason.name,
        "due_time": settlement.due_us,
        "outcome_ids": outcome_ids(settled, learner),
        "reward": None if reward is None else reward.clipped,
        "reward_raw": None if reward is None else reward.raw,
        "reward_scaled": None if reward is None else reward.scaled,
    }
