"""`python -m figures [NAME...] [--short]`: measures all figures, or the named ones, and writes docs/figures/NAME.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from figures import (
    article,
    certificate,
    coverage,
    delays,
    drift,
    exploration,
    fitted_worlds,
    frequencies,
    funnel,
    ghosts,
    growth,
    guardrails,
    hillstrom_evaluation,
    hillstrom_lift,
    history,
    kill,
    learning_well,
    lift,
    maturity,
    off_policy_intervals,
    open_bandit,
    optimum,
    paired,
    power_cut,
    replay,
    reservations,
    trials,
    two_segments,
)
from figures.run import PAGES, Figure, write_figure

FIGURES: dict[str, Figure] = {
    "kill": kill.measure,
    "power_cut": power_cut.measure,
    "reservations": reservations.measure,
    "frequencies": frequencies.measure,
    "funnel": funnel.measure,
    "guardrails": guardrails.measure,
    "ghosts": ghosts.measure,
    "lift": lift.measure,
    "coverage": coverage.measure,
    "drift": drift.measure,
    "off_policy_intervals": off_policy_intervals.measure,
    "replay": replay.measure,
    "hillstrom_evaluation": hillstrom_evaluation.measure,
    "open_bandit": open_bandit.measure,
    "optimum": optimum.measure,
    "certificate": certificate.measure,
    "two_segments": two_segments.measure,
    "fitted_worlds": fitted_worlds.measure,
    "paired": paired.measure,
    "delays": delays.measure,
    "history": history.measure,
    "hillstrom_lift": hillstrom_lift.measure,
    "article": article.measure,
    "trials": trials.measure,
    "exploration": exploration.measure,
    "maturity": maturity.measure,
    "learning_well": learning_well.measure,
    "growth": growth.measure,
}
"""By name, the quick ones first but for the kills."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m figures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(FIGURES)}; all by default")
    parser.add_argument("--short", action="store_true", help="a smaller run of each, in a few minutes")
    parser.add_argument("--pages", type=Path, default=PAGES, help="where to write; docs/figures by default")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in FIGURES]
    if unknown:
        parser.error(f"no figure is named {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    return arguments


def _main() -> None:
    arguments = _arguments()
    for name in arguments.names or FIGURES:
        write_figure(name, FIGURES[name], short=arguments.short, pages=arguments.pages)


if __name__ == "__main__":
    _main()
