"""Equal parts: how an equal draw of a campaign and then of its treatment divides 1 among the entries of a set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def equal_parts(campaign_ids: Sequence[str]) -> NDArray[np.float64]:
    """Returns for each entry how many parts as large as its own make 1, shape (K,): whole numbers.

    They are the number of campaigns times the number of entries of the entry's campaign; without treatments K for all.

    Args:
        campaign_ids: Campaign of each entry, once per treatment.
    """
    treatments = Counter(campaign_ids)
    count = len(treatments)
    return np.array([count * treatments[campaign_id] for campaign_id in campaign_ids], dtype=np.float64)


def parts_without_treatments(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Returns the equal parts of rows in which each entry is a campaign of its own: K for all, read-only.

    Args:
        shape: (rows, K).
    """
    return np.broadcast_to(np.float64(shape[-1]), shape)
