"""Probabilities on columns: what who decides would choose for many customers, each with the bits of Rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray

from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.decision import DecidedBy, LearnedState, RankInput
from banditsvc.core.eligible_pmf import eligible_parts, eligible_pmf
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.exclusive_order import ExclusiveOrder
from banditsvc.core.exploration import ExclusiveRules, Exploration, FixedPriority
from banditsvc.core.fallback import random_share_probabilities
from banditsvc.core.levers import weighted_deviations, weighted_rewards
from banditsvc.core.policy import Policy, is_pmf
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rules import RuleFault
from banditsvc.core.scoring import Scorer
from banditsvc.serving.prepared_set import PreparedSet

_log = structlog.get_logger(__name__)
_Doubles = NDArray[np.float64]
_Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """What a model says of some rows, shape (rows, entries)."""

    rewards: _Doubles
    weighted: _Doubles
    """The rewards that exploration compares."""
    deviations: _Doubles | None
    weighted_deviations: _Doubles | None

    def take(self, places: NDArray[np.intp]) -> Predicted:
        """Returns the same of the rows at some places."""
        known, weighted = self.deviations, self.weighted_deviations
        return Predicted(
            self.rewards[places],
            self.weighted[places],
            None if known is None else known[places],
            None if weighted is None else weighted[places],
        )


def predict_columns(
    scorer: Scorer, contexts: ContextColumns, asked: RankInput, entries: PreparedSet, encoded: Sequence[EncodedCampaign]
) -> Predicted:
    """Returns what a model says of all entries, whoever may get them.

    Args:
        scorer: The model's.
        contexts: The customers.
        asked: What is the same for all of them.
        entries: The entries.
        encoded: Their features, made by the scorer's encoder.
    """
    batch = scorer.columns.encode(contexts, asked.channel, asked.placement, asked.send_time_us)
    rewards, deviations = scorer.predict(batch, encoded)
    return Predicted(
        rewards,
        weighted_rewards(rewards, entries.levers, entries.prices),
        deviations,
        weighted_deviations(deviations, rewards, entries.levers),
    )


class ColumnPolicies:
    """Computes probabilities of rows that are asked about alike, over the same entries."""

    def __init__(self, portfolio: Portfolio, entries: PreparedSet, asked: RankInput) -> None:
        self._portfolio = portfolio
        self._entries = entries
        self._asked = asked
        self._orders: dict[int, ExclusiveOrder] = {}

    def by_policy(
        self,
        policy: Policy,
        learned: LearnedState,
        predicted: Predicted,
        mask: _Bools,
        contexts: ContextColumns,
        *,
        is_finite: _Bools,
    ) -> tuple[_Doubles, _Bools]:
        """Returns the probabilities of a policy, and for which rows they and the predictions are sound.

        Args:
            policy: The policy.
            learned: What the model that predicted knows of its own learning.
            predicted: What it says.
            mask: Which entries are eligible.
            contexts: The customers.
            is_finite: For which rows all predictions of eligible entries are finite; see are_finite.
        """
        if not is_finite.all():
            rows, found = np.flatnonzero(is_finite), np.zeros(mask.shape)
            some = predicted.take(rows), mask[rows], contexts.take(rows)
            found[rows], _ = self.by_policy(policy, learned, *some, is_finite=is_finite[rows])
            return found, is_finite & is_pmf(found)
        try:
            order = self._order(policy.exploration, contexts)
        except RuleFault as fault:
            _log.error("rules_do_not_fit", portfolio_id=self._portfolio.portfolio_id, fault=fault.text)
            return np.zeros(mask.shape), np.zeros(len(mask), dtype=np.bool_)
        found = eligible_pmf(
            policy,
            predicted.weighted,
            order,
            mask,
            contexts,
            campaign_ids=self._entries.ids,
            learned=learned,
            deviation=predicted.weighted_deviations,
        )
        return found, is_pmf(found)

    def without_model(self, decided_by: DecidedBy, mask: _Bools, contexts: ContextColumns) -> _Doubles:
        """Returns the probabilities of an equal draw, of business as usual, or of the mixture of both."""
        if decided_by in {DecidedBy.UNIFORM_RANDOM, DecidedBy.FORCED}:
            return np.divide(1.0, self._parts(mask))
        as_usual = self._as_usual(mask, contexts)
        if decided_by is DecidedBy.RANDOM_SHARE:
            return random_share_probabilities(self._portfolio, as_usual, self._parts(mask))
        return as_usual

    def _as_usual(self, mask: _Bools, contexts: ContextColumns) -> _Doubles:
        usual: Exploration = self._portfolio.business_as_usual
        try:
            order = self._order(usual, contexts)
        except RuleFault:
            usual, order = FixedPriority(), self._entries.fixed_rank
        policy = Policy(portfolio_id=self._portfolio.portfolio_id, exploration=usual)
        return eligible_pmf(
            policy,
            np.zeros(mask.shape),
            order,
            mask,
            contexts,
            campaign_ids=self._entries.ids,
            learned=LearnedState(),
        )

    def _order(self, exploration: Exploration, contexts: ContextColumns) -> NDArray[np.int64]:
        """Returns the order of the entries, for exclusive rules that of each row."""
        if not isinstance(exploration, ExclusiveRules):
            return self._entries.fixed_rank
        order = self._orders.get(id(exploration))
        if order is None:
            order = self._orders[id(exploration)] = ExclusiveOrder(exploration, self._portfolio.context_schema)
        return order.order(contexts, self._entries.ids, self._entries.fixed_rank, self._asked)

    def _parts(self, mask: _Bools) -> _Doubles:
        """Returns the equal parts of each entry, infinity where it is not eligible."""
        return eligible_parts(mask, self._entries.ids)


def are_finite(rewards: _Doubles, mask: _Bools) -> _Bools:
    """Returns of which rows every eligible entry has a finite prediction."""
    is_finite = np.isfinite(rewards)
    if is_finite.all():
        return np.ones(len(mask), dtype=np.bool_)
    of_rows: _Bools = np.logical_and.reduce(is_finite | ~mask, axis=1)
    return of_rows
