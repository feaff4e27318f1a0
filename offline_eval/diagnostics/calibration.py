"""Calibration: whether choices are as frequent as their logged probabilities say, in many parts of a log at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise, product, starmap

import numpy as np
from numpy.typing import NDArray

from offline_eval.choices import Coded
from offline_eval.diagnostics.e_values import counts_e_values, mean_e_values
from offline_eval.intervals import Floats
from offline_eval.logged import Logged
from offline_eval.logged.logged import Integers

_HOUR_US = 3_600_000_000
_HOURS = 24
_EDGES = (0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
"""Between the parts by the logged probability itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationCell:
    """A campaign, or all of them, in a part of the log."""

    campaign_id: str
    """Empty for all."""
    part: str
    """Such as `hour 7`, `segment family` or `what had a probability from 0.1 to 0.3`; empty for the whole log."""
    count: int
    """How often something of the cell was eligible."""
    chosen: int
    expected: float
    """Choices by the logged probabilities; where only that of the choice is known, choices weighted by 1 over it, which
    should come to `count`."""
    p_value: float
    """Corrected for all cells; at most it, however the log came about."""

    def __str__(self) -> str:
        """Returns it in words."""
        campaign = f"campaign {self.campaign_id}" if self.campaign_id else ""
        what = " in ".join(filter(None, (campaign, self.part)))
        return (
            f"{what} was chosen {self.chosen:,} times of {self.count:,}; by the logged probabilities "
            f"{self.expected:,.1f} were to be expected"
        )


@dataclass(frozen=True, slots=True)
class _Grouping:
    """Cells that entries are counted in."""

    cell: NDArray[np.int64]
    """Of each entry."""
    names: list[tuple[str, str]]
    """Campaign and part of each cell."""


def calibration(logged: Logged, floor: float = 0.0) -> tuple[CalibrationCell, ...] | None:
    """Returns the cells that a log has by campaign, by campaign and hour of day (UTC), by campaign and each label, by
    whether the campaign was chosen just before, and by the logged probability.

    What was chosen just before is what a policy that learned mostly prefers, whichever campaign that is at the time.

    Where every probability is known, choices are tested against the sum of the probabilities; where only those of the
    choices are, but what was eligible is told, against the mean weight 1 of always choosing the campaign.

    Args:
        logged: Decisions.
        floor: Share that the policy spreads evenly over the eligible campaigns. Where only the probabilities of the choices
            are known and there is no floor, only campaigns that are chosen too often can be told.

    Returns:
        None where the log tells of the choices alone: nothing can be tested.
    """
    entries = logged.entries
    if not len(logged) or not (entries.size > 1).any():
        return None
    # One grouping at a time is in memory: each is as large as the log.
    if np.isfinite(entries.probability).all():
        groupings = chain(_by_campaign(logged), _by_repetition(logged), _by_probability(entries.probability))
        cells = [one for grouping in groupings for one in _counted(grouping, logged.chosen, entries.probability)]
    else:
        is_chosen = np.zeros(len(entries))
        is_chosen[logged.chosen] = 1.0
        weight = np.where(is_chosen > 0.0, 1.0 / logged.probability[entries.decision], 0.0)
        greatest = float(entries.size.max()) / floor - 1.0 if floor > 0.0 else math.inf
        groupings = chain(_by_campaign(logged), _by_repetition(logged))
        cells = [one for grouping in groupings for one in _weighted(grouping, is_chosen, weight, greatest)]
    seen = [one for one in cells if one.count]
    return tuple(
        CalibrationCell(
            campaign_id=one.campaign_id,
            part=one.part,
            count=one.count,
            chosen=one.chosen,
            expected=one.expected,
            p_value=min(1.0, len(seen) / one.e_value) if one.e_value > 0.0 else 1.0,
        )
        for one in seen
    )


@dataclass(frozen=True, slots=True)
class _Tested:
    """A cell with its e-value."""

    campaign_id: str
    part: str
    count: int
    chosen: int
    expected: float
    e_value: float


