"""Looking at one decision: what was decided, what became of it, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from banditsvc.core.activation import Activation
from banditsvc.core.decision import Decision
from banditsvc.core.errors import NotFound
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.settle import Settlement, SettleState
from banditsvc.maturing import is_settled_at
from banditsvc.ports import DecisionLog, Recorded
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.replaying import stored_message_fields
from banditsvc.serving.resources import Resources
from banditsvc.settling import exclusions_of, settlement_now


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A stored decision with what the log says of it now."""

    decision: Recorded[Decision]
    activation: Recorded[Activation] | None
    settle_state: SettleState
    """SETTLED once the learner has passed it; one that is due and still in line is OPEN."""
    due_time_us: int
    """When it settles, as far as is known now."""
    reward: float | None
    """As of now, in the units of the portfolio's reward; None where the decision has no outcome window."""
    outcome_ids: tuple[str, ...]
    exclusion_id: int = 0
    """Exclusion in force that covers it, 0 for none."""
    provisional_age_us: int | None = None
    """Checkpoint as of which it is learned from provisionally; None where it is not."""
    message_fields: Mapping[str, str] = field(default_factory=dict)
    """What the catalogue of then passes through for the chosen campaign and treatment."""


class Inspector:
    """Answers GetDecision from the log, and from how far the learner has come."""

    def __init__(self, resources: Resources, active: ActivePortfolios, log: DecisionLog) -> None:
        self._resources = resources
        self._active = active
        self._log = log

    def get(self, decision_id: str) -> DecisionView:
        """Returns a stored decision.

        Raises:
            NotFound: There is no such decision.
        """
        decision = self._log.get_decision(decision_id)
        if decision is None:
            raise NotFound("decision", decision_id)
        learner = self._resources.portfolio(decision.value.input.portfolio_id).value.learner
        stand = settlement_now(self._log, learner, decision)
        exclusions = exclusions_of(self._log, decision.value.input.portfolio_id)
        exclusion = exclusions.of(decision.value, self._log.watermark().time_us)
        return DecisionView(
            decision=decision,
            activation=self._log.get_activation(decision_id),
            settle_state=self._state(decision, stand.settlement),
            due_time_us=stand.settlement.due_us,
            reward=None if stand.reward is None else stand.reward.clipped,
            provisional_age_us=self._provisional_age_us(decision, learner),
            exclusion_id=0 if exclusion is None else exclusion.exclusion_id,
            outcome_ids=tuple(joined.outcome.outcome_id for joined in stand.joined),
            message_fields=stored_message_fields(self._resources, decision.value),
        )

    def _state(self, decision: Recorded[Decision], settlement: Settlement) -> SettleState:
        progress = self._active.progress(decision.value.input.portfolio_id)
        is_passed = progress is not None and decision.position <= progress.position
        return SettleState.OPEN if settlement.state is SettleState.SETTLED and not is_passed else settlement.state

    def _provisional_age_us(self, decision: Recorded[Decision], learner: LearnerSpec) -> int | None:
        """Returns the latest checkpoint at which the learner has passed it and it is learned from, None where it is not."""
        progress = self._active.progress(decision.value.input.portfolio_id)
        if progress is None or decision.position <= progress.position:
            return None
        ages_us, positions = learner.settle.checkpoints_us, progress.sums.early.positions
        if len(ages_us) != len(positions):
            # New settings have other checkpoints, and their relearn has not taken over yet.
            return None
        passed = [age_us for age_us, to in zip(ages_us, positions, strict=True) if decision.position <= to]
        return passed[-1] if passed and is_settled_at(self._log, learner, decision, passed[-1]) else None
