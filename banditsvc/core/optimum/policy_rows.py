"""Policy rows: what a policy chooses at prices, as priced rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.optimum.priced_rows import Choose, PricedRows
from banditsvc.core.policy import Policy, selection_probabilities

_CHUNK = 4_096


def policy_rows(
    policy: Policy,
    learned: LearnedState,
    rewards: NDArray[np.float64],
    eligible: NDArray[np.bool_],
    deviations: NDArray[np.float64] | None = None,
) -> list[PricedRows]:
    """Returns customers for whom a policy decides, in their order, for campaigns without treatments in the fixed order.

    Args:
        policy: How to explore; its limits on exploration are not looked at.
        learned: What the model knows of its own learning.
        rewards: Weighted by the levers, shape (rows, K); deviations likewise.
        eligible: Same shape.
        deviations: None where the model does not say how sure it is.
    """
    return [
        PricedRows(
            rewards=rewards[span],
            eligible=eligible[span],
            choose=_chooser(
                policy, learned, rewards[span], eligible[span], None if deviations is None else deviations[span]
            ),
        )
        for span in _spans(len(rewards))
    ]


def _spans(rows: int) -> Iterator[slice]:
    for first in range(0, rows, _CHUNK):
        yield slice(first, first + _CHUNK)


def _chooser(
    policy: Policy,
    learned: LearnedState,
    rewards: NDArray[np.float64],
    eligible: NDArray[np.bool_],
    deviations: NDArray[np.float64] | None,
) -> Choose:
    counts = eligible.sum(axis=1)
    groups: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    for count in np.unique(counts[counts > 0]).tolist():
        rows = np.flatnonzero(counts == count)
        groups.append((rows[:, None], np.nonzero(eligible[rows])[1].reshape(-1, count)))

    def choose(prices: NDArray[np.float64]) -> NDArray[np.float64]:
        chosen = np.zeros(rewards.shape)
        for rows, entries in groups:
            shape = entries.shape
            chosen[rows, entries] = selection_probabilities(
                policy,
                rewards[rows, entries] - prices[entries],
                np.broadcast_to(np.arange(shape[1], dtype=np.int64), shape),
                np.full(shape, float(shape[1])),
                learned,
                deviation=None if deviations is None else deviations[rows, entries],
            )
        return chosen

    return choose
