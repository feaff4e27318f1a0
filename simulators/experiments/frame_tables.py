"""Frames of runs as Arrow tables of one schema, so that parts of an experiment fit together whatever is in them."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from simulators.runs.run_frames import (
    CAMPAIGN_COLUMNS,
    DAILY_COLUMNS,
    DECISION_COLUMNS,
    FIND_COLUMNS,
    RUN_KEYS,
    SHARE_COLUMNS,
    RunFrames,
)

FRAMES = {
    "daily": DAILY_COLUMNS,
    "shares": SHARE_COLUMNS,
    "campaigns": CAMPAIGN_COLUMNS,
    "finds": FIND_COLUMNS,
    "decisions": DECISION_COLUMNS,
}
"""Names of the frames of RunFrames, which are those of their files, with their columns after the keys of the run."""
OPTIONAL_FRAMES = frozenset({"decisions"})
"""Those without a file where nothing is kept in them."""

_TEXTS = frozenset(
    {
        "world",
        "policy",
        "segment",
        "campaign_id",
        "family",
        "customer_id",
        "eligible_campaigns",
        "selection_probabilities",
    }
)
_SUMS = frozenset(
    {
        "explored",
        "expected_reward",
        "expected_policy",
        "likeliest_expected",
        "best_expected",
        "revenue",
        "squared_revenue",
        "organic_revenue",
        "contact_cost",
        "profit",
        "equal_draw",
        "selection_probability",
        "reward",
    }
)
"""Real numbers; what is in neither set is a whole number."""


def schema_of(frame: str) -> pa.Schema:
    """Returns the schema of a frame by its name."""
    return pa.schema([(name, _type(name)) for name in (*RUN_KEYS, *FRAMES[frame])])


def tables_of(frames: RunFrames, world: str) -> dict[str, pa.Table]:
    """Returns the frames as tables by name, each run under a label of its world; empty frames have no table."""
    found = {}
    for name in FRAMES:
        frame: pd.DataFrame = getattr(frames, name)
        if not frame.columns.empty:
            labeled = frame.assign(world=world)
            found[name] = pa.Table.from_pandas(labeled, schema=schema_of(name), preserve_index=False)
    # The schema of pandas' own would stand in the files, with the version of pandas.
    return {name: table.replace_schema_metadata(None) for name, table in found.items()}


def _type(name: str) -> pa.DataType:
    if name in _TEXTS:
        return pa.string()
    return pa.float64() if name in _SUMS else pa.int64()
