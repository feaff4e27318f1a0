"""Makes a history as a retailer would have it, from a world whose truth is known: sends.csv and orders.csv."""

from __future__ import annotations

import argparse
from pathlib import Path

from simulators.rehearse.played_history import played_history
from simulators.runs.named_policies import named_policy
from simulators.worlds.read_world import read_world


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", help="a preset world, or the path of a world file")
    parser.add_argument("--policy", default="coin", help="who chose what was sent; one that does not learn")
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="directory for the two files")
    return parser.parse_args()


def main() -> None:
    """Plays the world and writes what a retailer would know of it."""
    given = _arguments()
    world = read_world(given.world).model_copy(update={"customers": given.customers, "days": given.days})
    history = played_history(world, named_policy(given.policy, world), given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    form = "%Y-%m-%dT%H:%M:%SZ"
    history.sends.to_csv(given.out / "sends.csv", index=False, date_format=form, float_format="%.6g")
    history.orders.to_csv(given.out / "orders.csv", index=False, date_format=form)
    print(f"{len(history.sends):,} sends and {len(history.orders):,} orders -> {given.out}")


if __name__ == "__main__":
    main()
