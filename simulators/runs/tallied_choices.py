"""Choices with what the truth says of them: of the customers of a visit for whom something was eligible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.engine.visit import Visit
from simulators.engine.world import Sent, World
from simulators.runs.contact_limits import Chosen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TalliedChoices:
    """One row a customer."""

    seed_places: NDArray[np.intp]
    segment: NDArray[np.intp]
    column: NDArray[np.intp]
    mask: NDArray[np.bool_]
    expected: NDArray[np.float64]
    """True immediate expected reward of what was chosen."""
    of_pmf: NDArray[np.float64]
    """The same of the probabilities."""
    likeliest: NDArray[np.float64]
    """The same of the campaign with the greatest probability; the mean of those that share it."""
    greatest: NDArray[np.float64]
    """The greatest probability."""
    best: NDArray[np.intp]
    """Column of the campaign with the greatest expected reward."""
    best_expected: NDArray[np.float64]
    is_better: NDArray[np.bool_]
    """Whether the best is better than the worst: where all are alike, none is the best."""
    has_responded: NDArray[np.bool_]


def tallied_choices(world: World, visit: Visit, chosen: Chosen, sent: Sent) -> TalliedChoices:
    """Returns the choices of a visit."""
    rows = np.flatnonzero(chosen.column >= 0)
    column, mask, pmf, expected = chosen.column, chosen.mask, chosen.pmf, visit.expected
    if rows.size < len(visit):
        column, mask, pmf, expected = column[rows], mask[rows], pmf[rows], expected[rows]
    each = np.arange(rows.size)
    known = np.where(mask, expected, -np.inf)
    # On a day without a live campaign there is no column to look for.
    best = known.argmax(axis=1) if known.size else np.zeros(0, dtype=np.intp)
    best_expected = known[each, best]
    greatest = pmf.max(axis=1, initial=0.0)
    is_likeliest = pmf == greatest[:, None]
    return TalliedChoices(
        seed_places=visit.seed_places[rows],
        segment=world.customers.segment[visit.rows[rows]].astype(np.intp),
        column=column,
        mask=mask,
        expected=expected[each, column],
        of_pmf=(pmf * expected).sum(axis=1),
        likeliest=np.where(is_likeliest, expected, 0.0).sum(axis=1) / is_likeliest.sum(axis=1),
        greatest=greatest,
        best=best,
        best_expected=best_expected,
        is_better=best_expected > np.where(mask, expected, np.inf).min(axis=1, initial=np.inf),
        has_responded=sent.has_responded[rows],
    )
