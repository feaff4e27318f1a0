"""Makes a trial file from a world whose truth is known: who got which campaign by lot, and whether they bought."""

from __future__ import annotations

import argparse
from pathlib import Path

from simulators.runs.simulate import simulate
from simulators.worlds.read_world import read_world


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", help="a preset world, or the path of a world file")
    parser.add_argument("--customers", type=int, default=500, help="a day")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="file to write (CSV)")
    return parser.parse_args()


def main() -> None:
    """Simulates the coin in the world and writes the decisions whose reward is known."""
    given = _arguments()
    world = read_world(given.world).model_copy(update={"customers": given.customers})
    decisions = simulate(world, ["coin"], seeds=(given.seed,), days=given.days, keep_decisions=True).decisions
    settled = decisions.dropna(subset="reward").rename(columns={"reward": "bought"})
    given.out.parent.mkdir(parents=True, exist_ok=True)
    settled["bought"] += 0.0  # no minus before a zero
    settled[["segment", "campaign_id", "bought"]].to_csv(given.out, index=False, float_format="%.6g")
    print(f"{len(settled):,} customers, {settled['bought'].sum():,.0f} purchases -> {given.out}")


if __name__ == "__main__":
    main()
