"""What the outcomes of a portfolio are looked at by, as of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.core.merges import Merges
from banditsvc.core.outcome import OutcomeStatus, OutcomeType
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.settle import SettleTerms
from banditsvc.serving.denials import DENYING
from banditsvc.serving.pending import OutcomeKey
from banditsvc.serving.reward_call import RewardCall

_NOT_PLAIN = frozenset({*DENYING, OutcomeType.REFUND})


@dataclass(frozen=True, slots=True)
class RewardTerms:
    """Those of one portfolio."""

    portfolio: Portfolio
    merges: Merges
    settle: SettleTerms
    now_us: int
    weighs_amount: frozenset[tuple[OutcomeType, str]]
    """Outcomes that must have an amount: type and custom type."""

    def check(self, call: RewardCall) -> None:
        """Raises InvalidRequest for an outcome in another currency, or without an amount where the reward weighs it."""
        outcome, currency = call
        violations = []
        if currency and currency != self.portfolio.currency:
            violations.append(FieldViolation("outcome.currency", f"must be {self.portfolio.currency}, the portfolio's"))
        if outcome.amount is None and (outcome.type, outcome.custom_type) in self.weighs_amount:
            remedy = f"is required: the portfolio's reward weighs the amount of {outcome.type.name}"
            violations.append(FieldViolation("outcome.amount", remedy))
        if violations:
            raise InvalidRequest(violations)

    def plain_statuses(
        self,
        calls: Sequence[RewardCall],
        keys: Sequence[OutcomeKey],
        new: AbstractSet[OutcomeKey],
        send_times: Mapping[str, int],
    ) -> list[OutcomeStatus | None]:
        """Returns what becomes of each outcome that is plain: of it nothing but its decision's send_time need be known.

        It is the status that outcome_status gives, by the same comparisons; None where that has to look at more.

        Args:
            calls: Outcomes of the portfolio.
            keys: Theirs.
            new: Those that are neither known nor posted twice.
            send_times: By decision_id, of decisions that surely go out and were recorded before now_us.
        """
        window_us, currencies = self.settle.window_us, ("", self.portfolio.currency)
        weighed = {kind for kind, _ in self.weighs_amount}
        # A decision is due once its window is over, but for feeds that it may wait for.
        open_from_us = self.now_us - window_us
        late = None if self.settle.spec.required_feeds else OutcomeStatus.LATE
        return [
            None
            if (send_time_us := send_times.get(outcome.decision_id)) is None
            or key not in new
            or outcome.type in _NOT_PLAIN
            or (outcome.amount is None and outcome.type in weighed)
            or currency not in currencies
            else OutcomeStatus.BEFORE_SEND
            if outcome.occur_time_us < send_time_us
            else OutcomeStatus.OUT_OF_WINDOW
            if outcome.occur_time_us >= send_time_us + window_us
            else OutcomeStatus.ACCEPTED
            if send_time_us >= open_from_us
            else late
            for (outcome, currency), key in zip(calls, keys, strict=True)
        ]
