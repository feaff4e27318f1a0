"""Priors: how far effects are expected to depart from those of what a campaign descends from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from banditsvc.posterior.statistics import CONSTANT, FIRST_FEATURE, MATCH, ROOT, Statistics

EFFECT_RATIOS = (1e-7, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0)
"""Prior variance of an effect of the context, over the variance of a single reward's noise."""
KINSHIP_RATIOS = (0.03, 0.1, 0.3, 1.0)
"""Prior variances of a descendant of another node over those of one that descends from the root."""
NOISE_RATIOS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.09, 0.06)
"""Variance of a reward's noise over that of the rewards: less than 1 where contexts tell much of what they come to."""
YOUTH, YOUTH_COUNT, YOUTH_OF_KIN, YOUTH_WEIGHT = 0.004, 2_000.0, 0.2, 20_000.0
"""While a campaign is young its effects may depart further, whatever older ones did: see Scales.of."""
_LEAST_LEVEL_RATIO = 4e-4


@dataclass(frozen=True, slots=True)
class Prior:
    """Places on the scales above, of which evidence chooses."""

    shared: int = 4
    """Of the effects that all campaigns have in common."""
    own: int = 3
    """Of a campaign's own effects."""
    kinship: int = 1
    noise: int = 0

    @property
    def noise_ratio(self) -> float:
        """Returns the variance of a reward's noise over that of the rewards."""
        return NOISE_RATIOS[self.noise]

    def neighbours(self) -> list[Prior]:
        """Returns the priors that are one step away."""
        near = []
        for name, scale in _SCALES.items():
            place = getattr(self, name)
            near += [replace(self, **{name: one}) for one in (place - 1, place + 1) if 0 <= one < len(scale)]
        return near


_SCALES = {"own": EFFECT_RATIOS, "shared": EFFECT_RATIOS, "kinship": KINSHIP_RATIOS, "noise": NOISE_RATIOS}


class Scales:
    """Prior standard deviations of departures, by what is known of the rewards: those of a node's features are all alike."""

    def __init__(self, prior: Prior, noise: float, base: float, weight: float) -> None:
        """Prepares the deviations.

        Args:
            prior: Places on the scales.
            noise: Variance of a single reward's noise.
            base: Mean reward, above that of no response.
            weight: Decisions learned of all, as far as they count still.
        """
        self._noise = noise
        # Levels of campaigns differ by half the base rate.
        self._level = max(base * base / 4.0, _LEAST_LEVEL_RATIO * noise)
        self._effect = noise * EFFECT_RATIOS[prior.own]
        self._shared = noise * EFFECT_RATIOS[prior.shared]
        self._kinship = KINSHIP_RATIOS[prior.kinship]
        # As long as little is known of all, evidence has not narrowed what a newcomer may be.
        self._youth = YOUTH * noise * weight / (YOUTH_WEIGHT + weight)

    def of_root(self, size: int) -> NDArray[np.float64]:
        """Returns those of what all campaigns have in common, shape (size,): the level is left open."""
        deviations = np.full(size, np.sqrt(self._shared))
        deviations[CONSTANT] = np.sqrt(self._noise)
        return deviations

    def of(self, is_kin: NDArray[np.bool_], counts: NDArray[np.float64], size: int) -> NDArray[np.float64]:
        """Returns those of nodes, shape (nodes, size).

        Args:
            is_kin: Whether each descends from another node than the root.
            counts: Decisions learned of each and its descendants. A node is young as long as these are few beside
                YOUTH_COUNT: evidence from old campaigns would make the model sure that a new one has no effects either.
            size: Number of coordinates.
        """
        kinship = np.where(is_kin, self._kinship, 1.0)
        youth = np.where(is_kin, YOUTH_OF_KIN, 1.0) * self._youth * YOUTH_COUNT / (YOUTH_COUNT + counts)
        deviations = np.zeros((len(counts), size))
        deviations[:, CONSTANT] = np.sqrt(kinship * self._level)
        deviations[:, FIRST_FEATURE:] = np.sqrt(kinship * self._effect + youth)[:, None]
        assert not deviations[:, MATCH].any(), "the match counts alike for all"
        return deviations


def subtree_counts(statistics: Statistics) -> NDArray[np.float64]:
    """Returns the decisions learned of each node and its descendants, as far as they count still."""
    counts = statistics.gram[: statistics.node_count, CONSTANT, CONSTANT].copy()
    depths, parents = np.array(statistics.depths), np.array(statistics.parents)
    for depth in range(int(depths.max()), 0, -1):
        nodes = np.flatnonzero(depths == depth)
        np.add.at(counts, parents[nodes], counts[nodes])
    assert parents[ROOT] == ROOT
    return counts
