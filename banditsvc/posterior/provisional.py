"""Provisional: sufficient statistics of the decisions that have come to a checkpoint, and to no later age.

Of each checkpoint there are the sum of z z' and, for each term of the reward, the sum of z and what the term had gained by
then, node by node of the tree of statistics.py. When a decision comes to the next age, what was put in is taken out again:
both are functions of the log, and a clock on either side of each checkpoint says how far it has faded meanwhile. What a
gain will be in the end is asked of the maturity curves when a model is made, so it follows them as they become known.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.reward import term_count
from banditsvc.core.times import DAY_US
from banditsvc.posterior.departures import Departure, Departures
from banditsvc.posterior.fading_clock import FadingClock
from banditsvc.posterior.lesson import Lesson
from banditsvc.posterior.maturity import MaturityCurves, StoredCurves
from banditsvc.posterior.statistics import CONSTANT, Retired, Statistics


class Entry(NamedTuple):
    """What waits to be put into the statistics of a checkpoint, or to be taken out."""

    lesson: Lesson
    gains: Sequence[float]
    """What each term of the reward has gained by the age (core.reward.gains_of)."""
    age: int
    ordinal: int
    """Its number among the decisions that were put in."""
    weight: float
    """Below 0 to be taken out."""


@dataclass(slots=True, eq=False)
class _Age:
    """The decisions that stand at one checkpoint."""

    gram: NDArray[np.float64]
    moments: NDArray[np.float64]
    """The first is of the reward of no answer, the others of what each term has gained; shape (1 + terms, nodes, size)."""
    entered: FadingClock = field(default_factory=FadingClock)
    left: FadingClock = field(default_factory=FadingClock)


class StoredAge(msgspec.Struct, array_like=True):
    """A checkpoint in numbers and bytes."""

    entered: FadingClock
    left: FadingClock
    gram: bytes
    moments: bytes


class StoredProvisional(msgspec.Struct, array_like=True):
    """All that is provisional, in numbers and bytes."""

    ages: list[StoredAge]
    curves: StoredCurves
    departures: list[Departure]


class Provisional:
    """The statistics of all checkpoints, with the maturity curves."""

    def __init__(self, learner: LearnerSpec) -> None:
        self._train = learner.train
        self._terms = term_count(learner.reward)
        self._ages = [
            _Age(np.zeros((0, 0, 0)), np.zeros((1 + self._terms, 0, 0))) for _ in learner.settle.checkpoints_us
        ]
        self.curves = MaturityCurves(len(self._ages), self._terms)
        self._departures = Departures()

    def enter(self, age: int, lesson: Lesson, gains: Sequence[float]) -> tuple[Entry, float]:
        """Returns what to put in for a decision, and by how many half-lives what stands at the age has faded before."""
        clock = self._ages[age].entered
        passed = clock.tick(lesson.send_time_us // DAY_US, self._train)
        return Entry(lesson, gains, age, clock.count, lesson.weight), passed

    def leave(self, age: int, lesson: Lesson, gains: Sequence[float]) -> Entry:
        """Returns what to take out for the decision that leaves an age next: they leave as they entered."""
        mine = self._ages[age]
        mine.left.tick(lesson.send_time_us // DAY_US, self._train)
        faded: float = 2.0 ** (mine.left.half_lives - mine.entered.half_lives)
        return Entry(lesson, gains, age, mine.left.count, -lesson.weight * faded)

    def fade(self, age: int, half_lives: float) -> None:
        """Makes what stands at an age count that much less."""
        factor = 2.0**-half_lives
        self._ages[age].gram *= factor
        self._ages[age].moments *= factor

    def node(self, statistics: Statistics, entry: Entry, learned_count: int) -> int:
        """Returns the node that a decision is counted to."""
        ancestry = entry.lesson.campaign.ancestry
        if entry.weight > 0.0:
            return statistics.node(ancestry, learned_count)
        feature = self._departures.holder(ancestry[-1], entry.age, entry.ordinal)
        return statistics.node_of.get(feature, 0)

    def add(
        self,
        statistics: Statistics,
        entries: Sequence[Entry],
        nodes: NDArray[np.intp],
        columns: NDArray[np.intp],
        values: NDArray[np.float64],
    ) -> None:
        """Puts in and takes out, in order; nodes, columns and values are those of Statistics.add."""
        nodes_room, side = statistics.gram.shape[:2]
        ages = np.array([entry.age for entry in entries])
        weights = np.array([entry.weight for entry in entries])
        gains = np.array([(entry.lesson.nothing, *entry.gains) for entry in entries])
        cells = nodes[:, None] * side + columns
        for age, mine in enumerate(self._ages):
            self._make_room(mine, nodes_room, side)
            rows = np.flatnonzero(ages == age)
            if not len(rows):
                continue
            z, at = values[rows], cells[rows]
            # The weight comes last, so that both sides of the diagonal are equal to the bit.
            products = (z[:, :, None] * z[:, None, :]) * weights[rows, None, None]
            flat = at[:, :, None] * side + columns[rows][:, None, :]
            np.add.at(mine.gram.reshape(-1), flat.reshape(-1), products.reshape(-1))
            for term in range(1 + self._terms):
                gained = z * (weights[rows] * gains[rows, term])[:, None]
                np.add.at(mine.moments[term].reshape(-1), at.reshape(-1), gained.reshape(-1))

    def learn_curves(
        self,
        nodes: NDArray[np.intp],
        gains: Sequence[tuple[tuple[float, ...] | None, ...]],
        weights: Sequence[float],
    ) -> None:
        """Learns from decisions whose window is over what had come of their gains by each age."""
        # Where nothing ever came there is no share to learn.
        rows = [row for row, mine in enumerate(gains) if any(one is not None and any(one) for one in mine)]
        if not rows:
            return
        unknown = (np.nan,) * self._terms
        table = np.array([[unknown if one is None else one for one in gains[row]] for row in rows])
        self.curves.add(nodes[rows], table[:, :-1], table[:, -1], np.array([weights[row] for row in rows]))

    def retire(self, retired: Retired) -> None:
        """Counts what a node had to its parent."""
        for mine in self._ages:
            mine.gram, mine.moments = retired.moved(mine.gram), retired.moved(mine.moments, axis=1)
        self.curves.retire(retired)
        self._departures.forget([mine.left.count for mine in self._ages])
        self._departures.note(retired, [mine.entered.count for mine in self._ages])

    def blended(self, statistics: Statistics, nothing: float) -> Statistics:
        """Returns statistics with what is provisional put to them, as far as the curves are known.

        The youngest age in use counts in full, those before it as much less as decisions fade from one to the next.

        Args:
            statistics: Those of final rewards.
            nothing: Scaled reward of no response.
        """
        shares = self.curves.shares(statistics)
        if not shares.weight.any():
            return statistics
        count, size = statistics.node_count, statistics.size
        gram, moment = np.zeros_like(statistics.gram), np.zeros_like(statistics.moment)
        totals = statistics.totals
        mean = totals.reward / totals.weight
        gain = (mean - nothing) ** 2 / totals.variance()
        scale, in_use = 1.0, False
        for age, mine in enumerate(self._ages):
            in_use = in_use or bool(shares.weight[:, age].any())
            if in_use:
                self._make_room(mine, *gram.shape[:2])
                counts = scale * shares.counting(age, mine.gram[:count, CONSTANT, CONSTANT], gain)[:, None]
                gained = mine.moments[0, :count, :size].copy()
                for term in range(self._terms):
                    gained += shares.factor[:, age, term, None] * mine.moments[1 + term, :count, :size]
                gram[:count, :size, :size] += counts[:, :, None] * mine.gram[:count, :size, :size]
                moment[:count, :size] += counts * gained
                scale *= 2.0 ** (mine.left.half_lives - mine.entered.half_lives)
        blended = copy.copy(statistics)
        blended.gram, blended.moment = gram + scale * statistics.gram, moment + scale * statistics.moment
        return blended

    def stored(self, statistics: Statistics) -> StoredProvisional:
        """Returns what restore takes."""
        count, size = statistics.node_count, statistics.size
        upper = np.triu_indices(size)
        ages = []
        for mine in self._ages:
            self._make_room(mine, *statistics.gram.shape[:2])
            gram = mine.gram[:count, upper[0], upper[1]]
            ages.append(StoredAge(mine.entered, mine.left, gram.tobytes(), mine.moments[:, :count, :size].tobytes()))
        return StoredProvisional(ages, self.curves.stored(count), self._departures.stored())

    def restore(self, stored: StoredProvisional, statistics: Statistics) -> None:
        """Goes on from what was stored."""
        count, size = statistics.node_count, statistics.size
        upper = np.triu_indices(size)
        for mine, one in zip(self._ages, stored.ages, strict=True):
            mine.entered, mine.left = one.entered, one.left
            self._make_room(mine, *statistics.gram.shape[:2])
            half = np.frombuffer(one.gram).reshape(count, -1)
            mine.gram[:count, upper[0], upper[1]] = half
            mine.gram[:count, upper[1], upper[0]] = half
            mine.moments[:, :count, :size] = np.frombuffer(one.moments).reshape(1 + self._terms, count, size)
        self.curves.restore(stored.curves)
        self._departures = Departures(stored.departures)

    def _make_room(self, mine: _Age, nodes: int, side: int) -> None:
        old_nodes, old_side = mine.gram.shape[:2]
        if (old_nodes, old_side) == (nodes, side):
            return
        gram, moments = np.zeros((nodes, side, side)), np.zeros((1 + self._terms, nodes, side))
        gram[:old_nodes, :old_side, :old_side] = mine.gram
        moments[:, :old_nodes, :old_side] = mine.moments
        mine.gram, mine.moments = gram, moments
