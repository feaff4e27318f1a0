"""Maturity curves: which share of what a decision earns in the end has come by each checkpoint.

For each checkpoint and each term of the reward (a weighted outcome type), campaign by campaign: the sum of what had come by
that age over the sum of what came in the end, both of decisions whose window is over. A campaign's curve is shrunk to
that of what it descends from, as far as curves have been alike so far: with own estimate F, sampling variance s2 and the
curve above with variance v, it is the mean of both weighted by 1 / s2 and 1 / (v + t2), where t2 is how far siblings'
curves lie apart (a random-effects mean). Of t2 an upper bound is taken: Q / c would be its mean, with Cochran's Q and the
c of DerSimonian and Laird (1986) and nothing taken off for chance; divided by the 20 % point of chi-squared over its
degrees of freedom it is exceeded once in five times. So few siblings say little of a newcomer, and with a single one only
its own curve counts.

A share divides what has come so far, so its relative error is that of all provisional rewards of a campaign at once, and
no number of them makes up for it: see Shares.counting. A checkpoint counts for a campaign once this error is at most a
fifth for the terms that make up nearly all of the reward (1 / F is then 4 % too high at most, of second order in the
error); until then its provisional rewards count for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from banditsvc.posterior.statistics import ROOT, Retired, Statistics

MOST_ERROR = 0.2
"""Greatest relative standard error with which a share counts as known."""
LEAST_KNOWN = 0.95
"""Part of the reward, by amount, whose terms must be known; the others count as they stand."""
_DOUBT = 0.8
"""Chance with which siblings' curves lie no further apart than is taken."""
_END, _NOW_SQUARE = 1, 2
"""Of the sums: what had come, what came in the end, the square of the first, their product, the square of the second."""
_LEAST_SIBLINGS = 2.0
_LEAST_TOTAL = 1e-300


class StoredCurves(msgspec.Struct, array_like=True):
    """Curves in numbers and bytes."""

    shape: tuple[int, ...]
    sums: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """What the curves say of each node."""

    factor: NDArray[np.float64]
    """What a gain is multiplied by to be what it will be in the end, shape (nodes, ages, terms)."""
    weight: NDArray[np.float64]
    """How much a decision counts at each age beside one whose window is over, shape (nodes, ages); 0 where not known.

    It is the share of the reward that has come: of rare answers that much is known, and divided by the share they vary by
    that much more (Vernade, Cappe and Perchet 2017, whose estimate of a rate is what has come over the shares summed).
    """
    error: NDArray[np.float64]
    """Relative standard error of a provisional reward that all of a node's at an age have in common, likewise."""

    def counting(self, age: int, counts: NDArray[np.float64], gain: float) -> NDArray[np.float64]:
        """Returns how much a decision of each node counts, shape (nodes,).

        n decisions of weight w have a mean of variance s2 / (n w), and the share's error e adds (e m)2, the same for all of
        them: together they count as 1 / (1 / (n w) + (e m)2 / s2).

        Args:
            age: The checkpoint.
            counts: Decisions of each node that stand there.
            gain: m2 / s2: the square of what a decision gains on average, over the variance of a reward.
        """
        weight, error = self.weight[:, age], self.error[:, age]
        return weight / (1.0 + np.maximum(counts, 0.0) * weight * error * error * gain)


