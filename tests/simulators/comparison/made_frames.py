"""Frames of runs as a test writes them: what it names, and 0 elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from simulators.runs.run_frames import (
    CAMPAIGN_COLUMNS,
    DAILY_COLUMNS,
    FIND_COLUMNS,
    RUN_KEYS,
    SHARE_COLUMNS,
    RunFrames,
)

Row = Mapping[str, object]


def made_frames(
    daily: Sequence[Row] = (), campaigns: Sequence[Row] = (), finds: Sequence[Row] = (), shares: Sequence[Row] = ()
) -> RunFrames:
    """Returns frames of the rows, in the world `shop` with seed 1 unless a row says otherwise."""
    return RunFrames(
        daily=_frame(daily, DAILY_COLUMNS),
        shares=_frame(shares, SHARE_COLUMNS),
        campaigns=_frame(campaigns, CAMPAIGN_COLUMNS),
        finds=_frame(finds, FIND_COLUMNS),
    )


def _frame(rows: Sequence[Row], columns: Sequence[str]) -> pd.DataFrame:
    blank: Row = {**dict.fromkeys((*RUN_KEYS, *columns), 0), "world": "shop", "seed": 1, "family": "", "segment": "all"}
    names = [*RUN_KEYS, *columns]
    return pd.DataFrame([{**blank, **row} for row in rows], columns=names)
