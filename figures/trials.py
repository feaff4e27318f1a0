"""Real randomised trials, played through the running service as live traffic."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from figures.page import Page, Table
from figures.run import Track, main
from figures.trial_data import trial_file

NAME = "trials"
SHUFFLES, SHORT_SHUFFLES = 10, 3
TIMEOUT_SECONDS = 4 * 3600


@dataclass(frozen=True, slots=True)
class Known:
    """A published or re-computed figure to read beside ours; sd is over shuffles, se over customers."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One run: a trial and a reward, with what is known."""

    trial: str
    reward: str
    digits: int
    known: tuple[Known, ...]


THOMPSON = "context-free Thompson sampling, one event at a time"
SQUARE_CB = "stock Vowpal Wabbit, SquareCB, one event at a time"
EPSILON = "context-free epsilon-greedy .1, one event at a time"
RUNS = (
    Wanted(
        "hillstrom",
        "visit",
        4,
        (
            Known("always Mens E-Mail: the ceiling", ".1828 (se .0027)"),
            Known("uniform random", ".1468 (sd .0022)"),
            Known(THOMPSON, ".1807 (sd .0007)"),
            Known("the same with a lag of days", ".1804"),
            Known(EPSILON, ".1778 (sd .0025)"),
            Known(SQUARE_CB, ".1795"),
            Known("the same with a lag of days", ".170"),
            Known("stock Vowpal Wabbit, epsilon-greedy .05, one event at a time", ".1588"),
        ),
    ),
    Wanted(
        "hillstrom",
        "conversion",
        5,
        (
            Known("always Mens E-Mail", ".01253 (se .0008)"),
            Known("uniform random", ".00903 (se .0004)"),
            Known(THOMPSON, ".0116 (sd .0004)"),
            Known(SQUARE_CB, ".0114 (sd .0012)"),
            Known(EPSILON, ".0099"),
        ),
    ),
    Wanted(
        "hillstrom",
        "spend",
        3,
        (
            Known("always Mens E-Mail", "1.423 (se .122)"),
            Known("uniform random", "1.051 (se .059)"),
            Known(THOMPSON, "1.27 (sd .25)"),
            Known(SQUARE_CB, "1.26 (sd .12)"),
            Known(EPSILON, "1.30 (sd .10)"),
        ),
    ),
    Wanted(
        "charitable",
        "gave",
        5,
        (
            Known("always 3:1, the best arm", ".02273 (se .0014)"),
            Known("control", ".01786 (se .0010)"),
            Known(THOMPSON, ".0212 (sd .0008)"),
            Known(SQUARE_CB, ".0208 (sd .0006)"),
        ),
    ),
    Wanted(
        "charitable",
        "amount",
        3,
        (Known(THOMPSON, ".98 (sd .05)"), Known(SQUARE_CB, ".89 (sd .07)")),
    ),
)


def measure(*, short: bool, track: Track) -> Page:
    """Returns the mean reward of each trial and reward over 10 shuffles; in the short form over 3 but for the first."""
    tables = []
    for number, wanted in enumerate(RUNS):
        shuffles = SHORT_SHUFFLES if short and number else SHUFFLES
        tables.append(_table(wanted, _play(wanted, shuffles)))
        track(number + 1, len(RUNS))
    return Page(
        title="Randomised trials as live traffic",
        shows=(
            "`banditsvc simulate trial` plays a randomised trial through a running service, as scheduler and feedback "
            "pipeline: a batch of 500 customers is a day; decisions are deferred and activated where the trial's arm is "
            "the one chosen; outcomes come after 0 to 2 days, a tenth of them twice; the window is 3 days, so learning "
            "is two to three batches behind. The figure is the mean reward of the accepted events over the whole run, "
            "learning included. No personalised policy beats the best arm of these trials measurably."
        ),
        scale=f"{SHUFFLES} shuffles of the first, {SHORT_SHUFFLES if short else SHUFFLES} of the others.",
        tables=tuple(tables),
    )


def _play(wanted: Wanted, shuffles: int) -> dict[str, Any]:
    data = ["--data", str(trial_file(wanted.trial)), "--reward", wanted.reward]
    command = [sys.executable, "-m", "banditsvc", "simulate", "trial", wanted.trial, *data]
    ended = subprocess.run(  # noqa: S603 - our own program and the operator's own file
        [*command, "--shuffles", str(shuffles), "--json"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    figures: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return figures


def _table(wanted: Wanted, figures: dict[str, Any]) -> Table:
    error = "" if figures["stderr"] is None else f" (se over shuffles {figures['stderr']:.{wanted.digits}f})"
    ours = (f"**{figures['mean_reward']:.{wanted.digits}f}**{error}", f"{figures['accepted']:,}")
    return Table(
        caption=f"## {wanted.trial.capitalize()}, {wanted.reward}",
        headers=("policy", f"mean {wanted.reward}", "accepted events"),
        rows=[("**banditsvc, default policy**", *ours), *((known.name, known.value, "") for known in wanted.known)],
    )


if __name__ == "__main__":
    main(NAME, measure)