class MaturityCurves:
    """Sums of what decisions had brought by each checkpoint beside what they brought in the end, node by node."""

    def __init__(self, ages: int, terms: int) -> None:
        self._sums: NDArray[np.float64] = np.zeros((8, 5, ages, terms))

    def add(
        self,
        nodes: NDArray[np.intp],
        early: NDArray[np.float64],
        final: NDArray[np.float64],
        weights: NDArray[np.float64],
    ) -> None:
        """Adds decisions whose window is over, in order.

        Args:
            nodes: Node of each, shape (n,).
            early: What each term had gained by each age, shape (n, ages, terms); NaN where that is not known.
            final: What it has gained in the end, shape (n, terms).
            weights: How much each counts beside others.
        """
        self._make_room(1 + int(nodes.max(initial=0)))
        known = ~np.isnan(early)
        now = np.where(known, early, 0.0) * weights[:, None, None]
        end = np.where(known, final[:, None, :], 0.0) * weights[:, None, None]
        np.add.at(self._sums, nodes, np.stack([now, end, now * now, now * end, end * end], axis=1))

    def fade(self, factor: float) -> None:
        """Makes all that was seen so far count that much less."""
        self._sums[:, :_NOW_SQUARE] *= factor
        self._sums[:, _NOW_SQUARE:] *= factor * factor

    def retire(self, retired: Retired) -> None:
        """Counts what a node had to its parent."""
        self._sums = retired.moved(self._sums)

    def shares(self, statistics: Statistics) -> Shares:
        """Returns what is known by now."""
        count = statistics.node_count
        self._make_room(count)
        parents, depths = np.array(statistics.parents), np.array(statistics.depths)
        whole = self._sums[:count].copy()
        for depth in range(int(depths.max()), 0, -1):
            nodes = np.flatnonzero(depths == depth)
            np.add.at(whole, parents[nodes], whole[nodes])
        share, variance = _own_shares(whole)
        _shrink(share, variance, parents, depths)
        deviation = np.sqrt(variance)
        is_known = (share > 0.0) & (deviation <= MOST_ERROR * share)
        size = np.abs(whole[ROOT, _END])
        total = np.maximum(size.sum(axis=1), _LEAST_TOTAL)
        come = (size * np.clip(share, 0.0, 1.0)).sum(axis=2) / total
        enough = (size * is_known).sum(axis=2) >= LEAST_KNOWN * total
        factor, relative = np.ones(share.shape), np.zeros(share.shape)
        np.divide(1.0, share, out=factor, where=is_known)
        np.divide(deviation, share, out=relative, where=is_known)
        error = np.sqrt(((size * relative) ** 2).sum(axis=2)) / total
        return Shares(factor, np.where(enough, come, 0.0), error)

    def stored(self, nodes: int) -> StoredCurves:
        """Returns what restore takes, of so many nodes."""
        self._make_room(nodes)
        sums = self._sums[:nodes]
        return StoredCurves(sums.shape, sums.tobytes())

    def restore(self, stored: StoredCurves) -> None:
        """Goes on from what was stored."""
        self._sums = np.frombuffer(stored.sums).reshape(stored.shape).copy()

    def _make_room(self, nodes: int) -> None:
        room, *others = self._sums.shape
        if nodes > room:
            wanted = np.zeros((2 * nodes, *others))
            wanted[:room] = self._sums
            self._sums = wanted


def _own_shares(sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the share of each node from its own sums and its sampling variance, infinite where nothing came."""
    now, end, now_square, product, end_square = np.moveaxis(sums, 1, 0)
    has = end != 0.0
    safe = np.where(has, end, 1.0)
    share = np.where(has, now / safe, 0.0)
    residual = np.maximum(now_square - 2.0 * share * product + share * share * end_square, 0.0)
    # Where all or nothing has come so far the residual is 0: one in so many answers may still be otherwise.
    doubt = (end_square / (safe * safe)) ** 2
    return share, np.where(has, residual / (safe * safe) + doubt, np.inf)


def _shrink(
    share: NDArray[np.float64], variance: NDArray[np.float64], parents: NDArray[np.intp], depths: NDArray[np.intp]
) -> None:
    """Shrinks each node's share to that of its parent, from the root down."""
    is_kin, is_below = parents != ROOT, depths > 0
    of_top, of_kin = (
        _spread(share, variance, parents, np.flatnonzero(mask)) for mask in (is_below & ~is_kin, is_below & is_kin)
    )
    for depth in range(1, int(depths.max(initial=0)) + 1):
        nodes = np.flatnonzero(depths == depth)
        above = parents[nodes]
        between = np.where(is_kin[nodes][:, None, None], of_kin, of_top)
        own, given = 1.0 / variance[nodes], 1.0 / (variance[above] + between)
        known = own + given
        safe = np.where(known > 0.0, known, 1.0)
        share[nodes] = (own * share[nodes] + given * share[above]) / safe
        variance[nodes] = np.where(known > 0.0, 1.0 / safe, np.inf)


def _spread(
    share: NDArray[np.float64], variance: NDArray[np.float64], parents: NDArray[np.intp], nodes: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Returns a bound of the variance of shares among siblings, shape (ages, terms), infinite where none have any."""
    weight, above = 1.0 / variance[nodes], parents[nodes]
    total, square, moment, informed = np.zeros((4, *share.shape))
    np.add.at(total, above, weight)
    np.add.at(square, above, weight * weight)
    np.add.at(moment, above, weight * share[nodes])
    np.add.at(informed, above, np.where(weight > 0.0, 1.0, 0.0))
    has = informed >= _LEAST_SIBLINGS
    safe = np.where(has, total, 1.0)
    among = np.zeros(share.shape)
    np.add.at(among, above, weight * (share[nodes] - (moment / safe)[above]) ** 2)
    room = np.where(has, total - square / safe, 0.0).sum(axis=0)
    found = np.where(has, among, 0.0).sum(axis=0)
    freedom = np.where(has, informed - 1.0, 0.0).sum(axis=0)
    is_told = room > 0.0
    least = chdtri(np.where(is_told, freedom, 1.0), _DOUBT) / np.where(is_told, freedom, 1.0)
    return np.where(is_told, found / (np.where(is_told, room, 1.0) * least), np.inf)
