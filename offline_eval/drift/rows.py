"""Drift rows: decisions as the test of drift sees them, and how much each counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from banditsvc.core.time_zones import local_time, start_of_day_us, zone
from offline_eval.choices import Choices, Coded, Codes
from offline_eval.choices.choices import Integers
from offline_eval.intervals import Floats

EPOCH = date(1970, 1, 1)
_BLOCK = 30
"""Least decisions of a cell for which the chance of being chosen is averaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRows:
    """Evaluated decisions; each array has an entry for each."""

    day: Integers
    """On which it was sent, in days since 1970, in the portfolio's time zone."""
    customer: Codes
    campaign: Coded
    family: Coded
    segment: Coded
    probability: Floats
    """With which the campaign was chosen, in (0, 1]."""
    reward: Floats
    """In reward units."""
    predicted: Floats
    """Of the campaign, as served; NaN without a model."""

    def __len__(self) -> int:
        """Returns the number of decisions."""
        return len(self.day)


def rows_of(choices: Choices, time_zone: str = "UTC") -> DriftRows:
    """Returns the rows of those choices that may be evaluated by their probabilities."""
    used = choices.where(choices.is_evaluated)
    return DriftRows(
        day=local_days(used.start_time_us, time_zone),
        customer=used.customer,
        campaign=used.campaign,
        family=Coded(used.family, used.families),
        segment=used.segment,
        probability=used.campaign_probability,
        reward=used.reward,
        predicted=used.campaign_predicted,
    )


def local_days(time_us: Integers, time_zone: str) -> Integers:
    """Returns the local day of each moment, in days since 1970."""
    if not len(time_us):
        return np.zeros(0, dtype=np.int64)
    in_zone = zone(time_zone)
    first = local_time(int(time_us.min()), in_zone).date()
    count = (local_time(int(time_us.max()), in_zone).date() - first).days + 1
    starts = [start_of_day_us(first + timedelta(days=place), in_zone) for place in range(1, count)]
    return (first - EPOCH).days + np.searchsorted(np.array(starts, dtype=np.int64), time_us, side="right")


def aim_weights(pair: Integers, probability: Floats) -> Floats:
    """Returns by how much each decision counts so that the policy's aim does not matter: q / P.

    P is the probability of what was chosen, q its mean over the decisions of the same cell in some days on end, which
    count as they come: stabilised weights (Robins, Hernan and Brumback, "Marginal structural models and causal inference
    in epidemiology", Epidemiology 11, 2000). Within these days each customer for whom the campaign was eligible counts
    alike, whoever was aimed at; between them, days count by how often it was chosen. Of the decisions in which it was not
    chosen nothing is needed: 1 / q is the mean of 1 / P over those in which it was.

    Args:
        pair: Number of the pair of cell and day, numbered by cell and then by day, with a gap between cells.
        probability: P of each decision.
    """
    numbers, place, counts = np.unique(pair, return_inverse=True, return_counts=True)
    block = np.zeros(len(numbers), dtype=np.int64)
    last, filled = 0, 0
    starts = np.flatnonzero(np.diff(numbers // _GAP, prepend=-1))
    ends = np.append(starts[1:], len(numbers))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        first, filled = last, 0
        for one in range(start, end):
            block[one] = last
            filled += int(counts[one])
            if filled >= _BLOCK:
                last, filled = last + 1, 0
        if filled:
            # What is left at the end is too little for a mean of its own.
            if last > first:
                block[start:end][block[start:end] == last] = last - 1
            else:
                last += 1
    of_decision = block[place]
    inverse = np.bincount(of_decision, 1.0 / probability)
    q = np.bincount(of_decision) / np.where(inverse > 0.0, inverse, 1.0)
    weights: Floats = q[of_decision] / probability
    return weights


_GAP = 1 << 20
"""Pairs of a cell and its days are numbered cell * GAP + day."""


def pairs_of(cell: Integers, day: Integers) -> Integers:
    """Returns the number of each pair of a cell and a day, both from 0."""
    return cell * _GAP + day


def summed(place: Integers, values: Floats, count: int = 0) -> Floats:
    """Returns the sum of the values at each place, at count places at least."""
    return np.bincount(place, values, minlength=count).astype(np.float64)
