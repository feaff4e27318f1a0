"""Unlogged mass: how much of a target policy lies on what the log can say nothing of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.intervals import Floats
from offline_eval.logged import Logged


@dataclass(frozen=True, slots=True, kw_only=True)
class UnloggedMass:
    """The target's probability of entries that the log could not have chosen, per decision."""

    total: float
    """In [0, 1]; NaN where the log does not tell what was eligible. No weighting makes up for it."""
    by_campaign: dict[str, float]
    """The parts of the total, greatest first, those above 0."""


def unlogged_mass(logged: Logged, target: Floats) -> UnloggedMass:
    """Returns the mass of a target on what was never logged.

    An entry is unlogged where its logged probability is 0; where only the probability of the choice is known, where its
    campaign was chosen nowhere in the log. Deleting campaigns from a log can make the effective sample size rise while
    the estimate gets worse: only this mass shows it.

    Args:
        logged: Decisions.
        target: Target probability of each entry.
    """
    entries = logged.entries
    if not len(logged) or np.isnan(target).any():
        return UnloggedMass(total=float("nan"), by_campaign={})
    chosen = np.zeros(len(entries.campaign.names), dtype=np.bool_)
    chosen[entries.campaign.codes[logged.chosen]] = True
    is_known = np.isfinite(entries.probability)
    is_unlogged = np.where(is_known, entries.probability <= 0.0, ~chosen[entries.campaign.codes])
    lost = np.where(is_unlogged, target, 0.0)
    # Without eligible sets the target's probabilities of a decision do not add up, and the rest may lie anywhere.
    has_sets = bool((np.abs(entries.total(target) - 1.0) <= 1e-6).all())
    parts = np.bincount(entries.campaign.codes, lost, minlength=len(chosen)) / len(logged)
    order = [place for place in np.argsort(-parts, kind="stable").tolist() if parts[place] > 0.0]
    return UnloggedMass(
        total=float(parts.sum()) if has_sets else float("nan"),
        by_campaign={entries.campaign.names[place]: float(parts[place]) for place in order},
    )
