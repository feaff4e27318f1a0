"""Evidence: when what was learned is looked at for what it says of the prior, and how far it moves it.

Early, at counts a fifth as large again as the one before, campaigns' own effects are only taken to be greater, and noise to
be less, in as many steps as it takes: where the context tells nearly all that is seen within some dozen decisions, and
few of them show neither that it tells nothing nor what campaigns have in common. Then, at counts half as large again,
evidence moves the prior one step along any scale, either way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from banditsvc.posterior.prior import Prior

FIRST_COUNT, _EARLY_GROWTH = 10, 1.2
"""Learned count at which evidence is weighed first, and by how much the steps to the next times grow at first."""
_EARLY_COUNT, _GROWTH = 500, 1.5
"""Learned count until which that is so, and by how much they grow then."""
_TELLING = Prior(own=8, noise=4)
"""Where the context tells most of what a reward comes to: from the first prior evidence may fall before it rises to it."""
_RULED_OUT = 1e-4
"""How much less probable than what else was found it must be to not be looked at any further."""
_MOST_STEPS = 10

Evidence = Callable[[Prior], float]
"""The log of the probability of what was learned under a prior."""


def next_step(step: int, learned_count: int) -> int:
    """Returns after how many more decisions evidence is weighed again, given the step that led to this count."""
    if learned_count < _EARLY_COUNT:
        return int(step * _EARLY_GROWTH)
    return int(max(step, _EARLY_COUNT) * _GROWTH)


def moved(prior: Prior, evidence: Evidence, learned_count: int) -> Prior:
    """Returns where evidence moves a prior at a learned count."""
    if learned_count >= _EARLY_COUNT:
        return _climb(prior, evidence, 1, lambda _: True)
    found = _climb(prior, evidence, _MOST_STEPS, _may_be_early)
    if evidence(_TELLING) < evidence(found) + np.log(_RULED_OUT):
        return found
    return max(found, _climb(_TELLING, evidence, _MOST_STEPS, _may_be_early), key=evidence)


def _may_be_early(prior: Prior) -> bool:
    first = Prior()
    return prior.own >= first.own and (prior.shared, prior.kinship) == (first.shared, first.kinship)


def _climb(start: Prior, evidence: Evidence, steps: int, may_be: Callable[[Prior], bool]) -> Prior:
    """Returns where one ends who goes so many steps, each to the neighbour that has the most evidence and may be."""
    best, most = start, evidence(start)
    for _ in range(steps):
        before = best
        for near in before.neighbours():
            if may_be(near) and (its := evidence(near)) > most:
                best, most = near, its
        if best is before:
            break
    return best
