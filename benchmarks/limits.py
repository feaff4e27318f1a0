"""A whole audience within limits beside the same without them; ends with one JSON line.

5,000,000 customers with 12 features and 20 campaigns, groups and a floor, from a Parquet file to the decision log, by
Thompson sampling and by SquareCB. The limits: half of the customers contacted, a budget, a volume of vouchers, a least
volume that a vendor pays for, and a least share for lifecycle campaigns. Runs alternate; the medians count. A run counts
only if the log has a decision for every customer.

- The ratio is of the whole command's seconds, the greater of both policies.
- Furthest off: by what share of its bound the contacts that were made miss a limit, the worst of all runs.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

if not __package__:  # run as `python benchmarks/limits.py`, which finds its neighbours only with this
    sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.audience_customers import write_customers
from benchmarks.audience_run import Kind, Measured, email_campaign, measure, prepare
from benchmarks.decisions import campaign_id, workspace

CUSTOMERS = 5_000_000
CAMPAIGNS = 20
RUNS = 5

_VOUCHERS, _VENDOR = "family-0", "family-1"
_CONTACTED, _BUDGET, _WITH_VOUCHER, _PAID_BY_VENDOR, _LIFECYCLE = 0.5, 0.04, 0.05, 0.15, 0.3
"""Contacts, money, vouchers and the vendor's contacts for each customer; of all contacts the lifecycle campaigns' share."""
_LEARNERS: dict[str, tuple[str, dict[str, Any]]] = {
    "squarecb": ("VOWPAL_WABBIT", {"square_cb": {}}),
    "thompson": ("POSTERIOR", {"thompson": {}}),
}
_REWARD = {
    "weights": [{"type": "CLICK", "weight": 1.0}, {"type": "CONVERSION", "weight": 1.0}],
    "greatest_reward": 2.0,
    "outcome_window": "7d",
}
_console = Console(stderr=True)


def _campaign(number: int) -> dict[str, Any]:
    lifecycle = {"type": "CLM", "kind": "WINBACK"} if number % 4 == 0 else {}
    return {**email_campaign(number), **lifecycle, "cost": _cost(number)}


def _cost(number: int) -> float:
    return 0.05 + 0.02 * (number % 7)


def _limits(customers: int) -> dict[str, Any]:
    return {
        "capacities": [
            {"name": "contacts", "max_contacts": int(_CONTACTED * customers)},
            {"name": "budget", "max_cost": _BUDGET * customers},
            {
                "name": "vouchers",
                "campaigns": {"families": [_VOUCHERS]},
                "max_contacts": int(_WITH_VOUCHER * customers),
            },
        ],
        "minimums": [
            {"name": "vendor", "campaigns": {"families": [_VENDOR]}, "min_contacts": int(_PAID_BY_VENDOR * customers)},
            {"name": "lifecycle", "campaigns": {"types": ["CLM"]}, "min_share": _LIFECYCLE},
        ],
    }


def _missed(contacts: Mapping[str, int], customers: int) -> float:
    """Returns the greatest share of its bound by which the contacts of each campaign miss a limit, at least 0."""
    by_number = [contacts.get(campaign_id(number), 0) for number in range(CAMPAIGNS)]

    def of_family(family: str) -> int:
        return sum(by_number[number] for number in range(CAMPAIGNS) if _campaign(number)["family"] == family)

    total = sum(by_number)
    cost = sum(count * _cost(number) for number, count in enumerate(by_number))
    lifecycle = sum(count for number, count in enumerate(by_number) if _campaign(number)["type"] == "CLM")
    over = [
        total / (_CONTACTED * customers),
        cost / (_BUDGET * customers),
        of_family(_VOUCHERS) / (_WITH_VOUCHER * customers),
    ]
    under = [of_family(_VENDOR) / (_PAID_BY_VENDOR * customers), lifecycle / (_LIFECYCLE * total)]
    return max(0.0, *(one - 1.0 for one in over), *(1.0 - one for one in under))


def _kinds(customers: int) -> list[Kind]:
    found = []
    for name, (learner, exploration) in _LEARNERS.items():
        free = {"learner_spec": {"learner": learner}, "reward_spec": _REWARD, "allow_no_contact": True}
        for limits, settings in (("free", free), ("limits", {**free, **_limits(customers)})):
            found.append(Kind(f"{name}-{limits}", settings, exploration, campaigns=CAMPAIGNS, campaign=_campaign))
    return found


def main() -> None:
    """Runs the benchmark."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=CUSTOMERS, help="customers of the audience")
    options.add_argument("--runs", type=int, default=RUNS, help="runs of each")
    chosen = options.parse_args()
    kinds = _kinds(chosen.rows)
    found: dict[str, list[Measured]] = {kind.name: [] for kind in kinds}
    with workspace() as folder:
        customers = folder / "customers.parquet"
        with _console.status("making the customers and portfolios"):
            write_customers(customers, chosen.rows)
            for kind in kinds:
                prepare(folder, kind)
        for _ in track(range(chosen.runs), description="runs", console=_console):
            for kind in kinds:
                found[kind.name].append(measure(folder, kind, customers, chosen.rows))
    _show(found, chosen.rows)
    limited = [one for name in _LEARNERS for one in found[f"{name}-limits"]]
    line = {
        "limits_time_ratio": round(max(_ratio(found, name) for name in _LEARNERS), 2),
        "furthest_off": round(max(_missed(one.contacts, chosen.rows) for one in limited), 5),
        "peak_mib": round(max(one.peak_mib for one in limited), 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")


def _ratio(found: Mapping[str, list[Measured]], name: str) -> float:
    def seconds(limits: str) -> float:
        return statistics.median([one.seconds for one in found[f"{name}-{limits}"]])

    return seconds("limits") / seconds("free")


def _show(found: Mapping[str, list[Measured]], customers: int) -> None:
    table = Table("customers/s", "median", "least", "greatest", "us", "MiB", "contacts", "off")
    for name, runs in found.items():
        rates = [one.per_second for one in runs]
        contacts = runs[-1].contacts
        table.add_row(
            name,
            f"{statistics.median(rates):,.0f}",
            f"{min(rates):,.0f}",
            f"{max(rates):,.0f}",
            f"{statistics.median([one.processor_us for one in runs]):.2f}",
            f"{max(one.peak_mib for one in runs):,.0f}",
            f"{sum(contacts.values()):,}",
            f"{_missed(contacts, customers):.2%}",
        )
    _console.print(table)


if __name__ == "__main__":
    main()
