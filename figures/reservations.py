"""Many callers at once for what is there once, with and without kill -9."""

from __future__ import annotations

import tempfile
from pathlib import Path

from figures.page import Page, Table
from figures.run import Track, main
from tests.faults.reservation_drill import CALLERS, run_reservation_drill

NAME = "reservations"
ROUNDS, SHORT_ROUNDS = 2_000, 200
KILLS, SHORT_KILLS = 100, 10
SEED = 3_000


def measure(*, short: bool, track: Track) -> Page:
    """Returns what 2,000 rounds and 100 more with kills did; a tenth of them in the short form."""
    rounds, kills = (SHORT_ROUNDS, SHORT_KILLS) if short else (ROUNDS, KILLS)
    done = 0

    def on_round() -> None:
        nonlocal done
        done += 1
        track(done, rounds + kills)

    with tempfile.TemporaryDirectory(prefix="banditsvc-reservations-") as directory:
        report = run_reservation_drill(rounds, kills, SEED, Path(directory), on_round)
    rows = [
        ("rounds", f"{report.rounds:,}"),
        ("of these with SIGKILL in between", f"{report.kills:,}"),
        ("calls answered, repeats after a kill counted", f"{report.answered:,}"),
        ("calls cut off by a kill", f"{report.cut_off:,}"),
        ("**rounds in which not exactly one reservation stood**", f"**{len(report.faults)}**"),
    ]
    found = "\n".join(f"- {fault}" for fault in report.faults[:20])
    return Page(
        title="Reservations under contention",
        shows=(
            f"{CALLERS} callers ask a running service at the same time. In every other round they ask for one customer "
            "under a cap of one contact; in the rounds between for 64 customers and a capacity of one. Exactly one may "
            "get a campaign, in the answers and in the log. In rounds with a kill the server gets SIGKILL while the "
            "calls are under way and is started again, and every call is repeated under its id."
        ),
        scale=f"{report.rounds:,} rounds of {CALLERS} calls, half of each kind.",
        tables=(Table(headers=("what", "count"), rows=rows),),
        verdict=found or "In every round exactly one reservation stood.",
    )


if __name__ == "__main__":
    main(NAME, measure)
