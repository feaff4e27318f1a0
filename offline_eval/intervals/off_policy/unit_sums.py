"""UnitSums: first and second moments of units, from which intervals in closed form are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from offline_eval.estimators.weighted_sums import WeightedSums
from offline_eval.intervals.moments import Floats
from offline_eval.intervals.off_policy.units import UnitBounds, Units


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSums:
    """Sums over units of (decisions, weight, gain) and of their products."""

    count: float
    """Units."""
    sums: Floats
    """Shape (3,)."""
    products: Floats
    """Shape (3, 3), symmetric."""
    mean_weight: float
    """See Units."""
    bounds: UnitBounds

    @classmethod
    def of(cls, units: Units) -> Self:
        """Returns the sums of units."""
        if units.decisions is None:
            count, weight, gain = float(len(units)), float(units.weight.sum()), float(units.gain.sum())
            cross = _dot(units.weight, units.gain)
            products = np.array(
                [
                    [count, weight, gain],
                    [weight, _dot(units.weight, units.weight), cross],
                    [gain, cross, _dot(units.gain, units.gain)],
                ]
            )
            sums = products[0].copy()
        else:
            columns = np.stack([units.decisions, units.weight, units.gain])
            sums, products = columns.sum(axis=1), columns @ columns.T
        return cls(
            count=float(len(units)), sums=sums, products=products, mean_weight=units.mean_weight, bounds=units.bounds
        )

    @classmethod
    def of_weighted(cls, sums: WeightedSums) -> Self:
        """Returns those of a value from sums over decisions, each a unit of its own; such sums may be of many days."""
        rows = np.array(
            [
                [sums.count, sums.w, sums.wr],
                [sums.w, sums.ww, sums.wwr],
                [sums.wr, sums.wwr, sums.wwrr],
            ]
        )
        bounds = UnitBounds(
            weight=(0.0, sums.greatest_weight), gain=sums.reward_range, base=(0.0, 0.0), truth=sums.reward_range
        )
        return cls(count=sums.count, sums=rows[0].copy(), products=rows, mean_weight=1.0, bounds=bounds)

    @property
    def is_of_decisions(self) -> bool:
        """Returns whether each decision is a unit."""
        return self.bounds.most_decisions == 1.0

    @property
    def estimate(self) -> float:
        """Returns the value or difference per decision."""
        return float(self.sums[2] / self.sums[0])


def _dot(one: Floats, other: Floats) -> float:
    """Returns the sum of products, in this thread alone: on busy cores threads of BLAS wait for each other."""
    return float(np.einsum("i,i->", one, other))
