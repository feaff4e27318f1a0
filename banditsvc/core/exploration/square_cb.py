"""SquareCB: inverse gap weighting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareCB:
    """Chooses by the gap to the best (Foster and Rakhlin 2020, algorithm 1)."""

    gamma_scale: float = 10.0
    gamma_exponent: float = 0.5
