"""Shuffles: one order of a trial's customers, with every draw that the play needs besides the service's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.times import DAY_US
from simulators.trial import Trial

SENT_TWICE_SHARE = 0.1
"""Share of outcomes that the pipeline posts a second time."""
LONGEST_DELAY_US = 2 * DAY_US
"""An outcome happens from 0 to this long after the sending."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shuffle:
    """One order of play; the arrays are in that order."""

    rows: NDArray[np.int64]
    """Rows of the trial."""
    kept: NDArray[np.bool_]
    """False where a matching arm is thrown away all the same, so that all arms are accepted alike."""
    delays_us: NDArray[np.int64]
    """How long after the sending the outcome happens."""
    sent_twice: NDArray[np.bool_]


def draw_shuffle(trial: Trial, seed: int, number: int) -> Shuffle:
    """Returns the shuffle of a number under a seed; another number or seed gives an independent one.

    A customer whose trial arm is the chosen one is accepted with the chance of the rarest arm over that of his arm.
    Then every choice is accepted with the same probability, whatever the customer, so the accepted events are those
    that the policy would have met on line (Li, Chu, Langford, Wang 2011, algorithm 2, which has equal arms).
    """
    rng = np.random.default_rng([seed, number])
    size = len(trial)
    rows = rng.permutation(size)
    chances = trial.probabilities
    accept = (chances.min() / chances)[trial.arms[rows]]
    return Shuffle(
        rows=rows,
        kept=rng.random(size) < accept,
        delays_us=rng.integers(0, LONGEST_DELAY_US, size=size),
        sent_twice=rng.random(size) < SENT_TWICE_SHARE,
    )


def accepted(trial: Trial, shuffle: Shuffle, start: int, chosen_ids: list[str]) -> NDArray[np.bool_]:
    """Returns which of the choices made from place start on the trial can answer."""
    places = slice(start, start + len(chosen_ids))
    arms = trial.arms[shuffle.rows[places]]
    matches = [trial.columns.arms[arm].campaign_id == chosen for arm, chosen in zip(arms, chosen_ids, strict=True)]
    return np.array(matches, dtype=np.bool_) & shuffle.kept[places]
