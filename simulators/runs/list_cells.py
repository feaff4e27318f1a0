"""List cells: lists in the cells of a frame, as texts with ; between their members, for files of any kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SEPARATOR = ";"


def joined_lists(members: NDArray[Any], sizes: NDArray[np.int64]) -> list[str]:
    """Returns the cells of lists of these sizes, whose members stand one after the other; numbers are exact."""
    texts = [str(member) for member in members.tolist()]
    ends = np.cumsum(sizes).tolist()
    return [SEPARATOR.join(texts[end - size : end]) for end, size in zip(ends, sizes.tolist(), strict=True)]


def split_numbers(cells: pd.Series[str]) -> NDArray[np.float64]:
    """Returns the members of all cells of numbers, one after the other."""
    return np.array(SEPARATOR.join(cells).split(SEPARATOR), dtype=np.float64)
