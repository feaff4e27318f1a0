"""Rows of the service's own log for a fit: of a data directory, or of the Parquet files that `export` wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.times import DAY_US
from banditsvc.open_log import Log, open_log
from simulators.fit.context_parts import parts_of
from simulators.fit.fit_errors import FitError
from simulators.fit.fit_rows import FitCampaign, FitRows

_SCALARS = ("recency_days", "frequency", "monetary", "r", "f", "m", "segment", "lifecycle_stage")
_MAPS = ("number_features", "text_features", "flag_features")
_JOINED = (
    *("exclusion_id", "result", "campaign_id", "send_time", "window_start", "window_end", "is_mature", "outcome_ids"),
    *("reward_raw", "reward", "decided_by", "favourites", *_SCALARS, *_MAPS),
)
_SMALLEST_GAIN = 1e-9


def log_rows(directory: Path, portfolio_id: str = "") -> FitRows:
    """Returns the mature decisions of a portfolio with what came of them.

    Args:
        directory: A data directory of the service, or one that `banditsvc export` wrote to.
        portfolio_id: The portfolio; by default the only one.

    Raises:
        FitError: There are several portfolios and none is named, or no decision is mature.
        StoreError: There is no log.
    """
    if (directory / "joined.parquet").exists():
        joined = _read_joined(directory / "joined.parquet")
        campaigns = pq.read_table(directory / "campaigns.parquet").to_pylist()
        return _rows(joined, pq.read_table(directory / "outcomes.parquet"), campaigns)
    with open_log(directory) as log:
        chosen = portfolio_id or _only_portfolio(log)
        joined = pa.Table.from_batches(
            [batch.select(list(_JOINED)) for batch in log.joined_batches(chosen, columns=_JOINED)]
        )
        return _rows(joined, log.outcomes(chosen), log.campaigns(chosen).to_pylist())


def _only_portfolio(log: Log) -> str:
    known = log.portfolio_ids()
    if len(known) != 1:
        raise FitError(f"the log has the portfolios {', '.join(known) or 'none'}: say which with --portfolio")
    return known[0]


def _read_joined(path: Path) -> pa.Table:
    """Returns the columns of an exported table; one that an older version wrote knows of no exclusions."""
    known = pq.read_schema(path).names
    joined = pq.read_table(path, columns=[name for name in _JOINED if name in known])
    if "exclusion_id" in known:
        return joined
    return joined.append_column("exclusion_id", pa.nulls(len(joined), pa.int64()))


def _rows(joined: pa.Table, outcomes: pa.Table, catalogue: list[dict[str, Any]]) -> FitRows:
    table = joined.to_pandas(maps_as_pydicts="strict") if len(joined) else pd.DataFrame(columns=list(_JOINED))
    usable = table["is_mature"].astype(bool) & table["reward"].notna() & table["exclusion_id"].isna()
    left_out = int((~usable).sum())
    table = table[usable].reset_index(drop=True)
    if table.empty:
        raise FitError(
            f"no decision is mature yet: all {left_out:,} are younger than their window, were not sent, or are excluded"
        )
    ids = table["campaign_id"].where(~table["result"].isin(["NO_CONTACT", "HELD_OUT"]), NO_CONTACT)
    names = sorted(set(ids))
    responded = table["outcome_ids"].map(len).to_numpy() > 0
    raw = table["reward_raw"].to_numpy(dtype=np.float64)
    arms = ids.map({name: place for place, name in enumerate(names)}).to_numpy(dtype=np.int64)
    costs = _costs(arms, len(names), raw, responded)
    gains = np.where(responded, raw + costs[arms], 0.0)
    responses = gains > _SMALLEST_GAIN
    windows = (table["window_end"] - table["window_start"]).dt.total_seconds().to_numpy() / 86_400.0
    window_days = max(round(float(np.median(windows))), 1)
    return FitRows(
        campaigns=tuple(
            _campaign(name, catalogue, float(cost)) for name, cost in zip(names, costs.tolist(), strict=True)
        ),
        arms=arms,
        parts=parts_of(_contexts(table)),
        responses=responses,
        amounts=np.where(responses, gains, 0.0) if _is_money(gains[responses]) else None,
        delays=_delays(table, outcomes, responses),
        days=np.asarray(table["send_time"].dt.as_unit("us").astype("int64") // DAY_US, dtype=np.int64),
        greatest=max(float(table["reward"].max()), _SMALLEST_GAIN),
        window_days=window_days,
        caveats=tuple(_caveats(table, left_out)),
    )


def _costs(
    arms: NDArray[np.int64], count: int, raw: NDArray[np.float64], responded: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Returns what a contact of each arm costs in the reward: its reward without any outcome, the other way round."""
    found = np.zeros(count)
    for arm in range(count):
        bare = raw[(arms == arm) & ~responded]
        found[arm] = max(-float(np.median(bare)), 0.0) if len(bare) else 0.0
    return found


def _is_money(gains: NDArray[np.float64]) -> bool:
    """Returns whether gains are amounts: a reward that only asks whether something happened is the same for all."""
    return bool(len(gains) and np.ptp(gains) > _SMALLEST_GAIN)


def _campaign(campaign_id: str, catalogue: list[dict[str, Any]], cost: float) -> FitCampaign:
    versions = [row for row in catalogue if row["campaign_id"] == campaign_id]
    known = versions[-1] if versions else {}
    return FitCampaign(
        campaign_id=campaign_id,
        category=known.get("category") or "",
        offer_kind=known.get("offer_kind") or "",
        family=known.get("family") or "",
        cost=cost,
        fixed_priority=known.get("fixed_priority"),
    )


def _contexts(table: pd.DataFrame) -> pd.DataFrame:
    found: dict[str, Any] = {name: table[name] for name in _SCALARS if table[name].notna().any()}
    found |= _expanded(table["favourites"], "favourites")
    for column in _MAPS:
        found |= _expanded(table[column], "features")
    return pd.DataFrame(found, index=table.index)


def _expanded(maps: pd.Series, group: str) -> dict[str, pd.Series]:
    """Returns a column for each key of a column of maps."""
    rows: list[Mapping[str, object]] = [dict(one) if one else {} for one in maps]
    names = sorted({name for row in rows for name in row})
    return {f"{group}.{name}": pd.Series([row.get(name) for row in rows], index=maps.index) for name in names}


def _delays(table: pd.DataFrame, outcomes: pa.Table, responses: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Returns the days from the start of the window to the first outcome of each response."""
    times = outcomes.select(["outcome_id", "occur_time"]).to_pandas().drop_duplicates("outcome_id", keep="last")
    occurred = times.set_index("outcome_id")["occur_time"]
    named = table["outcome_ids"].where(pd.Series(responses, index=table.index)).explode().dropna()
    first = named.map(occurred).groupby(level=0).min()
    waited = (first - table["window_start"].reindex(first.index)).dt.total_seconds() / 86_400.0
    return np.asarray(waited.reindex(table.index), dtype=np.float64)


def _caveats(table: pd.DataFrame, left_out: int) -> list[str]:
    found = []
    if left_out:
        found.append(f"{left_out:,} decisions are left out: not sent, tests, excluded, or not mature yet.")
    forced = int(table["decided_by"].isin(["FORCED", "FALLBACK", "GUARDRAIL", "HISTORICAL"]).sum())
    if forced:
        found.append(f"{forced:,} decisions were no draw of the policy; within a context they count like the others.")
    return found
