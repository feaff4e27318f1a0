"""ShrunkMeans: mean rewards by campaign and kind of customer, shrunken where they rest on little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from offline_eval.intervals import Floats
from offline_eval.logged import Logged
from offline_eval.reward_models.folds import FOLDS, fold_of
from offline_eval.reward_models.names import Names, check_known, joined_names, names_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrunkMeans:
    """Sums by fold, campaign and labels, of which the means are made; those of parts of a log add up.

    A prediction is the mean of all, plus an effect of the labels, one of the campaign, and one of both together, each
    shrunken by n t / (n t + s): n decisions, s the variance of the reward within a group and t that of the effect, by the
    method of moments (DerSimonian and Laird, "Meta-analysis in clinical trials", 1986). A customer's own fold is left out.
    """

    by: tuple[str, ...]
    """Labels whose combinations are the kinds of customers, such as segment."""
    names: tuple[Names, ...]
    """Of the campaigns, and of the values of each label."""
    count: Floats
    """Decisions, shape (folds, campaigns, values of the first label, ...)."""
    total: Floats
    """Sums of their rewards, of the same shape."""
    squares: Floats
    """Sums of the squares of the rewards, shape (folds,)."""

    @classmethod
    def of(cls, logged: Logged, by: tuple[str, ...] = ()) -> Self:
        """Returns the sums of a log.

        Raises:
            ValueError: The log has no such label.
        """
        names = names_of(logged, by)
        fold, chosen = fold_of(logged.customer), logged.entries.campaign.codes[logged.chosen]
        shape = (FOLDS, *map(len, names))
        place = np.ravel_multi_index((fold, chosen, *[logged.labels[label].codes for label in by]), shape)
        return cls(
            by=by,
            names=names,
            count=_binned(place, None, shape),
            total=_binned(place, logged.reward, shape),
            squares=_binned(fold, logged.reward**2, (FOLDS,)),
        )

    def __add__(self, other: Self) -> Self:
        """Returns the sums of both parts.

        Raises:
            ValueError: They are by other labels, or number their names differently.
        """
        if self.by != other.by:
            raise ValueError(f"one part is by {self.by}, the other by {other.by}")
        names = joined_names(self.names, other.names)
        shape = (FOLDS, *map(len, names))
        return type(self)(
            by=self.by,
            names=names,
            count=_grown(self.count, shape) + _grown(other.count, shape),
            total=_grown(self.total, shape) + _grown(other.total, shape),
            squares=self.squares + other.squares,
        )

    def predicted(self, logged: Logged) -> Floats:
        """Returns the mean reward of each entry's campaign for its kind of customer, by the other folds.

        Raises:
            ValueError: The log numbers its names differently, or has names that the sums have not.
        """
        check_known(self.names, logged, self.by)
        table, sizes = self._table(), self.count.shape[2:]
        cells = table.shape[2]
        kind = np.ravel_multi_index([logged.labels[label].codes for label in self.by], sizes) if self.by else 0
        of_decision = fold_of(logged.customer) * table.shape[1] * cells + kind
        place = np.repeat(of_decision, np.diff(logged.entries.start))
        place += logged.entries.campaign.codes.astype(np.intp) * cells
        return np.take(table, place)

    def _table(self) -> Floats:
        """Returns the predictions, shape (folds, campaigns, kinds of customers)."""
        folds, campaigns, *_ = self.count.shape
        count, total = ((table.sum(axis=0) - table).reshape(folds, campaigns, -1) for table in (self.count, self.total))
        mean = _ratio(total.sum(axis=(1, 2)), count.sum(axis=(1, 2)))
        groups = (count > 0.0).sum(axis=(1, 2))
        within = (self.squares.sum() - self.squares) - (_ratio(total, count) * total).sum(axis=(1, 2))
        within = np.maximum(within, 0.0) / np.maximum(count.sum(axis=(1, 2)) - groups, 1.0)
        found = np.broadcast_to(mean[:, None, None], count.shape)
        kinds = (count.sum(axis=1) > 0.0).sum(axis=1)
        chosen = (count.sum(axis=2) > 0.0).sum(axis=1)
        for over, freedom in ((1, kinds - 1), (2, chosen - 1), ((), groups - kinds - chosen + 1)):
            left = (total - count * found).sum(axis=over, keepdims=True)
            found = found + _shrunken(left, count.sum(axis=over, keepdims=True), within, freedom)
        return found


def _shrunken(left: Floats, count: Floats, within: Floats, freedom: NDArray[np.int_]) -> Floats:
    """Returns the effects of groups, by fold, from what their rewards are above what was expected."""
    effect = _ratio(left, count)
    decisions = count.sum(axis=(1, 2))
    spread = decisions - _ratio((count**2).sum(axis=(1, 2)), decisions)
    between = np.maximum(_ratio((effect * left).sum(axis=(1, 2)) - freedom * within, spread), 0.0)
    signal = count * between[:, None, None]
    return effect * _ratio(signal, signal + within[:, None, None])


def _ratio(above: Floats, below: Floats) -> Floats:
    """Returns the ratio, 0 where nothing is below."""
    return np.divide(above, below, out=np.zeros(np.shape(below)), where=below > 0.0)


def _binned(place: NDArray[np.intp], values: Floats | None, shape: tuple[int, ...]) -> Floats:
    return np.bincount(place, values, minlength=int(np.prod(shape))).astype(np.float64).reshape(shape)


def _grown(table: Floats, shape: tuple[int, ...]) -> Floats:
    return np.pad(table, [(0, size - own) for size, own in zip(shape, table.shape, strict=True)])
