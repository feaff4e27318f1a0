"""Rulings on columns: who or what decides for each of many customers, and with which probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.audience.column_policy import ColumnPolicies, Predicted, are_finite
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.decision import DecidedBy
from banditsvc.core.policy import Policy
from banditsvc.core.sampling import choose
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.deciders import BY_POLICY, decider_of, decider_of_nothing, policy_for

_Doubles = NDArray[np.float64]
_Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """How some rows are decided; as the same fields of DecidedColumns."""

    probabilities: _Doubles
    has_predicted: _Bools
    decided_by: NDArray[np.int64]
    policy_versions: NDArray[np.int64]

    def drawn(self, draws: _Doubles) -> NDArray[np.intp]:
        """Returns the entry drawn for each row, -1 where nothing is eligible."""
        if not self.probabilities.size:
            return np.full(len(draws), -1, dtype=np.intp)
        chosen = choose(self.probabilities, draws)
        chosen[~self.probabilities.any(axis=1)] = -1
        return chosen

    def explored(self, predicted: Predicted, mask: _Bools, chosen: NDArray[np.intp]) -> _Bools:
        """Returns for which rows a policy chose what is not the model's best."""
        by_policy: _Bools = self.decided_by == int(DecidedBy.POLICY)
        if not by_policy.any() or not mask.size:
            return np.zeros(len(mask), dtype=np.bool_)
        weighted = predicted.weighted if mask.all() else np.where(mask, predicted.weighted, -np.inf)
        mine = np.take_along_axis(weighted, np.maximum(chosen, 0)[:, None], axis=1)[:, 0]
        is_less: _Bools = mine < weighted.max(axis=1)
        return by_policy & is_less


class ColumnRulings:
    """Rules on the rows of a part by their groups, as deciding.py does for requests."""

    def __init__(self, active: ActivePortfolio, policies: ColumnPolicies, groups: Sequence[AssignmentGroup]) -> None:
        """Knows the distinct groups that rows name by their place."""
        self._active = active
        self._policies = policies
        both = [(group, is_challenged) for group in groups for is_challenged in (False, True)]
        self._policy = [
            policy_for(active, is_challenged=is_challenged and group in BY_POLICY) for group, is_challenged in both
        ]
        self._decided_by = [decider_of(active, group) for group, _ in both]
        self._of_nothing = [decider_of_nothing(active, group) for group, _ in both]

    def rule(
        self,
        who: NDArray[np.intp],
        predicted: Predicted,
        mask: _Bools,
        pinned: _Bools,
        contexts: ContextColumns,
    ) -> Ruled:
        """Returns how rows are decided.

        Args:
            who: Twice the place of each row's group, and 1 more where the policy on trial decides.
            predicted: What the model says.
            mask: Which entries are eligible.
            pinned: For which rows a campaign is forced.
            contexts: The customers.
        """
        count = len(mask)
        found = Ruled(
            np.zeros(mask.shape),
            are_finite(predicted.rewards, mask),
            np.empty(count, dtype=np.int64),
            np.full(count, self._active.policy.policy_version, dtype=np.int64),
        )
        nothing = ~mask.any(axis=1)
        found.has_predicted[nothing] = False
        keys = np.where(pinned, 2 * len(self._policy), who + nothing * len(self._policy))
        for key in np.flatnonzero(np.bincount(keys)).tolist():
            places = np.flatnonzero(keys == key)
            kind, place = divmod(key, len(self._policy))
            if kind == 1:
                found.decided_by[places] = self._of_nothing[place]
                found.policy_versions[places] = self._policy[place].policy_version
            elif kind == 0 and self._decided_by[place] is DecidedBy.POLICY:
                self._by_policy(self._policy[place], places, predicted, mask, contexts, found)
            else:
                decided_by = DecidedBy.FORCED if kind else self._decided_by[place]
                found.decided_by[places] = decided_by
                found.probabilities[places] = self._policies.without_model(
                    decided_by, mask[places], contexts.take(places)
                )
        return found

    def _by_policy(  # noqa: PLR0917
        self,
        policy: Policy,
        places: NDArray[np.intp],
        predicted: Predicted,
        mask: _Bools,
        contexts: ContextColumns,
        found: Ruled,
    ) -> None:
        if len(places) < len(mask):
            predicted, mask, contexts = predicted.take(places), mask[places], contexts.take(places)
        learned = self._active.scorer.model.learned
        probabilities, is_sound = self._policies.by_policy(policy, learned, predicted, mask, contexts)
        found.probabilities[places] = probabilities
        found.has_predicted[places] = is_sound
        found.decided_by[places] = DecidedBy.POLICY
        found.policy_versions[places] = policy.policy_version
        if not is_sound.all():
            fallen = np.flatnonzero(~is_sound)
            found.decided_by[places[fallen]] = DecidedBy.FALLBACK
            found.policy_versions[places[fallen]] = 0
            found.probabilities[places[fallen]] = self._policies.without_model(
                DecidedBy.FALLBACK, mask[fallen], contexts.take(fallen)
            )
