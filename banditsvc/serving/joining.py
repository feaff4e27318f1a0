"""What a posted outcome means now: which decisions it joins, and in what state they are."""

from __future__ import annotations

from banditsvc.core.attribution import Evidence, WindowedDecision, join
from banditsvc.core.choice import Choice
from banditsvc.core.merges import Merges
from banditsvc.core.outcome import Outcome, OutcomeStatus, OutcomeType
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.send import Send
from banditsvc.core.settle import DecisionHistory, SettleTerms, Window, outcome_status, window_of
from banditsvc.core.times import DAY_US
from banditsvc.evidence import histories_of
from banditsvc.serving.outcomes_ahead import OutcomesAhead

_MOST_AHEAD_US = 30 * DAY_US
"""How far ahead a decision may be scheduled."""

_PRECEDENCE = (
    OutcomeStatus.ACCEPTED,
    OutcomeStatus.LATE,
    OutcomeStatus.NOT_ACTIVATED,
    OutcomeStatus.OUT_OF_WINDOW,
    OutcomeStatus.BEFORE_SEND,
    OutcomeStatus.NOT_SENT,
)
"""The status of an outcome that means different things for several decisions is the first of these."""


JOINING = (OutcomeStatus.ACCEPTED, OutcomeStatus.LATE)
"""Statuses of outcomes that join the decision."""


Joins = tuple[OutcomeStatus, tuple[str, ...]]
"""What an outcome means as of now, and the decisions that it joins, by position."""
UNKNOWN: Joins = (OutcomeStatus.UNKNOWN_DECISION, ())


def joins_of(
    log: OutcomesAhead, portfolio: Portfolio, outcome: Outcome, *, terms: SettleTerms, merges: Merges, now_us: int
) -> Joins:
    """Returns what an outcome means now by the portfolio's attribution rule; for a refund pass what it refunds.

    Args:
        log: The decision log, read ahead for this outcome or not.
        portfolio: The outcome's.
        outcome: What was posted.
        terms: The portfolio's.
        merges: Those of its organization.
        now_us: Log time.
    """
    if outcome.type is OutcomeType.REFUND:
        return UNKNOWN
    if outcome.decision_id:
        return _joins_of_named(log.history_of(outcome.decision_id), outcome, terms, now_us)
    histories = _histories(log, portfolio, merges, outcome)
    if not histories:
        return UNKNOWN
    statuses = [outcome_status(outcome, history, terms, now_us) for _, history in histories]
    status = next(status for status in _PRECEDENCE if status in statuses)
    windows = [
        (position, history, window_of(history, terms, now_us))
        for (position, history), known in zip(histories, statuses, strict=True)
        if known in JOINING
    ]
    return status, _joined_ids(portfolio, outcome, [(p, h, w) for p, h, w in windows if w is not None])


def _joins_of_named(named: DecisionHistory[Send] | None, outcome: Outcome, terms: SettleTerms, now_us: int) -> Joins:
    """Returns what an outcome means for the decision that it names, which no rule takes it from."""
    if named is None or named.decision.input.portfolio_id != outcome.portfolio_id:
        return UNKNOWN
    status = outcome_status(outcome, named, terms, now_us)
    if status not in JOINING:
        return status, ()
    if named.activation is not None:
        window = window_of(named, terms, now_us)
        if window is None or not window.contains(outcome.occur_time_us):
            return status, ()
    return status, (outcome.decision_id,)


def _joined_ids(
    portfolio: Portfolio, outcome: Outcome, windows: list[tuple[int, DecisionHistory[Choice], Window]]
) -> tuple[str, ...]:
    windowed = [
        WindowedDecision(history.decision.decision_id, position, window) for position, history, window in windows
    ]
    attribution = portfolio.learner.reward.attribution
    return tuple(
        history.decision.decision_id
        for _, history, window in windows
        if join(history.decision, window, _evidence(outcome, history.decision, windowed), attribution)
    )


def _evidence(outcome: Outcome, decision: Choice, windowed: list[WindowedDecision]) -> Evidence:
    """Returns an outcome as evidence on a decision of its customer, whichever id that one was for."""
    if outcome.customer_id:
        outcome = outcome._replace(customer_id=decision.input.customer_id)
    return Evidence({outcome.outcome_id: outcome}, {}, windowed)


def _histories(
    log: OutcomesAhead, portfolio: Portfolio, merges: Merges, outcome: Outcome
) -> list[tuple[int, DecisionHistory[Choice]]]:
    """Returns by position the decisions of its customer that an outcome may join."""
    spec = portfolio.learner
    known = log.log.outlines_of_customers(
        portfolio.portfolio_id,
        merges.family(outcome.customer_id),
        outcome.occur_time_us
        - 2 * spec.reward.window_us
        - max(spec.settle.activation_deadline_us, spec.reward.window_us + spec.settle.grace_us),
        outcome.occur_time_us + _MOST_AHEAD_US,
    )
    return [(place.position, history) for place, history in zip(known, histories_of(log.log, known), strict=True)]
