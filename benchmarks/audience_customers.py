"""Customers of the audiences that benchmarks decide for: 12 features, and more numbers where asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_GROUP = 1 << 17
"""Rows made at a time, and rows of a row group."""
_STAGES = ("PROSPECT", "NEW", "ACTIVE", "HIGH_VALUE", "AT_RISK", "LAPSED", "WON_BACK")


def write_customers(path: Path, rows: int, *, every: int = 1, further: int = 0) -> None:
    """Writes customers into a Parquet file: one in so many of them, with further number features."""
    group = min(_GROUP, max(1, 20_000_000 // (12 + further)))
    writer = None
    for start in range(0, rows, group):
        count = min(group, rows - start)
        table = made_customers(start, count, further=further).take(pa.array(np.arange(0, count, every)))
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def made_customers(start: int, rows: int, *, further: int = 0) -> pa.Table:
    """Returns customers from a number on; the same for the same arguments."""
    rng = np.random.default_rng(start)

    def texts(name: str, count: int) -> pa.Array:
        return pa.DictionaryArray.from_arrays(
            pa.array(rng.integers(0, count, rows).astype(np.int32)), [f"{name}-{place}" for place in range(count)]
        ).dictionary_decode()

    columns = {
        "customer_id": [f"customer-{number:08d}" for number in range(start, start + rows)],
        "recency_days": np.floor(rng.exponential(60.0, rows)),
        "frequency": rng.poisson(5.0, rows).astype(np.float64),
        "monetary": np.round(rng.exponential(120.0, rows), 2),
        "r": rng.integers(1, 6, rows),
        "f": rng.integers(1, 6, rows),
        "m": rng.integers(1, 6, rows),
        "segment": texts("segment", 8),
        "lifecycle_stage": pa.array(_STAGES).take(pa.array(rng.integers(0, 7, rows))),
        "features.region": texts("region", 12),
        "features.newsletter": rng.random(rows) < 0.5,
        "features.basket": np.round(rng.exponential(80.0, rows), 2),
        "features.visits": rng.poisson(3.0, rows).astype(np.float64),
    }
    for number in range(further):
        columns[f"features.further_{number:05d}"] = rng.poisson(3.0, rows).astype(np.float64)
    return pa.table(columns)
