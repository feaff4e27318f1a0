"""The logs of benchmarks/evaluate.py: made once, of fixed seeds, and kept in build/."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.peers import ROOT
from offline_eval.logged import TableColumns

CAMPAIGNS, SEGMENTS, FEATURES = 10, 5, 6
ROWS, STREAMED_ROWS = 1_000_000, 10_000_000
ROWS_A_CUSTOMER = 5
VW_ROWS = 100_000
"""First decisions of the million that vw-estimators goes through."""
FLOOR = 0.02
"""Least probability of any campaign."""
_FOLDER = ROOT / "build" / "evaluate"
_CHUNK = 250_000
COLUMNS = TableColumns(
    eligible="eligible",
    probabilities="probabilities",
    targets=("target",),
    customer="customer_id",
    labels=("segment",),
    least_reward=0.0,
    greatest_reward=1.0,
)

Columns = dict[str, NDArray[Any]]


def arrays_file() -> Path:
    """Returns the file with a million decisions as plain arrays, in the form that obp wants too."""
    path = _FOLDER / f"{ROWS}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = list(_chunks(ROWS, levels=False))
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        del parts
        _finished(path, lambda file: np.savez(file, **columns))  # type: ignore[arg-type] # names are no options
    return path


def parquet_file() -> Path:
    """Returns the Parquet file with ten million decisions.

    Its probabilities have few levels, as those of a policy that explores at random have: the file is small, and what is
    read from it is as large as any.
    """
    path = _FOLDER / f"{STREAMED_ROWS}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _finished(path, _write)
    return path


def _finished(path: Path, write: Any) -> None:
    """Writes a file that is there as a whole or not at all."""
    unfinished = path.with_name(f"unfinished-{path.name}")
    write(unfinished)
    unfinished.rename(path)


def _write(path: Path) -> None:
    names = pa.array([f"campaign-{place}" for place in range(CAMPAIGNS)])
    eligible = pa.DictionaryArray.from_arrays(np.tile(np.arange(CAMPAIGNS, dtype=np.int32), _CHUNK), names)
    start = pa.array(np.arange(_CHUNK + 1, dtype=np.int32) * CAMPAIGNS)
    writer = None
    for chunk in _chunks(STREAMED_ROWS, levels=True):
        rows = np.arange(_CHUNK)
        table = pa.table(
            {
                "customer_id": pa.array(chunk["customer"].astype("U")),
                "segment": pa.array(chunk["segment"].astype("U")),
                "campaign_id": pa.DictionaryArray.from_arrays(chunk["chosen"].astype(np.int32), names),
                "selection_probability": chunk["probability"][rows, chunk["chosen"]],
                "reward": chunk["reward"],
                "eligible": pa.ListArray.from_arrays(start, eligible),
                "probabilities": pa.ListArray.from_arrays(start, pa.array(chunk["probability"].ravel())),
                "target": pa.ListArray.from_arrays(start, pa.array(chunk["target"].ravel())),
            }
        )
        if writer is None:
            writer = pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _chunks(rows: int, *, levels: bool) -> Iterator[Columns]:
    customers = rows // ROWS_A_CUSTOMER
    world = np.random.default_rng(1)
    segment_of = world.integers(0, SEGMENTS, customers, dtype=np.int32)
    rates = world.uniform(0.01, 0.12, (SEGMENTS, CAMPAIGNS))
    for place in range(rows // _CHUNK):
        rng = np.random.default_rng([2, place])
        customer = rng.integers(0, customers, _CHUNK, dtype=np.int32)
        segment = segment_of[customer]
        probability = _policy(rng, segment, levels=levels)
        target = _policy(np.random.default_rng([3, place]), segment, levels=levels)
        passed = np.cumsum(probability, axis=1)
        chosen = np.minimum((rng.random((_CHUNK, 1)) > passed).sum(axis=1), CAMPAIGNS - 1)
        yield {
            "customer": customer,
            "segment": segment,
            "features": rng.normal(size=(_CHUNK, FEATURES)),
            "probability": probability,
            "target": target,
            "chosen": chosen,
            "reward": (rng.random(_CHUNK) < rates[segment, chosen]).astype(np.float64),
        }


def _policy(rng: np.random.Generator, segment: NDArray[np.int32], *, levels: bool) -> NDArray[np.float64]:
    """Returns the probabilities of a policy: the floor, and the rest by chance, or to the best of each customer."""
    liked = rng.gumbel(size=(len(segment), CAMPAIGNS)) + (np.arange(CAMPAIGNS) == segment[:, None])
    if levels:
        share = (liked == liked.max(axis=1, keepdims=True)).astype(np.float64)
    else:
        share = np.exp(liked)
        share /= share.sum(axis=1, keepdims=True)
    return np.asarray(FLOOR + (1.0 - CAMPAIGNS * FLOOR) * share)
