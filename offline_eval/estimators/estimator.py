"""Estimator: what a policy is worth per decision, read off the evidence of a log."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from offline_eval.estimators.columns import Column
from offline_eval.estimators.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class PointEstimate:
    """What an estimator says."""

    name: str
    value: float
    """Reward per decision under the target; NaN where there is nothing to make it of."""
    standard_error: float
    """By the influence of units, in large samples; without the model's own error. NaN for fewer than two units."""
    is_tuned: bool
    """Whether a setting was chosen by the same data: an interval would promise too much."""
    promise: str


class Estimator(ABC):
    """One way to estimate the value; frozen, its fields are its settings."""

    kind: ClassVar[str]
    promise: ClassVar[str]
    """What it promises, in a few words."""
    needs_weights: ClassVar[bool] = False
    """Whether the evidence must keep the distinct weights."""

    @property
    def name(self) -> str:
        """Returns its name among others: the kind, and its setting if it has one."""
        return self.kind

    @property
    def is_tuned(self) -> bool:
        """Returns whether a setting was chosen by the data that it is used on."""
        return False

    @property
    @abstractmethod
    def columns(self) -> tuple[Column, ...]:
        """Returns the columns whose means it needs."""

    @abstractmethod
    def value(self, evidence: Evidence) -> float:
        """Returns the value per decision, of evidence of at least one decision; NaN where all weights are 0."""

    @abstractmethod
    def gradient(self, evidence: Evidence) -> dict[Column, float]:
        """Returns by how much the value moves with the mean of each column."""

    def point(self, evidence: Evidence) -> PointEstimate:
        """Returns value and standard error.

        Raises:
            ValueError: The evidence was made for other estimators.
        """
        value = self.value(evidence) if evidence.sums.count else math.nan
        error = math.nan if math.isnan(value) else evidence.standard_error(self.gradient(evidence))
        return PointEstimate(
            name=self.name, value=value, standard_error=error, is_tuned=self.is_tuned, promise=self.promise
        )


class Averaged(Estimator):
    """An estimator that is the sum of the means of its columns."""

    def value(self, evidence: Evidence) -> float:
        return sum(evidence.mean(column) for column in self.columns)

    def gradient(self, evidence: Evidence) -> dict[Column, float]:  # noqa: ARG002 - the same at any evidence
        return dict.fromkeys(self.columns, 1.0)
