"""The effect of what was served in a played trial, over sending nothing, told by the trial itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.v1.context_pb2 import CustomerContext
from simulators.trial import Trial

MONETARY_ENDS = (100.0, 200.0, 350.0, 500.0, 750.0, 1000.0)
"""Where Hillstrom's history segments end."""
LEAST_ROWS = 10
"""Rows that a stratum must have of either arm; with fewer a coarser one serves."""
_Cell = tuple[object, int]


@dataclass(frozen=True, slots=True)
class ServedEffect:
    """Means over the served customers of what the trial says of their strata."""

    served: float
    """Under the arms that were served."""
    control: float
    """Under no contact."""
    error: float
    """Standard error of their difference, as far as the reference trial's customers are drawn by chance."""

    @property
    def effect(self) -> float:
        """Returns the known effect."""
        return self.served - self.control


def served_effect(reference: Trial, played: Trial, rows: NDArray[np.int64]) -> ServedEffect:
    """Returns the effect of the mix of strata and arms that was served, by means of the reference.

    Within a stratum of context the trial drew arms at random, so the mean reward of an arm's rows is what the arm does
    there. The mix is that of the rows: their stratum and arm, and for the control their stratum and no contact. What
    these rows themselves did has no part in it, but as far as they are rows of the reference too. That within a stratum
    an arm may have been served to those whom it suits best, by recency or the exact amount, is left out; on Hillstrom's
    trial no personal policy does measurably better than the best arm.

    Args:
        reference: Customers by whom to tell.
        played: The trial that was played.
        rows: Rows of it that were accepted, whose arm was therefore served.
    """
    control = next(place for place, arm in enumerate(reference.columns.arms) if arm.campaign_id == NO_CONTACT)
    rewards: defaultdict[_Cell, list[float]] = defaultdict(list)
    for context, arm, reward in zip(reference.contexts, reference.arms.tolist(), reference.rewards, strict=True):
        for stratum in _strata(context):
            rewards[stratum, arm].append(float(reward))
    served: Counter[_Cell] = Counter()
    nothing: Counter[_Cell] = Counter()
    for row in rows.tolist():
        arm = int(played.arms[row])
        stratum = next(
            one
            for one in _strata(played.contexts[row])
            if min(len(rewards.get((one, place), ())) for place in (arm, control)) >= LEAST_ROWS
        )
        served[stratum, arm] += 1
        nothing[stratum, control] += 1
    spread = [float(reference.rewards[reference.arms == place].var()) for place in range(len(reference.columns.arms))]
    means = {cell: float(np.mean(rewards[cell])) for cell in served | nothing}
    weights = {cell: (served[cell] - nothing[cell]) / len(rows) for cell in means}
    return ServedEffect(
        served=sum(count * means[cell] for cell, count in served.items()) / len(rows),
        control=sum(count * means[cell] for cell, count in nothing.items()) / len(rows),
        error=sum(weight**2 * spread[cell[1]] / len(rewards[cell]) for cell, weight in weights.items()) ** 0.5,
    )


def _strata(serialised: bytes) -> tuple[tuple[object, ...], ...]:
    """Returns the strata of a context, from the finest to the one of everybody."""
    context = CustomerContext.FromString(serialised)
    bought = tuple(sorted(context.favourites))
    is_new = context.features["newbie"].flag
    place = context.features["zip_code"].text, context.features["purchase_channel"].text
    band = int(np.searchsorted(MONETARY_ENDS, context.monetary))
    return ((bought, is_new, *place, band), (bought, is_new, *place), (bought, is_new), ())
