"""Weights: how few decisions an estimate really rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.intervals import Floats
from offline_eval.value import effective_number

TOP_SHARE = 0.01
_EDGES = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Between the classes of weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSummary:
    """What the weights of a sample say of it."""

    count: int
    effective: float
    """Effective sample size: (sum of weights)^2 over the sum of their squares (Kish 1965); 0 where all are 0."""
    largest: float
    top_share: float
    """Share of all weight that the greatest hundredth of the weights has, at least one of them."""

    @property
    def effective_share(self) -> float:
        """Returns the effective sample size over the number of decisions."""
        return self.effective / self.count if self.count else 0.0


def weight_summary(weight: Floats) -> WeightSummary:
    """Returns the summary of some weights, none of them negative."""
    total = float(weight.sum())
    top = max(1, int(np.ceil(TOP_SHARE * len(weight))))
    greatest = np.partition(weight, len(weight) - top)[-top:] if len(weight) else weight
    return WeightSummary(
        count=len(weight),
        effective=effective_number(weight),
        largest=float(weight.max(initial=0.0)),
        top_share=float(greatest.sum()) / total if total > 0.0 else 0.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightClass:
    """The weights above one limit and up to another."""

    above: float
    """Below 0 for the class of those that are 0."""
    up_to: float
    """Infinite for the last class."""
    share: float
    """Of the decisions."""
    weight_share: float
    """Of all weight."""


def weight_classes(weight: Floats) -> tuple[WeightClass, ...]:
    """Returns the distribution of some weights, none of them negative, up to the class of the largest."""
    place = np.searchsorted(_EDGES, weight, side="left")
    size = int(place.max(initial=0)) + 1
    count, total = np.bincount(place, minlength=size), np.bincount(place, weight, minlength=size)
    ends = (-np.inf, *_EDGES, np.inf)
    whole = float(total.sum())
    return tuple(
        WeightClass(
            above=ends[one],
            up_to=ends[one + 1],
            share=float(count[one]) / max(len(weight), 1),
            weight_share=float(total[one]) / whole if whole > 0.0 else 0.0,
        )
        for one in range(size)
    )
