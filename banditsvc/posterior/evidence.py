"""Evidence: when what was learned is looked at for what it says of the prior, and how far it moves it.

Early, at counts a fifth as large again as the one before, effects are only taken to be greater, in as many steps as it
takes: where the context tells nearly all that is seen within some dozen decisions, and few of them do not show that it
tells nothing. Then, at counts half as large again, evidence moves the prior one step, either way.
"""

from __future__ import annotations

from collections.abc import Callable

from banditsvc.posterior.prior import Prior

FIRST_COUNT, _EARLY_GROWTH = 10, 1.2
"""Learned count at which evidence is weighed first, and by how much the steps to the next times grow at first."""
_EARLY_COUNT, _GROWTH = 500, 1.5
"""Learned count until which that is so, and by how much they grow then."""
_TELLING = Prior(own=8, kinship=3, noise=4)
"""Where the context tells most of what a reward comes to: from the first prior evidence may fall before it rises to it."""
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
    if learned_count < _EARLY_COUNT:
        found = [_climb(evidence, start, _MOST_STEPS, Prior()) for start in (prior, _TELLING)]
        return max(found, key=evidence)
    return _climb(evidence, prior, 1, None)


def _climb(evidence: Evidence, start: Prior, steps: int, least: Prior | None) -> Prior:
    """Returns where one ends who goes to the neighbour with the most evidence, as long as it is more.

    Args:
        evidence: Of a prior.
        start: Where to begin.
        steps: How many to go at most.
        least: No effects are taken to be smaller than by this one.
    """
    best, most = start, evidence(start)
    for _ in range(steps):
        before = best
        for near in before.neighbours():
            if least is not None and (near.own < least.own or near.shared != least.shared):
                continue
            if (its := evidence(near)) > most:
                best, most = near, its
        if best == before:
            break
    return best
