"""Stock Vowpal Wabbit predicting the customers of benchmarks/audience.py, from a file in its own format.

As `vw --cb_explore_adf --squarecb -t -d FILE -p PREDICTIONS` does: one process, which reads text and writes the probabilities of
each customer. From a cache, which a first run over the text would have to write, it is no quicker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.peers import run_peers


def vw_per_second(folder: Path, customers: pa.Table, campaigns: int, runs: int) -> list[float]:
    """Returns the customers a second of some runs of one process, its start left out."""
    path = folder / "customers.vw"
    with path.open("w") as file:
        file.writelines(_examples(customers, campaigns))
    seconds: list[float] = json.loads(run_peers("benchmarks.audience_vw_peer", path, runs))
    path.unlink()
    return [customers.num_rows / one for one in seconds]


def _examples(customers: pa.Table, campaigns: int) -> Iterator[str]:
    """Returns each customer as a shared line with its context, binned as our encoder bins it, and one line a campaign."""
    offered = "".join([f"|A campaign-{k:02d} category-{k % 6} family-{k % 5}\n" for k in range(campaigns)]) + "\n"
    for row in customers.to_pylist():
        named = [
            f"{name}={int(np.log2(value + 1.0) * 2.0) if isinstance(value, float) else value}"
            for name, value in row.items()
            if name != "customer_id"
        ]
        yield f"shared |C {' '.join(named)}\n{offered}"
