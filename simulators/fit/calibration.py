"""Calibration: whether the chances that were fitted on some rows are right on others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from simulators.fit.fit_rows import FitRows
from simulators.fit.logistic import Floats
from simulators.fit.order_values import OrderValues
from simulators.fit.response_model import ResponseModel

DECILES = 10
LEVEL = 0.01
"""Of the tests behind the verdict."""
_LEAST_EXPECTED = 5.0
"""Responses, and rows without, that a cell must be expected to have for its z to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationCell:
    """Some rows that the fit has not seen."""

    name: str
    rows: int
    predicted: float
    """Mean chance."""
    observed: float
    """Share that responded."""
    z: float
    """(observed - predicted) in standard errors; NaN where there are too few rows to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReward:
    """Mean reward of an arm on rows that the fit has not seen: money, or responses."""

    campaign_id: str
    rows: int
    predicted: float
    observed: float
    standard_error: float

    @property
    def z(self) -> float:
        """Returns (observed - predicted) in standard errors of the observed mean."""
        return (self.observed - self.predicted) / self.standard_error if self.standard_error > 0.0 else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What the held-out rows say of the fit."""

    fitted_rows: int
    rows: int
    """Held out."""
    responses: int
    """Of these."""
    deciles: tuple[CalibrationCell, ...]
    """By predicted chance, the lowest first; equal chances are in one cell."""
    arms: tuple[ArmReward, ...]
    by_part: str
    """Part of the context by which `pairs` are: the segment, or the one with the greatest effects; empty for none."""
    pairs: tuple[CalibrationCell, ...]
    """By campaign and value of that part."""
    brier: float
    brier_of_means: float
    """Of the model that gives every customer the mean of the arm."""
    log_loss: float
    log_loss_of_means: float
    log_loss_gain: float
    """log_loss_of_means - log_loss: above 0, the context tells something."""
    log_loss_gain_error: float
    """Its standard error, paired by row."""

    @property
    def decile_p(self) -> float:
        """Returns the p-value that the chances are right, by the sum of the squares of the deciles' z."""
        known = [cell.z for cell in self.deciles if math.isfinite(cell.z)]
        return float(chi2.sf(sum(z**2 for z in known), len(known))) if known else math.nan

    @property
    def off(self) -> tuple[CalibrationCell, ...]:
        """Returns the pairs that are off, by a test that is corrected for their number (Bonferroni)."""
        known = [cell for cell in self.pairs if math.isfinite(cell.z)]
        bound = float(norm.isf(0.5 * LEVEL / max(len(known), 1)))
        return tuple(cell for cell in known if abs(cell.z) > bound)

    @property
    def is_calibrated(self) -> bool:
        """Returns whether neither the deciles nor any pair say that the chances are wrong."""
        return not self.decile_p < LEVEL and not self.off

    @property
    def context_tells(self) -> bool:
        """Returns whether the context betters the prediction, at one-sided level LEVEL."""
        return self.log_loss_gain > float(norm.isf(LEVEL)) * self.log_loss_gain_error


def judge(model: ResponseModel, values: OrderValues | None, fitted: FitRows, held_out: FitRows) -> Calibration:
    """Returns how a model that was fitted to some rows does on others, which have the same arms and parts."""
    chances = model.chances(held_out)
    means = (fitted.per_arm(fitted.responses.astype(np.float64)) / fitted.arm_rows)[held_out.arms]
    responses = held_out.responses.astype(np.float64)
    gain = _log_losses(means, held_out.responses) - _log_losses(chances, held_out.responses)
    part = _part_to_show(model, held_out)
    return Calibration(
        fitted_rows=len(fitted),
        rows=len(held_out),
        responses=int(responses.sum()),
        deciles=tuple(_deciles(chances, responses)),
        arms=tuple(_arm_rewards(chances, values, held_out)),
        by_part=part,
        pairs=tuple(_pairs(part, chances, held_out)),
        brier=float(((chances - responses) ** 2).mean()),
        brier_of_means=float(((means - responses) ** 2).mean()),
        log_loss=float(_log_losses(chances, held_out.responses).mean()),
        log_loss_of_means=float(_log_losses(means, held_out.responses).mean()),
        log_loss_gain=float(gain.mean()),
        log_loss_gain_error=float(gain.std(ddof=1) / math.sqrt(len(gain))),
    )


def _log_losses(chances: Floats, responses: NDArray[np.bool_]) -> Floats:
    return -np.log(np.where(responses, chances, 1.0 - chances))


def _deciles(chances: Floats, responses: Floats) -> list[CalibrationCell]:
    ends = np.unique(np.quantile(chances, np.arange(1, DECILES) / DECILES, method="inverted_cdf"))
    place = np.searchsorted(ends, chances, side="left")
    found = []
    for number in np.unique(place):
        own = place == number
        low, high = chances[own].min(), chances[own].max()
        found.append(_cell(f"{low:.4f} to {high:.4f}", chances[own], responses[own]))
    return found


def _cell(name: str, chances: Floats, responses: Floats) -> CalibrationCell:
    expected, variance = float(chances.sum()), float((chances * (1.0 - chances)).sum())
    is_enough = min(expected, len(chances) - expected) >= _LEAST_EXPECTED
    return CalibrationCell(
        name=name,
        rows=len(chances),
        predicted=float(chances.mean()),
        observed=float(responses.mean()),
        z=(float(responses.sum()) - expected) / math.sqrt(variance) if is_enough else math.nan,
    )


def _arm_rewards(chances: Floats, values: OrderValues | None, rows: FitRows) -> list[ArmReward]:
    found = []
    for arm, campaign in enumerate(rows.campaigns):
        own = rows.arms == arm
        if own.sum() < 2:
            continue
        worth = 1.0 if values is None else values.law.mean * values.factors[arm]
        rewards = rows.rewards[own]
        found.append(
            ArmReward(
                campaign_id=campaign.campaign_id,
                rows=int(own.sum()),
                predicted=float(chances[own].mean()) * worth,
                observed=float(rewards.mean()),
                standard_error=float(rewards.std(ddof=1) / math.sqrt(len(rewards))),
            )
        )
    return found


def _part_to_show(model: ResponseModel, rows: FitRows) -> str:
    if "segment" in rows.parts:
        return "segment"
    spreads, place = {}, 0
    for name, column in rows.parts.items():
        own = model.effects[:, place : place + len(column.names)]
        spreads[name] = float((own.var(axis=1) + own.var(axis=0).mean()).mean())
        place += len(column.names)
    return max(spreads, key=lambda name: spreads[name]) if spreads else ""


def _pairs(part: str, chances: Floats, rows: FitRows) -> list[CalibrationCell]:
    if not part:
        return []
    column = rows.parts[part]
    responses = rows.responses.astype(np.float64)
    found = []
    for arm, campaign in enumerate(rows.campaigns):
        for code, value in enumerate(column.names):
            own = (rows.arms == arm) & (column.codes == code)
            if own.any():
                found.append(_cell(f"{campaign.campaign_id}, {value}", chances[own], responses[own]))
    return found
