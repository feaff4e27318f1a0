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
from banditsvc.core.exploration.best import best_of
from banditsvc.core.sampling import choose
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.deciders import BY_POLICY, decider_of, decider_of_nothing, policy_for

_Doubles = NDArray[np.float64]
_Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """How some rows are decided; as the same fields of DecidedColumns."""

    is_nothing: _Bools
    """Where nothing is eligible."""
    probabilities: _Doubles
    has_predicted: _Bools
    decided_by: NDArray[np.int64]
    policy_versions: NDArray[np.int64]

    def drawn(self, draws: _Doubles) -> NDArray[np.intp]:
        """Returns the entry drawn for each row, -1 where nothing is eligible."""
        if not self.probabilities.size:
            return np.full(len(draws), -1, dtype=np.intp)
        chosen = choose(self.probabilities, draws)
        chosen[self.is_nothing] = -1
        return chosen

    def explored(self, predicted: Predicted, mask: _Bools, chosen: NDArray[np.intp]) -> _Bools:
        """Returns for which rows a policy chose what is not the model's best."""
        by_policy: _Bools = self.decided_by == int(DecidedBy.POLICY)
        if not by_policy.any() or not mask.size:
            return np.zeros(len(mask), dtype=np.bool_)
        weighted = predicted.weighted if mask.all() else np.where(mask, predicted.weighted, -np.inf)
        rows, count = mask.shape
        mine = weighted.ravel().take(np.arange(rows) * count + np.maximum(chosen, 0))
        is_less: _Bools = mine < best_of(weighted)[:, 0]
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
        of_nothing = [decider_of_nothing(active, group) for group, _ in both]
        # Of each kind of row, as they are numbered in rule.
        self._deciders = np.array([*self._decided_by, *of_nothing, DecidedBy.FORCED], dtype=np.int64)
        versions, usual = [one.policy_version for one in self._policy], active.policy.policy_version
        by_policy = [one is DecidedBy.POLICY for one in self._decided_by]
        self._versions = np.array([*np.where(by_policy, versions, usual), *versions, usual], dtype=np.int64)

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
        count, kinds = len(mask), len(self._policy)
        is_nothing = (
            np.zeros(count, dtype=np.bool_) if mask.all() and mask.size else ~np.logical_or.reduce(mask, axis=1)
        )
        is_finite = are_finite(predicted.rewards, mask)
        keys = np.where(pinned, 2 * kinds, who + is_nothing * kinds)
        used = np.bincount(keys, minlength=2 * kinds + 1)
        most = int(used[:kinds].argmax())
        if 2 * used[most] > count and self._decided_by[most] is DecidedBy.POLICY:
            # Computing the others too, to be written over, takes less than gathering these.
            probabilities, is_sound = self._by_policy(most, predicted, mask, is_finite, contexts)
        else:
            most, probabilities, is_sound = -1, np.zeros(mask.shape), is_finite
        found = Ruled(is_nothing, probabilities, is_finite & ~is_nothing, self._deciders[keys], self._versions[keys])
        for key in np.flatnonzero(used).tolist():
            kind, place = divmod(key, kinds)
            if key == most:
                self._fall_back(np.flatnonzero((keys == key) & ~is_sound), mask, contexts, found)
                continue
            places = np.flatnonzero(keys == key)
            if kind == 1:
                found.probabilities[places] = 0.0
            elif kind == 0 and self._decided_by[place] is DecidedBy.POLICY:
                some = predicted.take(places), mask[places], is_finite[places], contexts.take(places)
                probabilities[places], is_sound[places] = self._by_policy(place, *some)
                self._fall_back(places[~is_sound[places]], mask, contexts, found)
            else:
                self._without_model(
                    DecidedBy.FORCED if kind else self._decided_by[place], places, mask, contexts, found
                )
        return found

    def _by_policy(
        self, place: int, predicted: Predicted, mask: _Bools, is_finite: _Bools, contexts: ContextColumns
    ) -> tuple[_Doubles, _Bools]:
        learned = self._active.scorer.model.learned
        return self._policies.by_policy(self._policy[place], learned, predicted, mask, contexts, is_finite=is_finite)

    def _fall_back(self, places: NDArray[np.intp], mask: _Bools, contexts: ContextColumns, found: Ruled) -> None:
        if len(places):
            self._without_model(DecidedBy.FALLBACK, places, mask, contexts, found)
            found.decided_by[places] = DecidedBy.FALLBACK
            found.policy_versions[places] = 0
            found.has_predicted[places] = False

    def _without_model(
        self, decided_by: DecidedBy, places: NDArray[np.intp], mask: _Bools, contexts: ContextColumns, found: Ruled
    ) -> None:
        found.probabilities[places] = self._policies.without_model(decided_by, mask[places], contexts.take(places))
