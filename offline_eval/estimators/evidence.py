"""Evidence: what estimators need of a log, small, and added up over days and shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from offline_eval.estimators.columns import Column
from offline_eval.estimators.distinct_weights import DistinctWeights
from offline_eval.estimators.sample import Sample
from offline_eval.estimators.totals import Totals
from offline_eval.estimators.weighted_sums import WeightedSums
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The state that estimators are read off; that of two parts of a log adds up to that of both.

    Its size does not grow with the decisions, only with the units, if there are any, and the distinct weights, if they
    are kept. Parts of one log number their units alike.
    """

    columns: tuple[Column, ...]
    sums: WeightedSums
    totals: Totals
    weights: DistinctWeights | None
    """None where no estimator needs them."""

    @classmethod
    def of(cls, sample: Sample, columns: Sequence[Column], *, keeps_weights: bool = False) -> Self:
        """Returns the evidence of a sample.

        Args:
            sample: Decisions; none are fine.
            columns: What is to be averaged; naming one twice is no harm.
            keeps_weights: Whether to keep the distinct weights.

        Raises:
            ValueError: A column needs modeled rewards, and the sample has none.
        """
        kinds = tuple(dict.fromkeys(columns))
        values = np.array([column(sample) for column in kinds], dtype=np.float64).reshape(len(kinds), len(sample))
        return cls(
            columns=kinds,
            sums=WeightedSums.of(sample),
            totals=Totals.of(values, sample.unit),
            weights=DistinctWeights.of(sample) if keeps_weights else None,
        )

    def __add__(self, other: Self) -> Self:
        """Returns the evidence of both parts.

        Raises:
            ValueError: They were made for other columns, or one has units and the other has not.
        """
        if self.columns != other.columns or (self.weights is None) != (other.weights is None):
            raise ValueError("the two parts were made for other estimators: make both for the same ones")
        return type(self)(
            columns=self.columns,
            sums=self.sums + other.sums,
            totals=self.totals + other.totals,
            weights=None if self.weights is None or other.weights is None else self.weights + other.weights,
        )

    def mean(self, column: Column) -> float:
        """Returns the mean of a column."""
        return float(self.totals.mean[self.place(column)])

    def standard_error(self, gradient: dict[Column, float]) -> float:
        """Returns the standard error of an estimate that moves so with the means of columns (see Totals)."""
        influence: Floats = np.zeros(len(self.columns))
        for column, slope in gradient.items():
            influence[self.place(column)] = slope
        return self.totals.standard_error(influence)

    def place(self, column: Column) -> int:
        """Returns the place of a column among those of the evidence.

        Raises:
            ValueError: It is not among them.
        """
        if column not in self.columns:
            raise ValueError("the evidence was made for other estimators: name this one too when making it")
        return self.columns.index(column)
