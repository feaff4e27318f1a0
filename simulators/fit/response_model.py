"""The chance of a response by campaign and context: a logistic model whose odds are products, as a world has them.

log-odds = own constant of the campaign + sum over parts of (effect of the value + the campaign's own deviation from it).
Effects and deviations are shrunken towards 0, each by a ridge of its own. Its strength is chosen by cross-validation: the
strongest whose loss on the rows left out is within a standard error, paired by row, of the best one's (the one-standard-
error rule of Breiman, Friedman, Olshen and Stone 1984, section 3.4.3). Deviations are allowed at all only where a test
finds that campaigns differ in whom they suit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit, log_expit

from simulators.fit.campaign_differences import Differences, campaign_differences
from simulators.fit.fit_rows import FitRows
from simulators.fit.logistic import Floats, intercept_for, ridge_logistic
from simulators.fit.response_cells import ResponseCells, cells_of

EFFECT_PENALTIES = (1.0, 4.0, 16.0, 64.0, 256.0, np.inf)
DEVIATION_PENALTIES = (4.0, 16.0, 64.0, 256.0, np.inf)
"""Inverse variances of log-odds that are tried: 16 stands for a standard deviation of .25; infinite for none."""
FOLDS = 5
_FOLD_SEED = 20_260


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseModel:
    """A fitted model."""

    constants: Floats
    """Log-odds of each arm where all effects are 0."""
    effects: Floats
    """Log-odds of each value of each part by arm, shape (arms, values of all parts in a row)."""
    effect_penalty: float
    deviation_penalty: float
    differences: Differences

    def logits(self, arms: NDArray[np.int64], placed: NDArray[np.int64]) -> Floats:
        """Returns log-odds.

        Args:
            arms: Of each row.
            placed: Places of the row's values among the values of all parts, shape (rows, parts).
        """
        own = self.effects[arms[:, None], placed].sum(axis=1) if placed.shape[1] else 0.0
        return np.asarray(self.constants[arms] + own, dtype=np.float64)

    def chances(self, rows: FitRows) -> Floats:
        """Returns the predicted chance of a response of each row, for the campaign that it got."""
        return self.chances_of(rows, rows.arms)

    def chances_of(self, rows: FitRows, arms: NDArray[np.int64]) -> Floats:
        """Returns the predicted chance of each row, had it got these arms."""
        return np.asarray(expit(self.logits(arms, placed_codes(rows))), dtype=np.float64)

    def with_means(self, means: Floats, rows: FitRows) -> Self:
        """Returns the model with constants by which the mean chance of each arm's own rows is as given."""
        logits = self.logits(rows.arms, placed_codes(rows))
        shifts = np.zeros(len(self.constants))
        for arm, mean in enumerate(means):
            own = rows.arms == arm
            shifts[arm] = intercept_for(float(mean), logits[own], np.ones(int(own.sum())))
        return replace(self, constants=self.constants + shifts)


def placed_codes(rows: FitRows) -> NDArray[np.int64]:
    """Returns the place of each row's values among the values of all parts, shape (rows, parts)."""
    columns = list(rows.parts.values())
    if not columns:
        return np.zeros((len(rows), 0), dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum([len(column.names) for column in columns])[:-1]])
    return np.asarray(np.stack([column.codes for column in columns], axis=1) + offsets, dtype=np.int64)


def fit_responses(rows: FitRows, means: Floats | None = None) -> ResponseModel:
    """Returns the model of some rows, every arm of which has both rows with a response and rows without.

    Args:
        rows: The data.
        means: Mean chance that the rows of each arm must have; by default the share that responded.
    """
    cells = cells_of(rows)
    differences = campaign_differences(cells)
    effect = _chosen(rows, [(penalty, np.inf) for penalty in EFFECT_PENALTIES])[0]
    deviation = np.inf
    if differences.in_whom_they_suit:
        deviation = _chosen(rows, [(effect, penalty) for penalty in DEVIATION_PENALTIES])[1]
    constants, effects = _fit(cells, effect, deviation)
    model = ResponseModel(
        constants=constants,
        effects=effects,
        effect_penalty=effect,
        deviation_penalty=deviation,
        differences=differences,
    )
    shares = rows.per_arm(rows.responses.astype(np.float64)) / rows.arm_rows
    return model.with_means(shares if means is None else means, rows)


def _fit(cells: ResponseCells, effect: float, deviation: float) -> tuple[Floats, Floats]:
    parts, penalties = [cells.arm_design()], [np.zeros(cells.arm_count)]
    if np.isfinite(effect) and cells.value_count:
        parts.append(cells.value_design())
        penalties.append(np.full(cells.value_count, effect))
    if np.isfinite(deviation) and cells.value_count:
        parts.append(cells.own_value_design())
        penalties.append(np.full(cells.arm_count * cells.value_count, deviation))
    found = ridge_logistic(sparse.hstack(parts, format="csr"), cells.count, cells.responses, np.concatenate(penalties))
    constants, rest = np.split(found, [cells.arm_count])
    effects = np.zeros((cells.arm_count, cells.value_count))
    if len(parts) > 1 and np.isfinite(effect):
        shared, rest = np.split(rest, [cells.value_count])
        effects += shared
    if len(rest):
        effects += rest.reshape(effects.shape)
    return constants, effects


def _chosen(rows: FitRows, settings: list[tuple[float, float]]) -> tuple[float, float]:
    """Returns the setting that shrinks most among those as good as the best; settings are ordered by it."""
    fold = np.random.default_rng(_FOLD_SEED).permutation(len(rows)) % FOLDS
    cells = [
        (cells_of(rows.take(np.flatnonzero(fold != k))), cells_of(rows.take(np.flatnonzero(fold == k))))
        for k in range(FOLDS)
    ]
    losses = [_losses(cells, *setting) for setting in settings]
    left_out = [tested for _, tested in cells]
    totals = [sum(_total(loss, tested) for loss, tested in zip(one, left_out, strict=True)) for one in losses]
    best = int(np.argmin(totals))
    for setting, one in zip(reversed(settings), reversed(losses), strict=True):
        if _is_as_good(one, losses[best], left_out):
            return setting
    return settings[best]


_Loss = tuple[Floats, Floats]
"""Loss of a row of each cell with a response, and without."""


def _losses(cells: list[tuple[ResponseCells, ResponseCells]], effect: float, deviation: float) -> list[_Loss]:
    found = []
    for fitted, tested in cells:
        constants, effects = _fit(fitted, effect, deviation)
        logits = constants[tested.arms]
        if tested.value_count:
            logits = logits + effects[tested.arms[:, None], tested.codes + tested.offsets].sum(axis=1)
        found.append((-log_expit(logits), -log_expit(-logits)))
    return found


def _total(loss: _Loss, cells: ResponseCells) -> float:
    return float(cells.responses @ loss[0] + (cells.count - cells.responses) @ loss[1])


def _is_as_good(losses: list[_Loss], best: list[_Loss], left_out: list[ResponseCells]) -> bool:
    total = squares = rows = 0.0
    for loss, other, cells in zip(losses, best, left_out, strict=True):
        gap = (loss[0] - other[0], loss[1] - other[1])
        total += _total(gap, cells)
        squares += _total((gap[0] ** 2, gap[1] ** 2), cells)
        rows += float(cells.count.sum())
    return total <= float(np.sqrt(max(squares - total**2 / rows, 0.0)))
