"""Choices one after the other, each of the best that has room: what is done where no price is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.optimum.volume_limit import VolumeLimit
from tests.core.optimum.audience_world import Audience


def chosen_in_order(audience: Audience, scores: NDArray[np.float64], limits: Sequence[VolumeLimit]) -> NDArray[np.intp]:
    """Returns the entry of each customer, in the order of the rows: the best by the scores that fits into every room.

    Least volumes and shares are no rooms. Every customer may get NO_CONTACT.
    """
    most = [limit for limit in limits if not limit.is_least and limit.bound > 0.0]
    use = np.array([limit.use for limit in most])
    left = np.array([limit.bound for limit in most])
    order = np.argsort(-np.where(audience.eligible, scores, -np.inf), axis=1, kind="stable")
    counts = audience.eligible.sum(axis=1)
    found = np.zeros(len(scores), dtype=np.intp)
    for row, entries in enumerate(order):
        for entry in entries[: counts[row]].tolist():
            if (use[:, entry] <= left + 1e-9).all():
                left -= use[:, entry]
                found[row] = entry
                break
    return found


def value_of(audience: Audience, chosen: NDArray[np.intp]) -> float:
    """Returns what choices earn."""
    return float(audience.rewards[np.arange(len(chosen)), chosen].sum())


def used_of(limit: VolumeLimit, chosen: NDArray[np.intp]) -> float:
    """Returns what choices use of a limit."""
    return float(limit.use[chosen].sum())
