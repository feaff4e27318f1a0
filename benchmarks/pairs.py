"""A whole audience with a recommender's pairs beside the same without; ends with one JSON line.

1,000,000 customers with 12 features and 20 campaigns, groups and a floor, from Parquet files to the decision log, on all
processors. Each customer may get five of the campaigns, and each pair has a score of its own. SquareCB with Vowpal
Wabbit's model, and Thompson sampling with the posterior's. Runs alternate; the medians count. A run counts only if the
log has a decision for every customer.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track
from rich.table import Table

if not __package__:  # run as `python benchmarks/pairs.py`, which finds its neighbours only with this
    sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.audience_customers import write_customers
from benchmarks.audience_run import Kind, Measured, measure, prepare
from benchmarks.decisions import campaign_id, workspace

CUSTOMERS = 1_000_000
CAMPAIGNS = 20
PAIRS = 5
"""Of each customer."""
RUNS = 5

_GROUP = 1 << 17
"""Customers whose pairs are made at a time."""
_KINDS = (
    Kind("squarecb", {"learner_spec": {"learner": "VOWPAL_WABBIT"}}, {"square_cb": {}}, campaigns=CAMPAIGNS),
    Kind("thompson", {"learner_spec": {"learner": "POSTERIOR"}}, {"thompson": {}}, campaigns=CAMPAIGNS),
)
_console = Console(stderr=True)


def main() -> None:
    """Runs the benchmark."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=CUSTOMERS, help="customers of the audience")
    options.add_argument("--runs", type=int, default=RUNS, help="runs of each")
    chosen = options.parse_args()
    found: dict[tuple[str, bool], list[Measured]] = {
        (kind.name, has_pairs): [] for kind in _KINDS for has_pairs in (True, False)
    }
    with workspace() as folder:
        customers, pairs = folder / "customers.parquet", folder / "pairs.parquet"
        with _console.status("making the customers, their pairs and the portfolios"):
            write_customers(customers, chosen.rows)
            write_pairs(customers, pairs)
            for kind in _KINDS:
                prepare(folder, kind)
        for _ in track(range(chosen.runs), description="runs", console=_console):
            for kind in _KINDS:
                for has_pairs in (True, False):
                    one = measure(folder, kind, customers, chosen.rows, pairs=pairs if has_pairs else None)
                    found[kind.name, has_pairs].append(one)
    _show(found)
    rates = {key: statistics.median([one.per_second for one in runs]) for key, runs in found.items()}
    line = {
        "pairs_per_s": round(rates["squarecb", True]),
        "thompson_pairs_per_s": round(rates["thompson", True]),
        "without_per_s": round(rates["squarecb", False]),
        "peak_mib": round(max(one.peak_mib for runs in found.values() for one in runs), 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")


def write_pairs(customers: Path, path: Path) -> None:
    """Writes pairs of each customer of a file with some of the campaigns, each with a score."""
    rng = np.random.default_rng(1)
    names = pa.array([campaign_id(number) for number in range(CAMPAIGNS)])
    writer = None
    for batch in pq.ParquetFile(customers).iter_batches(_GROUP, columns=["customer_id"]):
        count = batch.num_rows
        places = np.argsort(rng.random((count, CAMPAIGNS)), axis=1)[:, :PAIRS]
        table = pa.table(
            {
                "customer_id": batch.column("customer_id").take(pa.array(np.repeat(np.arange(count), PAIRS))),
                "campaign_id": names.take(pa.array(places.ravel())),
                "features.score": rng.random(count * PAIRS),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def _show(found: dict[tuple[str, bool], list[Measured]]) -> None:
    table = Table("decisions a second", "pairs", "median", "least", "greatest", "processor us", "log bytes", "peak MiB")
    for (name, has_pairs), runs in found.items():
        rates = [one.per_second for one in runs]
        table.add_row(
            name,
            str(PAIRS) if has_pairs else "",
            f"{statistics.median(rates):,.0f}",
            f"{min(rates):,.0f}",
            f"{max(rates):,.0f}",
            f"{statistics.median([one.processor_us for one in runs]):.2f}",
            f"{statistics.median([one.log_bytes for one in runs]):.0f}",
            f"{max(one.peak_mib for one in runs):,.0f}",
        )
    _console.print(table)


if __name__ == "__main__":
    main()
