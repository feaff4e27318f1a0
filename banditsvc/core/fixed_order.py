"""The fixed order: who comes first where nothing is learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign


def fixed_ranks(campaigns: Sequence[Campaign]) -> NDArray[np.int64]:
    """Returns each entry's place in the fixed order: by fixed_priority, unset last, then by both ids.

    Args:
        campaigns: Campaign of each entry, entries sorted by campaign_id and treatment_id.
    """
    order = sorted(
        range(len(campaigns)),
        key=lambda place: (campaigns[place].fixed_priority is None, campaigns[place].fixed_priority or 0, place),
    )
    ranks = np.empty(len(campaigns), dtype=np.int64)
    ranks[order] = np.arange(len(campaigns))
    return ranks
