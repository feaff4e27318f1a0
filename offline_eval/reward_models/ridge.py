"""Ridge: a linear model of the reward for each campaign, drawn to one of all campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from offline_eval.intervals import Floats
from offline_eval.logged import Logged
from offline_eval.reward_models.folds import FOLDS, fold_of
from offline_eval.reward_models.names import Names, check_known, joined_names, names_of

STRENGTH = 50.0
"""So many decisions weigh as much as the model of all campaigns does, unless another strength is asked for."""
_CELLS = 1 << 20
"""Predictions that are made at once, eligible or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridge:
    """Gram matrices by fold and campaign, of which the models are made; those of parts of a log add up.

    The columns are 1, the features, and a column for each value of each label. The model of all campaigns is a ridge
    regression (Hoerl and Kennard, 1970) whose constant is free; that of a campaign is one of what is left, so that a
    campaign with few decisions is predicted as the others are. Columns are weighed by their mean square, which makes the
    strength free of units. A customer's own fold is left out: the sums of all less those of the fold.
    """

    by: tuple[str, ...]
    strength: float
    names: tuple[Names, ...]
    """Of the campaigns, and of the values of each label."""
    features: int
    gram: Floats
    """Sums of x x', shape (folds, campaigns, columns, columns)."""
    product: Floats
    """Sums of x r, shape (folds, campaigns, columns)."""

    @classmethod
    def of(cls, logged: Logged, by: tuple[str, ...] = (), strength: float = STRENGTH) -> Self:
        """Returns the matrices of a log.

        Raises:
            ValueError: The log has no such label.
        """
        names = names_of(logged, by)
        columns = _design(logged, by, names)
        folds, campaigns, size = FOLDS, len(names[0]), columns.shape[1]
        group = fold_of(logged.customer) * campaigns + logged.entries.campaign.codes[logged.chosen]
        order = np.argsort(group, kind="stable")
        ends = np.cumsum(np.bincount(group, minlength=folds * campaigns))
        gram, product = np.zeros((folds * campaigns, size, size)), np.zeros((folds * campaigns, size))
        for place, (first, end) in enumerate(zip([0, *ends.tolist()], ends.tolist(), strict=False)):
            mine = columns[order[first:end]]
            gram[place], product[place] = mine.T @ mine, mine.T @ logged.reward[order[first:end]]
        return cls(
            by=by,
            strength=strength,
            names=names,
            features=size - 1 - sum(map(len, names[1:])),
            gram=gram.reshape(folds, campaigns, size, size),
            product=product.reshape(folds, campaigns, size),
        )

    def __add__(self, other: Self) -> Self:
        """Returns the matrices of both parts.

        Raises:
            ValueError: They have other columns or strengths, or number their names differently.
        """
        if (self.by, self.strength, self.features) != (other.by, other.strength, other.features):
            raise ValueError("the two parts were made with other features, labels or strengths")
        names = joined_names(self.names, other.names)
        one, two = self._grown(names), other._grown(names)
        return type(self)(
            by=self.by,
            strength=self.strength,
            names=names,
            features=self.features,
            gram=one[0] + two[0],
            product=one[1] + two[1],
        )

    def predicted(self, logged: Logged) -> Floats:
        """Returns the reward of each entry's campaign, by the other folds.

        Raises:
            ValueError: The log numbers its names differently, or has names that the matrices have not.
        """
        check_known(self.names, logged, self.by)
        columns, fold, coefficients = _design(logged, self.by, self.names), fold_of(logged.customer), self._models()
        start, campaign = logged.entries.start, logged.entries.campaign.codes
        found = np.empty(len(campaign))
        block = max(1, _CELLS // max(coefficients.shape[1], 1))
        for first in range(0, len(logged), block):
            end = min(first + block, len(logged))
            table = np.empty((end - first, coefficients.shape[1]))
            for place in range(FOLDS):
                mine = fold[first:end] == place
                table[mine] = columns[first:end][mine] @ coefficients[place].T
            rows = np.repeat(np.arange(end - first), np.diff(start[first : end + 1]))
            places = slice(start[first], start[end])
            found[places] = table[rows, campaign[places]]
        return found

    def _models(self) -> Floats:
        """Returns the coefficients, shape (folds, campaigns, columns)."""
        gram, product = (table.sum(axis=0) - table for table in (self.gram, self.product))
        size = gram.shape[-1]
        of_all = gram.sum(axis=1)
        counts = of_all[:, :1, 0]
        # A column that was never anything but 0 has no say; nor has the constant where there is no decision.
        square = np.diagonal(of_all, axis1=1, axis2=2) / np.maximum(counts, 1.0)
        weight = self.strength * np.where(square > 0.0, square, 1.0)
        free = np.where((np.arange(size) > 0) | (counts == 0.0), weight, 0.0)
        common = np.linalg.solve(of_all + free[:, None, :] * np.eye(size), product.sum(axis=1)[..., None])[..., 0]
        left = product - np.einsum("fkij,fj->fki", gram, common)
        own = np.linalg.solve(gram + (weight[:, None, :] * np.eye(size))[:, None], left[..., None])[..., 0]
        return np.asarray(common[:, None] + own)

    def _grown(self, names: tuple[Names, ...]) -> tuple[Floats, Floats]:
        """Returns both tables with room for more names."""
        starts = np.cumsum([1 + self.features, *[len(values) for values in names[1:]]])
        own = [np.arange(len(values)) + start for values, start in zip(self.names[1:], starts, strict=False)]
        columns = np.concatenate([np.arange(1 + self.features), *own])
        campaigns, size = np.arange(len(self.names[0])), int(starts[-1])
        gram = np.zeros((FOLDS, len(names[0]), size, size))
        product = np.zeros((FOLDS, len(names[0]), size))
        gram[np.ix_(np.arange(FOLDS), campaigns, columns, columns)] = self.gram
        product[np.ix_(np.arange(FOLDS), campaigns, columns)] = self.product
        return gram, product


def _design(logged: Logged, by: tuple[str, ...], names: tuple[Names, ...]) -> Floats:
    """Returns the columns of each decision."""
    count = len(logged)
    parts: list[NDArray[np.float64]] = [np.ones((count, 1))]
    if logged.features is not None:
        parts.append(logged.features)
    for label, values in zip(by, names[1:], strict=True):
        column = np.zeros((count, len(values)))
        column[np.arange(count), logged.labels[label].codes] = 1.0
        parts.append(column)
    return np.concatenate(parts, axis=1)