def _counted(grouping: _Grouping, places: Integers, probability: Floats) -> list[_Tested]:
    size = len(grouping.names)
    count, chosen = (
        np.bincount(cell, minlength=size).astype(np.float64) for cell in (grouping.cell, grouping.cell[places])
    )
    expected, squares = _sums(grouping, probability, probability**2)
    return _tested(grouping, count, chosen, expected, counts_e_values(chosen - expected, expected - squares))


def _weighted(grouping: _Grouping, is_chosen: Floats, weight: Floats, greatest: float) -> list[_Tested]:
    count, chosen, total = _sums(grouping, np.ones(len(is_chosen)), is_chosen, weight)
    e_values = mean_e_values(weight - 1.0, grouping.cell, len(grouping.names), greatest)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.where(total > 0.0, chosen * count / total, math.nan)
    return _tested(grouping, count, chosen, expected, e_values)


def _sums(grouping: _Grouping, *values: Floats) -> list[Floats]:
    return [np.bincount(grouping.cell, one, minlength=len(grouping.names)).astype(np.float64) for one in values]


def _tested(grouping: _Grouping, *columns: Floats) -> list[_Tested]:
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        _Tested(campaign_id, part, int(count), int(chosen), expected, e_value)
        for (campaign_id, part), (count, chosen, expected, e_value) in zip(grouping.names, rows, strict=True)
    ]


def _by_campaign(logged: Logged) -> Iterator[_Grouping]:
    """Yields the cells by campaign in the whole log, and in what it is divided by."""
    campaign, owner = logged.entries.campaign, logged.entries.decision
    for name, label in _labels(logged):
        parts = [f"{name} {one}" if name else "" for one in label.names]
        cell = campaign.codes.astype(np.int64) * len(parts) + label.codes[owner]
        yield _Grouping(cell, list(product(campaign.names, parts)))


def _by_repetition(logged: Logged) -> Iterator[_Grouping]:
    """Yields the cells by whether a campaign was chosen in the decision before, of all, of a label's or of the customer's."""
    campaign, owner = logged.entries.campaign, logged.entries.decision
    groups = {name: label.codes for name, label in _labels(logged) if name != "hour"} | {"customer": logged.customer}
    for name, group in groups.items():
        before = _chosen_before(campaign.codes[logged.chosen], group)[owner]
        same = f" for the same {name}" if name else ""
        names = [f"what {was} chosen just before{same}" for was in ("was not", "was")]
        # The first decision of a group has none before it, and is in a cell of its own.
        cell = np.where(before < 0, 2, campaign.codes == before)
        yield _Grouping(cell.astype(np.int64), [("", one) for one in (*names, f"the first decision{same}")])


def _chosen_before(chosen: NDArray[np.int32], group: NDArray[np.int32]) -> NDArray[np.int64]:
    """Returns for each decision what was chosen in the one before of the same group, -1 for the first."""
    order = np.argsort(group, kind="stable")
    before = np.concatenate([np.full(1, -1), chosen[order][:-1]])
    before[np.diff(group[order], prepend=-1) != 0] = -1
    found = np.empty(len(chosen), dtype=np.int64)
    found[order] = before
    return found


def _by_probability(probability: Floats) -> Iterator[_Grouping]:
    """Yields the cells by the logged probability."""
    ends = (0.0, *_EDGES, 1.0)
    names = starmap("what had a probability from {:g} to {:g}".format, pairwise(ends))
    yield _Grouping(np.searchsorted(_EDGES, probability, side="right"), [("", name) for name in names])


def _labels(logged: Logged) -> Iterator[tuple[str, Coded]]:
    """Yields what the log is divided by, with its name."""
    yield "", Coded(np.zeros(len(logged), dtype=np.int32), ("",))
    if logged.time_us.any():
        hours = (logged.time_us // _HOUR_US % _HOURS).astype(np.int32)
        yield "hour", Coded(hours, tuple(str(hour) for hour in range(_HOURS)))
    for name, label in logged.labels.items():
        # The family is that of the choice: given it, what was chosen is no chance any more.
        if name != "family":
            yield name, label
