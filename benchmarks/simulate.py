"""Simulating beside coba with Vowpal Wabbit, contextualbandits, obp's simulator and MABWiser; ends with one JSON line.

One world for all: 10 campaigns, customers with 16 context features, Bernoulli rewards. The peers get the very features
that our encoder makes of a context, as names or as a vector, and decide for one customer at a time, as they do in a
simulation. What makes the peers' customers is not timed. Times are of the processor: one core, and no threads in linear
algebra, which at this size cost the peers more than they gain.

- Learning: every decision is learned before the next one of its model. Ours are many seeds side by side in one run with
  one customer a day each, whose answer is in by the next day; the whole run is timed, its world included.
- Frozen: a model decides and does not learn. Ours are a million customers, whose contexts are encoded, scored and drawn
  for; a whole run with its world, limits and tallies is printed beside it.
- Peak: the memory of a run of a million customers and 20 campaigns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

if not __package__:  # run as `python benchmarks/simulate.py`, which finds its neighbours only with this
    sys.path.insert(0, str(Path(__file__).parent.parent))

from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.features import Encoder
from banditsvc.core.sampling import choose
from benchmarks.decisions import LOAD_CORE
from benchmarks.peers import peers_python, run_peers
from simulators.engine.world import World
from simulators.runs.in_process import PART
from simulators.runs.named_policies import named_policy
from simulators.runs.policy import Learned
from simulators.runs.service_policy import ServicePolicy
from simulators.runs.simulate import simulate
from simulators.worlds.world_spec import WorldSpec

ROOT = Path(__file__).parent.parent
CAMPAIGNS, MANY_CAMPAIGNS = 10, 20
CUSTOMERS = 1_000_000
SEEDS, DAYS = 1_000, 500
TAUGHT = 10_000
"""Decisions that the frozen model has learned."""
PEER_CUSTOMERS = 20_000
PEERS = {"decisions": 2_000, "runs": 5}
RUNS = 2
POLICY = "default bits=15"
"""Bits by the service's rule: some 1,700 crosses of context and campaign are at most a tenth of the weights."""

_console = Console(stderr=True)


def bench_world(customers: int, days: int, campaigns: int = CAMPAIGNS) -> WorldSpec:
    """Returns the world: strangers each day, with recency, frequency, money, their scores, segment, stage, favourites
    and seven further features.
    """
    segments, categories = 4, ("shoes", "coats", "sport")
    shares = {f"v{value}": 0.25 for value in range(4)}
    return WorldSpec.model_validate(
        {
            "name": "bench",
            "customers": customers,
            "days": days,
            "stateless": True,
            "visits": {"every_days": 1},
            "delay": {"mean_days": 0.1},
            "reward": {"of": "conversion", "window_days": 1},
            "population": {
                "organic": {"rate_factor": 0.0},
                "categories": categories,
                "segments": {f"s{place}": {"share": 1.0 / segments} for place in range(segments)},
                "features": {f"x{place}": {"shares": shares} for place in range(7)},
            },
            "campaigns": [
                {
                    "campaign_id": f"c{place:02d}",
                    "family": f"f{place % 3}",
                    "category": categories[place % len(categories)],
                    "base_rate": 0.02 + 0.002 * place,
                    "odds": {"segment": {f"s{place % segments}": 2.0}},
                }
                for place in range(campaigns)
            ],
        }
    )


