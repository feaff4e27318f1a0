"""Feasible bounds: whether some choice meets all limits, and if none does, the smallest change that would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from banditsvc.core.optimum.volume_limit import VolumeLimit, as_caps

_ROUNDING = 1e-6
"""Share of its bound by which a limit that needs no change may seem to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundChange:
    """A limit that cannot be met beside the others, and the bound that can."""

    place: int
    """Among the limits."""
    name: str
    bound: float
    feasible: float
    contacts: float
    """With this change, contacts with entries that use something of the limit, as far as a share is asked."""


class BoundChanges(NamedTuple):
    """What must change for some choice to meet all limits."""

    changes: tuple[BoundChange, ...]
    """Empty where nothing must."""
    beside: tuple[int, ...]
    """Places of the limits that stay and leave no room for more."""


def bound_changes(eligible: NDArray[np.bool_], limits: Sequence[VolumeLimit], customers: int) -> BoundChanges:
    """Returns what must change for some choice to meet all limits.

    The changes are the smallest in all, each measured as a share of its bound: of a linear programme over how many
    customers with the same entries get each (elastic constraints: Chinneck, 2008, "Feasibility and infeasibility in
    optimization", chapter 6). Everybody may get nothing, as when rooms close. Rewards have no part in it. The limits
    that leave no room are those whose own bound has a price in that programme.

    Args:
        eligible: What customers may get, a random sample of them or all, shape (rows, K).
        limits: At least one.
        customers: How many the limits are for.
    """
    caps = as_caps(limits)
    kinds, kind_of = np.unique(caps.use, axis=0, return_inverse=True)
    has_kind = np.stack([eligible[:, kind_of == kind].any(axis=1) for kind in range(len(kinds))], axis=1)
    alike, counts = np.unique(has_kind, axis=0, return_counts=True)
    group, kind = np.nonzero(alike)
    choices, slacks = len(group), len(limits)
    size = np.where(caps.bound != 0.0, np.abs(caps.bound), customers * np.abs(kinds).max(axis=0, initial=0.0) + 1.0)
    solved = linprog(  # type: ignore[call-overload]  # the stubs know no sparse matrix
        np.concatenate([np.zeros(choices), 1.0 / size]),
        A_ub=_rows_of(kinds[kind], group, len(alike)),
        b_ub=np.concatenate([caps.bound, counts * (customers / len(eligible))]),
        method="highs",
    )
    short = solved.x[choices:]
    contacts = np.array([solved.x[:choices][kinds[kind][:, place] != 0.0].sum() for place in range(slacks)])
    changes = tuple(
        BoundChange(
            place=place,
            name=limit.name,
            bound=limit.bound,
            feasible=float(limit.bound + sign * more),
            contacts=float(number),
        )
        for place, (limit, sign, more, one, number) in enumerate(
            zip(limits, caps.sign, short, size, contacts, strict=True)
        )
        if more > _ROUNDING * one
    )
    changed = {change.place for change in changes}
    prices = -solved.ineqlin.marginals[:slacks] * size
    beside = [int(place) for place in np.flatnonzero(prices > _ROUNDING) if place not in changed]
    return BoundChanges(changes, tuple(beside) if changes else ())


def _rows_of(use: NDArray[np.float64], group: NDArray[np.intp], groups: int) -> csr_array:
    """Returns the programme's rows: what choices use of each limit less its slack, and how many each group has."""
    limits, choices = use.shape[1], len(group)
    of_group = csr_array((np.ones(choices), (group, np.arange(choices))), shape=(groups, choices))
    of_limit = hstack([csr_array(use.T), -eye_array(limits)])
    return csr_array(vstack([of_limit, hstack([of_group, csr_array((groups, limits))])]))
