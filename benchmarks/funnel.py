"""Rank with a funnel beside the same Rank without one; ends with one JSON line.

Load: 50 candidates by id, 12 context features, 104 payloads, 64 requests in flight. With the funnel each campaign has 5
rules, 20 of them distinct, and there are 4 caps; customers have up to several hundred contacts within the windows. The
rules and caps let almost everything through, so that both decide among as many campaigns. The server has one core and
the generator the other. Runs alternate; the medians count. A run counts only if the new decisions in the log are as
many as the requests sent.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

if not __package__:  # run as `python benchmarks/funnel.py`, which finds its neighbours only with this
    sys.path.insert(0, str(Path(__file__).parent.parent))

from banditsvc.client import Client
from benchmarks.decisions import (
    IN_FLIGHT,
    LOAD_CORE,
    PAYLOADS,
    SERVER_CORE,
    campaign_fields,
    campaign_id,
    check_logged,
    create_portfolio,
    last_position,
    rank_request,
    workspace,
)
from benchmarks.load import repeated, run_load
from benchmarks.servers import ranking_server

PLAIN, GUARDED = "plain", "guarded"
CAMPAIGNS = 50
RULES_A_CAMPAIGN = 5
RUNS = 5
RANKS_PER_PAYLOAD = 50
STAGES = ("ELIGIBILITY", "APPLICABILITY", "SUITABILITY")
SCHEMA = {"region": "TEXT", "newsletter": "FLAG", "basket": "NUMBER"}

_console = Console(stderr=True)


def distinct_rules() -> list[str]:
    """Returns 20 rules, each of which lets almost every customer of the benchmark through."""
    return [
        *(f"recency_days < {340 + place} and frequency >= 1" for place in range(5)),
        *(f'not (segment == "segment-{place}" and monetary > 895 and r == 5)' for place in range(5)),
        *(f'lifecycle_stage != "LAPSED" or monetary + {place} > 15 or newsletter' for place in range(5)),
        *(f'basket < 1e6 and region not in ["region-{place}x", "elsewhere"] and m >= 1' for place in range(5)),
    ]


def _rules(number: int) -> list[dict[str, Any]]:
    expressions = distinct_rules()
    places = [(number + 4 * step) % len(expressions) for step in range(RULES_A_CAMPAIGN)]
    return [
        {"name": f"rule-{place}", "stage": STAGES[place % len(STAGES)], "expression": expressions[place]}
        for place in places
    ]


def _contact_policy() -> dict[str, Any]:
    return {
        "caps": [
            {"name": "all", "max_contacts": 100_000, "window": "7d"},
            {"name": "by-channel", "per": "CHANNEL", "max_contacts": 90_000, "window": "3d"},
            {"name": "by-campaign", "per": "CAMPAIGN", "max_contacts": 80_000, "window": "30d"},
            {"name": "promotions", "campaigns": {"kinds": ["PROMOTION"]}, "max_contacts": 70_000, "window": "1d"},
        ]
    }


def _set_up(client: Client) -> None:
    campaigns = [{**campaign_fields(number), "channel": "email"} for number in range(CAMPAIGNS)]
    create_portfolio(client, PLAIN, campaigns, {})
    guarded = [{**campaign, "rules": _rules(number)} for number, campaign in enumerate(campaigns)]
    create_portfolio(client, GUARDED, guarded, {"context_schema": SCHEMA, "contact_policy": _contact_policy()})


def _measure(address: str, portfolio_id: str, payloads: list[bytes], data_dir: Path) -> float:
    before, messages = last_position(data_dir), repeated(payloads, len(payloads) * RANKS_PER_PAYLOAD)
    result = run_load(address, "/banditsvc.v1.RankingService/Rank", messages, in_flight=IN_FLIGHT)
    check_logged(portfolio_id, len(messages), last_position(data_dir) - before)
    return result.calls_per_second


def main() -> None:
    """Runs the benchmark."""
    os.sched_setaffinity(0, {LOAD_CORE})
    figures: dict[str, list[float]] = {}
    with workspace() as folder:
        payloads = {portfolio_id: _payloads(portfolio_id) for portfolio_id in (PLAIN, GUARDED)}
        data_dir = folder / "data"
        with ranking_server(data_dir, SERVER_CORE, _set_up) as (_, address):
            for portfolio_id, paths in payloads.items():
                _measure(address, portfolio_id, paths, data_dir)
            for _ in track(range(RUNS), description="runs", console=_console):
                for portfolio_id, paths in payloads.items():
                    figures.setdefault(portfolio_id, []).append(_measure(address, portfolio_id, paths, data_dir))
    table = Table("decisions per second", "median", "least", "greatest")
    for name, values in figures.items():
        table.add_row(name, f"{statistics.median(values):,.0f}", f"{min(values):,.0f}", f"{max(values):,.0f}")
    _console.print(table)
    ratio = statistics.median(figures[GUARDED]) / statistics.median(figures[PLAIN])
    sys.stdout.write(json.dumps({"funnel_ratio": round(ratio, 3)}) + "\n")


def _payloads(portfolio_id: str) -> list[bytes]:
    candidates = [campaign_id(number) for number in range(CAMPAIGNS)]
    return [rank_request(portfolio_id, number, candidates).SerializeToString() for number in range(PAYLOADS)]


if __name__ == "__main__":
    main()