def measure_peers() -> dict[str, dict[str, float]]:
    """Returns the microseconds a decision of each peer."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "customers.npz"
        _write_customers(path)
        found: dict[str, dict[str, float]] = json.loads(run_peers("benchmarks.simulate_peers", path, json.dumps(PEERS)))
    return found


def _write_customers(path: Path) -> None:
    visit = World(bench_world(PEER_CUSTOMERS, 1), [1]).begin_day()
    batch = ColumnEncoder(Encoder(bench_world(1, 1).reward.learner_spec().encoder)).encode(visit.contexts.columns)
    draws = np.random.default_rng(1).random(visit.probabilities.shape)
    np.savez(
        path,
        places=batch.places.T,
        values=batch.padded_values(),
        features=len(batch.features),
        rewards=(draws < visit.probabilities).astype(np.float64),
    )


def _least(work: Callable[[], float]) -> float:
    return min(work() for _ in range(RUNS))


def learning_us() -> float:
    """Returns the microseconds a decision of a run in which every decision is learned."""
    start = time.process_time()
    simulate(bench_world(1, DAYS), [POLICY], seeds=range(SEEDS))
    return (time.process_time() - start) / (SEEDS * DAYS) * 1e6


def frozen_policy() -> ServicePolicy:
    """Returns a policy that has learned, and learns no more."""
    world = bench_world(TAUGHT, 1)
    policy = named_policy(POLICY, world)
    assert isinstance(policy, ServicePolicy)
    visit, rng = World(world, [7]).begin_day(), np.random.default_rng(7)
    chosen = rng.integers(0, CAMPAIGNS, TAUGHT)
    rewards = (rng.random(TAUGHT) < visit.probabilities[np.arange(TAUGHT), chosen]).astype(np.float64)
    equal = np.full(TAUGHT, 1.0 / CAMPAIGNS)
    policy.learn(Learned(visit.contexts, visit.eligible, chosen, equal, rewards))
    return ServicePolicy(policy=policy.policy, learner=policy.learner, frozen=True, start=policy.model())


def frozen_us(policy: ServicePolicy) -> float:
    """Returns the microseconds a decision of a frozen model: from contexts to what was drawn."""
    visit, draws = World(bench_world(CUSTOMERS, 1), [1]).begin_day(), np.random.default_rng(1).random(CUSTOMERS)
    places = [np.arange(start, min(start + PART, CUSTOMERS)) for start in range(0, CUSTOMERS, PART)]
    parts = [(visit.contexts.take(some), visit.eligible.take(some), draws[some]) for some in places]
    start = time.process_time()
    for contexts, eligible, mine in parts:
        choose(policy.pmf(contexts, eligible), mine)
    return (time.process_time() - start) / CUSTOMERS * 1e6


def whole_run_us(policy: ServicePolicy) -> float:
    """Returns the microseconds a decision of a whole run with a frozen model."""
    start = time.process_time()
    simulate(bench_world(CUSTOMERS, 1), {"frozen": policy})
    return (time.process_time() - start) / CUSTOMERS * 1e6


def peak_mib() -> float:
    """Returns the peak resident memory of a process that runs a million customers and 20 campaigns, learning included."""
    # getrusage would count this process, from which that one comes.
    work = (
        "from benchmarks.simulate import *; simulate(bench_world(CUSTOMERS, 2, MANY_CAMPAIGNS), [POLICY]); "
        "print(*[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')])"
    )
    done = subprocess.run([sys.executable, "-c", work], check=True, stdout=subprocess.PIPE, cwd=ROOT)
    return int(done.stdout) / 1024


def main() -> None:
    """Runs the benchmark."""
    peers_python()
    os.sched_setaffinity(0, {LOAD_CORE})
    with _console.status("the peers"):
        peers = measure_peers()
    with _console.status("learning on every decision"):
        learning = _least(learning_us)
    with _console.status("a frozen model"):
        policy = frozen_policy()
        frozen, whole = _least(lambda: frozen_us(policy)), _least(lambda: whole_run_us(policy))
    with _console.status("a million customers and 20 campaigns"):
        peak = peak_mib()
    figures = {
        **peers,
        "ours": {"learning": learning, "frozen": frozen},
        "ours, a whole run with its world": {"frozen": whole},
    }
    _show(figures)
    line = {
        "learning_ratio": round(min(one["learning"] for one in peers.values()) / learning, 2),
        "frozen_ratio": round(min(one["frozen"] for one in peers.values()) / frozen, 1),
        "peak_mib": round(peak, 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")


def _show(figures: dict[str, dict[str, float]]) -> None:
    kinds = ("learning", "frozen", "frozen batch")
    table = Table("microseconds a decision", *kinds)
    for name, mine in figures.items():
        table.add_row(name, *[f"{mine[kind]:,.2f}" if kind in mine else "" for kind in kinds])
    _console.print(table)


if __name__ == "__main__":
    main()
