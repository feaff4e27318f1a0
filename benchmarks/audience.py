"""A whole audience beside stock Vowpal Wabbit, from a Parquet file to the decision log; ends with one JSON line.

5,000,000 customers with 12 features, 20 campaigns, groups and a floor, on all processors: what counts is the whole of
`banditsvc rank-audience`, from its start to its end, with the service that enters the parts in its log. Three
portfolios: SquareCB with Vowpal Wabbit's model, Thompson sampling with the posterior's, and SquareCB with 5 rules a
campaign and 3 caps where every tenth customer got something the night before. Runs alternate; the medians count. A run
counts only if the log has a decision for every customer.

- Beside: `vw` with the same model's arguments predicts the first of the same customers, from a file of its own format,
  as one process, as it comes.
- Peak: the memory of the command and its workers together, what they share counted once.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

if not __package__:  # run as `python benchmarks/audience.py`, which finds its neighbours only with this
    sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.audience_customers import made_customers, write_customers
from benchmarks.audience_run import Kind, Measured, measure, prepare
from benchmarks.audience_vw import vw_per_second
from benchmarks.decisions import workspace
from benchmarks.peers import peers_python

CUSTOMERS = 5_000_000
CAMPAIGNS = 20
RUNS = 5
BEFORE = 10
"""One customer of so many was in the run of the night before."""

_console = Console(stderr=True)


_RULES = (
    "recency_days < 340 and frequency >= 1",
    'not (segment == "segment-3" and monetary > 600)',
    'lifecycle_stage != "LAPSED" or monetary > 15 or newsletter',
    "basket < 900 and m >= 1",
    'region not in ["region-5", "elsewhere"]',
)
_CAPS = (
    {"name": "all", "max_contacts": 2, "window": "7d"},
    {"name": "by channel", "per": "CHANNEL", "max_contacts": 2, "window": "3d"},
    {"name": "by campaign", "per": "CAMPAIGN", "max_contacts": 1, "window": "30d"},
)
_SCHEMA = {"region": "TEXT", "newsletter": "FLAG", "basket": "NUMBER"}
_KINDS = (
    Kind("squarecb", {"learner_spec": {"learner": "VOWPAL_WABBIT"}}, {"square_cb": {}}),
    Kind("thompson", {"learner_spec": {"learner": "POSTERIOR"}}, {"thompson": {}}),
    Kind(
        "rules",
        {
            "learner_spec": {"learner": "VOWPAL_WABBIT"},
            "context_schema": _SCHEMA,
            "contact_policy": {"caps": _CAPS},
        },
        {"square_cb": {}},
        _RULES,
    ),
)
_VW_CUSTOMERS = 20_000


def main() -> None:
    """Runs the benchmark."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=CUSTOMERS, help="customers of the audience")
    options.add_argument("--runs", type=int, default=RUNS, help="runs of each")
    chosen = options.parse_args()
    peers_python()
    with workspace() as folder:
        customers, before = folder / "customers.parquet", folder / "before.parquet"
        with _console.status("making the customers"):
            write_customers(customers, chosen.rows)
            write_customers(before, chosen.rows, every=BEFORE)
        with _console.status("Vowpal Wabbit"):
            some = made_customers(0, min(chosen.rows, _VW_CUSTOMERS))
            beside = statistics.median(vw_per_second(folder, some, CAMPAIGNS, chosen.runs))
        with _console.status("making the portfolios"):
            for kind in _KINDS:
                prepare(folder, kind, [before] if kind.rules else [])
        found: dict[str, list[Measured]] = {kind.name: [] for kind in _KINDS}
        for _ in track(range(chosen.runs), description="runs", console=_console):
            for kind in _KINDS:
                found[kind.name].append(measure(folder, kind, customers, chosen.rows))
    _show(found, beside)
    medians = {name: statistics.median([one.per_second for one in runs]) for name, runs in found.items()}
    line = {
        "decisions_per_s": round(medians["squarecb"]),
        "thompson_per_s": round(medians["thompson"]),
        "vs_vw": round(medians["squarecb"] / beside, 1),
        "with_rules_per_s": round(medians["rules"]),
        "peak_mib": round(max(one.peak_mib for runs in found.values() for one in runs), 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")


def _show(found: dict[str, list[Measured]], beside: float) -> None:
    table = Table("decisions a second", "median", "least", "greatest", "processor us", "peak MiB")
    for name, runs in found.items():
        rates = [one.per_second for one in runs]
        peak, spent = max(one.peak_mib for one in runs), statistics.median([one.processor_us for one in runs])
        table.add_row(
            name,
            f"{statistics.median(rates):,.0f}",
            f"{min(rates):,.0f}",
            f"{max(rates):,.0f}",
            f"{spent:.2f}",
            f"{peak:,.0f}",
        )
    table.add_row("vw, one process", f"{beside:,.0f}", "", "", f"{1e6 / beside:.2f}", "")
    _console.print(table)


if __name__ == "__main__":
    main()
