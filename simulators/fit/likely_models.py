"""Models as they may be: draws from the posterior of the chances, in which differences between campaigns are proven ones.

That campaigns seem to differ is partly error, and the best looking one is most likely overrated. So the constants of the
campaigns are taken for normal about a common one; the variance is that of DerSimonian and Laird (Controlled Clinical
Trials 7, 1986), and 0 where the test finds no difference. Effects of the context and deviations have the ridge of the
fitted model for prior. The posterior is Laplace's approximation: normal about the mode.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.linalg import cholesky, solve_triangular

from simulators.fit.fit_rows import FitRows
from simulators.fit.logistic import Floats, ridge_curvature, ridge_logistic
from simulators.fit.order_values import OrderValues
from simulators.fit.response_cells import ResponseCells, cells_of
from simulators.fit.response_model import ResponseModel

_LEAST_FACTOR = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LikelyModels:
    """The posterior of a model's coefficients."""

    fitted: ResponseModel
    mode: Floats
    root: Floats
    """Upper Cholesky factor of the inverse covariance."""
    cells: ResponseCells
    has_own_means: bool
    """Whether campaigns may differ in their means; likewise in the odds of the values, and whether values matter."""
    has_deviations: bool
    has_effects: bool

    @property
    def all_alike(self) -> bool:
        """Returns whether all campaigns have the same chances in every draw."""
        return not (self.has_own_means or self.has_deviations)

    def drawn(self, random: np.random.Generator) -> ResponseModel:
        """Returns a model as it may be."""
        return self._model(self.mode + solve_triangular(self.root, random.standard_normal(len(self.mode))))

    def likeliest(self) -> ResponseModel:
        """Returns the model of the mode."""
        return self._model(self.mode)

    def _model(self, coefficients: Floats) -> ResponseModel:
        arms, values = self.cells.arm_count, self.cells.value_count
        common, rest = coefficients[0], coefficients[1:]
        constants, effects = np.full(arms, common), np.zeros((arms, values))
        if self.has_own_means:
            constants, rest = constants + rest[:arms], rest[arms:]
        if self.has_effects:
            effects, rest = effects + rest[:values], rest[values:]
        if self.has_deviations:
            effects += rest.reshape(arms, values)
        return replace(self.fitted, constants=constants, effects=effects)


def likely_models(model: ResponseModel, rows: FitRows) -> LikelyModels:
    """Returns the posterior of a model that was fitted to some rows."""
    cells = cells_of(rows)
    variance = _between(model, rows) if model.differences.in_mean else 0.0
    has_effects = bool(np.isfinite(model.effect_penalty)) and cells.value_count > 0
    has_deviations = bool(np.isfinite(model.deviation_penalty)) and cells.value_count > 0
    parts, penalties = [sparse.csr_matrix(np.ones((len(cells.count), 1)))], [np.zeros(1)]
    if variance > 0.0:
        parts.append(cells.arm_design())
        penalties.append(np.full(cells.arm_count, 1.0 / variance))
    if has_effects:
        parts.append(cells.value_design())
        penalties.append(np.full(cells.value_count, model.effect_penalty))
    if has_deviations:
        parts.append(cells.own_value_design())
        penalties.append(np.full(cells.arm_count * cells.value_count, model.deviation_penalty))
    design, penalty = sparse.hstack(parts, format="csr"), np.concatenate(penalties)
    mode = ridge_logistic(design, cells.count, cells.responses, penalty)
    return LikelyModels(
        fitted=model,
        mode=mode,
        root=np.asarray(cholesky(ridge_curvature(design, cells.count, penalty, mode)), dtype=np.float64),
        cells=cells,
        has_own_means=variance > 0.0,
        has_deviations=has_deviations,
        has_effects=has_effects,
    )


def _between(model: ResponseModel, rows: FitRows) -> float:
    """Returns the variance of the campaigns' constants that is not error."""
    chances = model.chances(rows)
    weights = np.maximum(rows.per_arm(chances * (1.0 - chances)), 1e-9)
    center = weights @ model.constants / weights.sum()
    excess = weights @ (model.constants - center) ** 2 - (len(weights) - 1)
    return max(float(excess / (weights.sum() - (weights**2).sum() / weights.sum())), 0.0)


def drawn_values(values: OrderValues, rows: FitRows, random: np.random.Generator) -> OrderValues:
    """Returns order values with factors as they may be; those of campaigns that are taken for alike stay 1."""
    assert rows.amounts is not None, "the reward is money"
    factors = []
    for arm, factor in enumerate(values.factors):
        amounts = rows.amounts[rows.responses & (rows.arms == arm)]
        error = float(amounts.std(ddof=1) / amounts.mean() / np.sqrt(len(amounts))) if len(amounts) > 1 else 0.0
        draw = float(random.standard_normal())
        factors.append(1.0 if factor == 1.0 else max(factor * (1.0 + error * draw), _LEAST_FACTOR))
    return replace(values, factors=tuple(factors))
