"""Learning well: the default, others of ours and stock Vowpal Wabbit where each world asks for something else."""

from __future__ import annotations

from figures.kept_runs import ROOT, KeptRuns
from figures.page import Page
from figures.run import Track, main
from figures.well_page import well_page
from figures.well_results import Results, parts

NAME = "learning_well"
KEPT = ROOT / "build" / f"{NAME}.jsonl"
"""What came of each run: a figure that was broken off goes on from there. Who deletes it starts afresh."""


def measure(*, short: bool, track: Track) -> Page:
    """Returns all tables and plots; of 3 seeds, without the longest worlds, trials and data sets, in the short form."""
    wanted, results = parts(KeptRuns(KEPT), short=short), Results()
    total, done = sum(len(part.runs) for part in wanted), 0
    for part in wanted:
        for run in part.runs:
            results.found.setdefault((part.place, part.policy), []).append(run())
            done += 1
            track(done, total)
    return well_page(results, short=short)


if __name__ == "__main__":
    main(NAME, measure)
