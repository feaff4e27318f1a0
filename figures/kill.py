"""Kill -9 of server and learner at random moments under load."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from figures.page import Page, Table
from figures.run import Track, main
from tests.faults.crash_drill import DrillReport, run_drill
from tests.faults.killable_service import Kill

NAME = "kill"
ROUNDS_A_DRILL = 20
DRILLS, SHORT_DRILLS = 25, 5
FIRST_SEED = 1_000


def measure(*, short: bool, track: Track) -> Page:
    """Returns what 500 kills did, in drills of 20 on a data directory each; 100 in the short form."""
    drills = SHORT_DRILLS if short else DRILLS
    total, done = drills * ROUNDS_A_DRILL, 0
    reports: list[DrillReport] = []

    def on_round() -> None:
        nonlocal done
        done += 1
        track(done, total)

    for number in range(drills):
        with tempfile.TemporaryDirectory(prefix="banditsvc-drill-") as directory:
            reports.append(run_drill(ROUNDS_A_DRILL, FIRST_SEED + number, Path(directory), on_round))
    return _page(reports, total)


def _page(reports: list[DrillReport], rounds: int) -> Page:
    kills = sum((report.kills for report in reports), Counter[Kill]())
    counts = sum((report.ledger.counts for report in reports), Counter[str]())
    faults = [fault for report in reports for fault in report.faults]
    rows = [
        *((f"kills of {kind.value}", f"{kills[kind]:,}") for kind in Kill),
        ("relearns asked for just before a kill", f"{sum(report.relearns for report in reports):,}"),
        ("requests cut off by a kill, repeated afterwards", f"{counts['cut off']:,}"),
        ("acknowledged decisions", f"{sum(len(report.ledger.promises) for report in reports):,}"),
        ("acknowledged outcomes, revisions counted", f"{sum(len(report.ledger.outcomes) for report in reports):,}"),
        ("acknowledged activations", f"{sum(len(report.ledger.activations) for report in reports):,}"),
        ("decisions learned from", f"{sum(report.learned for report in reports):,}"),
        ("**lost, doubled or changed records, wrong learned counts, differing models**", f"**{len(faults)}**"),
    ]
    found = "\n".join(f"- {fault}" for fault in faults[:20])
    return Page(
        title="Kill -9 under load",
        shows=(
            "Four clients call Rank, BatchRank, Activate, Reward and BatchReward, with duplicates and revisions, and "
            "keep a ledger of every answer. At a random moment server, learner or both get SIGKILL and are started "
            "again; what was cut off is repeated with the same ids. After every 20 kills the log is compared with the "
            "ledger, the learned decisions are counted independently, and the model is recomputed from the log without "
            "interruption and compared bit for bit."
        ),
        scale=f"{rounds} kills in {len(reports)} drills.",
        tables=(Table(headers=("what", "count"), rows=rows),),
        verdict=found or "Nothing acknowledged was lost, nothing was learned twice, every model was equal bit for bit.",
    )


if __name__ == "__main__":
    main(NAME, measure)
