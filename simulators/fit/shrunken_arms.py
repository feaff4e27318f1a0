"""Campaigns' chances shrunken towards each other by what the data prove of their differences, and draws of them.

The constant of a campaign is estimated with an error; that campaigns seem to differ is partly that error, and the best
looking one is most likely overrated. An empirical-Bayes model takes the true constants for normal about their mean: its
variance is that of DerSimonian and Laird (Controlled Clinical Trials 7, 1986), and 0 where the test finds no difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulators.fit.fit_rows import FitRows
from simulators.fit.logistic import Floats, intercept_for
from simulators.fit.order_values import OrderValues
from simulators.fit.response_model import ResponseModel, placed_codes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShrunkenArms:
    """What is known of the constants of the campaigns: normal, independent of each other."""

    model: ResponseModel
    """With the means."""
    errors: Floats
    """Standard deviation of each; all 0 where the campaigns are taken for alike."""

    def drawn(self, random: np.random.Generator) -> ResponseModel:
        """Returns a model with constants as they may be."""
        return replace(
            self.model, constants=self.model.constants + self.errors * random.standard_normal(len(self.errors))
        )


def shrunken_arms(model: ResponseModel, rows: FitRows) -> ShrunkenArms:
    """Returns the constants of a model shrunken; the mean chance over all rows is that of the data."""
    chances = model.chances(rows)
    errors = 1.0 / np.sqrt(np.maximum(rows.per_arm(chances * (1.0 - chances)), 1e-9))
    weights = errors**-2.0
    center = float(weights @ model.constants / weights.sum())
    variance = _between(model.constants, weights) if model.differences.in_mean else 0.0
    kept = variance / (variance + errors**2)
    shrunken = center + kept * (model.constants - center)
    logits = replace(model, constants=shrunken).logits(rows.arms, placed_codes(rows))
    shift = intercept_for(float(rows.responses.mean()), logits, np.ones(len(rows)))
    return ShrunkenArms(
        model=replace(model, constants=shrunken + shift),
        errors=np.sqrt(kept) * errors,
    )


def _between(constants: Floats, weights: Floats) -> float:
    center = weights @ constants / weights.sum()
    excess = weights @ (constants - center) ** 2 - (len(constants) - 1)
    return max(float(excess / (weights.sum() - (weights**2).sum() / weights.sum())), 0.0)


def drawn_values(values: OrderValues, rows: FitRows, random: np.random.Generator) -> OrderValues:
    """Returns order values with factors as they may be; those of campaigns that are taken for alike stay 1."""
    assert rows.amounts is not None, "the reward is money"
    factors = []
    for arm, factor in enumerate(values.factors):
        amounts = rows.amounts[rows.responses & (rows.arms == arm)]
        error = float(amounts.std(ddof=1) / amounts.mean() / np.sqrt(len(amounts))) if len(amounts) > 1 else 0.0
        draw = float(random.standard_normal())
        factors.append(1.0 if factor == 1.0 else max(factor * (1.0 + error * draw), 0.01))
    return replace(values, factors=tuple(factors))
