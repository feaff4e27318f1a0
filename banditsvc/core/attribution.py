"""Attribution: which outcomes a decision is settled with, and with which share of each.

Outcomes are stored once and joins are derived, so another rule needs another relearn and no other data. What joins is a
function of the decision, its cut (the log time up to which evidence counts) and the records up to there, in whatever
order they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from banditsvc.core.choice import Choice
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.portfolio import Attribution
from banditsvc.core.settle import Window


@dataclass(frozen=True, slots=True)
class LoggedOutcome:
    """One revision of an outcome, with the time at which the log took it in."""

    outcome: Outcome
    record_time_us: int


@dataclass(frozen=True, slots=True)
class WindowedDecision:
    """A decision of the customer that has an outcome window as known by the cut."""

    decision_id: str
    position: int
    window: Window


@dataclass(frozen=True, slots=True)
class JoinedOutcome:
    """An outcome that counts for a decision."""

    outcome: Outcome
    share: float
    """Part of it that counts for this decision, in (0, 1]."""
    refunded: float = 0.0
    """Amount that its refunds take back."""

    @property
    def amount(self) -> float:
        """What is left of the amount after refunds; 0 for an outcome that only counts."""
        return 0.0 if self.outcome.amount is None else self.outcome.amount - self.refunded


def effective_outcomes(revisions: Iterable[LoggedOutcome], cut_us: int) -> dict[str, Outcome]:
    """Returns by id the highest revision of each outcome that was recorded by the cut."""
    effective: dict[str, Outcome] = {}
    for logged in revisions:
        if logged.record_time_us > cut_us:
            continue
        outcome = logged.outcome
        known = effective.get(outcome.outcome_id)
        if known is None or outcome.revision > known.revision:
            effective[outcome.outcome_id] = outcome
    return effective


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the log says about the customer of one decision as of its cut."""

    outcomes: Mapping[str, Outcome]
    """Effective outcomes that name the decision or its customer; others are passed over."""
    refunds: Mapping[str, Outcome]
    """Effective refunds; those of other outcomes are passed over."""
    windowed: Sequence[WindowedDecision]
    """Every decision of the customer that has a window as known by the cut, this one included. Needed for LAST_SENT
    and SPLIT alone."""


def join(decision: Choice, window: Window, evidence: Evidence, attribution: Attribution) -> tuple[JoinedOutcome, ...]:
    """Returns what joins a decision with this outcome window, by outcome_id.

    The attribution rule is for outcomes that name a customer. One that names a decision joins that one only.
    """
    shares: list[tuple[Outcome, float]] = []
    for outcome_id in sorted(evidence.outcomes):
        outcome = evidence.outcomes[outcome_id]
        if outcome.type is OutcomeType.REFUND or not window.contains(outcome.occur_time_us):
            continue
        share = _share(outcome, decision, evidence.windowed, attribution)
        if share > 0.0:
            shares.append((outcome, share))
    if not evidence.refunds:
        return tuple([JoinedOutcome(outcome, share) for outcome, share in shares])
    return tuple(
        [JoinedOutcome(outcome, share, refunded_amount(outcome, evidence.refunds)) for outcome, share in shares]
    )


def refunded_amount(outcome: Outcome, refunds: Mapping[str, Outcome]) -> float:
    """Returns the amount that effective refunds take off an outcome.

    A refund without an amount takes back all of it, and all refunds together take back no more than a positive amount.
    Only an outcome with an amount has something to take back, and a refund of a refund is passed over.
    """
    if outcome.amount is None:
        return 0.0
    total = 0.0
    for refund_id in sorted(refunds):
        refund = refunds[refund_id]
        if refund.type is OutcomeType.REFUND and refund.refunded_outcome_id == outcome.outcome_id:
            if refund.amount is None:
                return outcome.amount
            total += refund.amount
    return min(total, outcome.amount) if outcome.amount > 0.0 else total


def _share(outcome: Outcome, decision: Choice, windowed: Sequence[WindowedDecision], attribution: Attribution) -> float:
    if outcome.decision_id:
        return 1.0 if outcome.decision_id == decision.decision_id else 0.0
    if outcome.customer_id != decision.input.customer_id:
        return 0.0
    if attribution is Attribution.ALL_IN_WINDOW:
        return 1.0
    if attribution is Attribution.CAMPAIGN_MATCH:
        return 1.0 if outcome.campaign_id and outcome.campaign_id == decision.campaign_id else 0.0
    rivals = [rival for rival in windowed if rival.window.contains(outcome.occur_time_us)]
    if attribution is Attribution.SPLIT:
        return 1.0 / len(rivals)
    last = max(rivals, key=lambda rival: (rival.window.start_us, rival.position))
    return 1.0 if last.decision_id == decision.decision_id else 0.0
