"""Logging faults: the decisions as a faulty logger would have written them, for an evaluator to find."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulators.engine.keyed_draws import Stream, name_code, uniform
from simulators.runs.list_cells import joined_lists, split_numbers
from simulators.worlds.feed_spec import LoggingFaultSpec

_WRONG_PROBABILITY, _DROPPED = 1, 2
"""What the draws of one decision are for."""


def with_logging_faults(decisions: pd.DataFrame, faults: LoggingFaultSpec, floor: float) -> pd.DataFrame:
    """Returns the decisions as they are logged; the truth in them, such as the expected reward, stays.

    Which ones are at fault is a hash of seed, day and customer, whatever else is in the frame. A decision has a response
    where its reward is above 0.

    Args:
        decisions: Columns as RUN_KEYS and DECISION_COLUMNS have them.
        faults: What is wrong.
        floor: Share that the policy spreads evenly over the eligible campaigns, below 1; it is what a missing floor
            leaves out.
    """
    if decisions.empty or faults == LoggingFaultSpec():
        return decisions
    keys = _keys(decisions)
    sizes = decisions["eligible_count"].to_numpy(dtype=np.int64)
    is_wrong = uniform(keys, Stream.LOGGING, 0, _WRONG_PROBABILITY) < faults.wrong_probability_share
    own = _faulty(decisions["selection_probability"].to_numpy(dtype=np.float64), sizes, is_wrong, faults, floor)
    beside = split_numbers(decisions["selection_probabilities"])
    all_of_them = _faulty(beside, np.repeat(sizes, sizes), np.repeat(is_wrong, sizes), faults, floor)
    logged = decisions.assign(selection_probability=own, selection_probabilities=joined_lists(all_of_them, sizes))
    is_dropped = uniform(keys, Stream.LOGGING, 0, _DROPPED) < faults.dropped_share
    has_response = (decisions["reward"] > 0.0).to_numpy()
    return logged[has_response | ~is_dropped].reset_index(drop=True)


def _faulty(
    probability: NDArray[np.float64],
    size: NDArray[np.int64],
    is_wrong: NDArray[np.bool_],
    faults: LoggingFaultSpec,
    floor: float,
) -> NDArray[np.float64]:
    """Returns probabilities as they are logged, each of a decision with so many eligible campaigns."""
    equal = 1.0 / size
    if faults.missing_floor and 0.0 < floor < 1.0:
        # Rounding leaves what had no chance but by the floor a little beside 0.
        before = (probability - floor * equal) / (1.0 - floor)
        probability = np.where(before < _ROUNDING, 0.0, before)
    return np.where(is_wrong, equal, probability)


def _keys(decisions: pd.DataFrame) -> NDArray[np.uint64]:
    columns = (decisions[name].tolist() for name in ("seed", "day", "customer_id"))
    return np.array(
        [name_code(f"{seed} {day} {one}") for seed, day, one in zip(*columns, strict=True)], dtype=np.uint64
    )


_ROUNDING = 1e-12
