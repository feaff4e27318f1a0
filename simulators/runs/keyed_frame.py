"""Frames of a run: its keys first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulators.engine.world import World
from simulators.runs.run_frames import RUN_KEYS


def keyed_frame(
    world: World, policy: str, seed_places: NDArray[np.intp], columns: Mapping[str, NDArray[Any]]
) -> pd.DataFrame:
    """Returns columns as a frame, preceded by world, policy and seed."""
    seeds = np.array(world.seeds, dtype=np.int64)[seed_places]
    keys = dict(zip(RUN_KEYS, (world.spec.name, policy, seeds), strict=True))
    return pd.DataFrame({**keys, **columns}, columns=[*RUN_KEYS, *columns], index=pd.RangeIndex(len(seed_places)))
