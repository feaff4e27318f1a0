"""Hillstrom's trial played as live traffic with a holdout: the lift report beside the known effect of what was served."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from banditsvc.client import Client, ClientOptions
from banditsvc.reports.lift_of_log import lift_of_log
from figures.page import Page, Table
from figures.run import Track, main
from figures.trial_data import trial_file
from offline_eval.intervals import Interval, IntervalKind
from offline_eval.lift import Estimate, Metric, Population
from simulators.column_map import load_column_map
from simulators.own_server import own_server
from simulators.trial import Trial, load_trial
from simulators.trial_groups import TrialGroups
from simulators.trial_play import LIFT_DAYS, TrialPlay
from simulators.trial_run import TrialSettings, play_trial
from tests.simulators.served_effect import ServedEffect, served_effect

NAME = "hillstrom_lift"
SHUFFLES, SHORT_SHUFFLES = 10, 2
PARTS, SHORT_PARTS = 20, 2
GROUPS = TrialGroups(holdout=0.1)
PLAYED_SHARE = 2 / 3
"""Of the customers, where the others tell the effect."""
ONE_READING = 1.96


@dataclass(frozen=True, slots=True)
class Read:
    """What the report says of one play, and what is known."""

    estimate: Estimate
    fixed: Estimate
    known: ServedEffect

    @property
    def error(self) -> float:
        """Returns the report's standard error."""
        interval = _interval(self.fixed)
        return (interval.high - interval.low) / (2.0 * ONE_READING)


def measure(*, short: bool, track: Track) -> Page:
    """Returns 10 shuffles of all customers and 20 of two thirds of them; 2 of each in the short form."""
    shuffles, parts = (SHORT_SHUFFLES, SHORT_PARTS) if short else (SHUFFLES, PARTS)
    trial = load_trial(trial_file("hillstrom"), load_column_map("hillstrom"), "visit")
    done = 0

    def on_played(count: int) -> None:
        nonlocal done
        done += count
        track(done, shuffles + parts)

    whole = _whole(trial, shuffles, on_played)
    apart = _apart(trial, parts, on_played)
    return Page(
        title="Lift of a trial with known effects",
        shows=_shows(trial),
        scale=f"{shuffles} plays of {len(trial):,} customers, {parts} of {round(PLAYED_SHARE * len(trial)):,}.",
        tables=(
            Table(headers=_headers("shuffle"), rows=_rows(whole), caption="All customers, told by all customers:"),
            Table(headers=_headers("part"), rows=_rows(apart), caption="Two thirds, told by the other third:"),
        ),
        verdict=f"{_verdict('Of all customers', whole)} {_verdict('Of two thirds', apart)}",
    )


def _shows(trial: Trial) -> str:
    return (
        f"The {len(trial):,} customers come in random order, 500 a day, to a service with the default policy that holds "
        f"{GROUPS.holdout:.0%} of them out; decisions are accepted where the trial's arm is what was decided, no e-mail "
        f"for those held out. `lift_of_log` then reads the visit lift of activated customers within {LIFT_DAYS} days. "
        "The known effect is of the mix that was served. Customers are put into strata by what they bought before, for how "
        "much, whether they are new, where they live and by which channel they buy; within a stratum the trial drew the "
        "e-mail at random, so the mean visit of its rows with an arm is what that arm does. The mix is the strata and arms "
        "of the accepted customers of the policy's group; the same strata without e-mail are the control. "
        "With all customers the effect is told by the whole file. The report has a tenth of the file's rows without e-mail "
        "and most of those with the arm that the policy preferred: what these did is in both, so the two differ by little "
        "more than which tenth was held out, and covering it is weak evidence for the target's side. So the second table "
        "plays a random two thirds and tells the effect by the other third, whom nobody played: nothing is in both, and the "
        "noise of the reference, whose standard error is in brackets, only makes it harder to cover."
    )


def _whole(trial: Trial, shuffles: int, on_played: Callable[[int], None]) -> list[Read]:
    with tempfile.TemporaryDirectory(prefix="banditsvc-lift-") as folder:
        data = Path(folder) / "data"
        with own_server(data) as address, Client(address, ClientOptions(timeout_seconds=600.0)) as client:
            settings = TrialSettings(name=NAME, reward="visit", shuffles=shuffles, groups=GROUPS)
            plays = play_trial(client, trial, settings)
        on_played(shuffles)
        return [_read(data, play, trial, trial) for play in plays]


def _apart(trial: Trial, parts: int, on_played: Callable[[int], None]) -> list[Read]:
    found = []
    for seed in range(parts):
        order = np.random.default_rng(seed).permutation(len(trial))
        cut = round(PLAYED_SHARE * len(trial))
        played, reference = trial.part(order[:cut]), trial.part(order[cut:])
        with tempfile.TemporaryDirectory(prefix="banditsvc-lift-") as folder:
            data = Path(folder) / "data"
            with own_server(data) as address, Client(address, ClientOptions(timeout_seconds=600.0)) as client:
                settings = TrialSettings(name=NAME, reward="visit", shuffles=1, seed=seed, groups=GROUPS)
                [play] = play_trial(client, played, settings)
            found.append(_read(data, play, played, reference))
        on_played(1)
    return found


def _read(data: Path, play: TrialPlay, played: Trial, reference: Trial) -> Read:
    return Read(
        _visit_lift(data, play.portfolio_id, IntervalKind.ANYTIME),
        _visit_lift(data, play.portfolio_id, IntervalKind.FIXED),
        served_effect(reference, played, play.accepted_rows()),
    )


def _visit_lift(data: Path, portfolio_id: str, kind: IntervalKind) -> Estimate:
    [report] = lift_of_log(data, portfolio_id, horizons=[LIFT_DAYS], kind=kind).reports
    wanted = ("OPTIMIZED", "HOLDOUT", Metric.CONVERSION, Population.ENROLLED)
    [found] = [one for one in report.estimates if (one.target, one.control, one.metric, one.population) == wanted]
    return found


def _interval(estimate: Estimate) -> Interval:
    assert estimate.absolute_interval is not None, estimate.refusal
    return estimate.absolute_interval


def _headers(what: str) -> tuple[str, ...]:
    policy, nobody = "policy: visit (customers)", "held out: visit (customers)"
    return (what, policy, nobody, "lift", "95 % anytime", "known effect", "covered", "one reading, 95 %: covered")


def _rows(reads: Sequence[Read]) -> list[tuple[str, ...]]:
    return [
        (
            str(number),
            f"{read.estimate.target_mean:.4f} ({read.estimate.target_customers:,})",
            f"{read.estimate.control_mean:.4f} ({read.estimate.control_customers:,})",
            f"{read.estimate.absolute:.4f}",
            f"{_interval(read.estimate).low:.4f} to {_interval(read.estimate).high:.4f}",
            f"{read.known.effect:.4f} ({read.known.error:.4f})",
            _yes(_interval(read.estimate).contains(read.known.effect)),
            _yes(_interval(read.fixed).contains(read.known.effect)),
        )
        for number, read in enumerate(reads)
    ]


def _verdict(what: str, reads: Sequence[Read]) -> str:
    covered = sum(_interval(read.estimate).contains(read.known.effect) for read in reads)
    at_once = sum(_interval(read.fixed).contains(read.known.effect) for read in reads)
    above = sum(_interval(read.estimate).low > 0.0 for read in reads)
    off = np.array([(read.estimate.absolute - read.known.effect) / read.error for read in reads])
    return (
        f"{what}: {covered} of {len(reads)} anytime intervals cover the known effect, {at_once} of those for one reading, "
        f"and {above} lie above 0; the lift is off by {off.mean():+.2f} of its standard error on average, with a "
        f"standard deviation of {off.std(ddof=1):.2f}."
    )


def _yes(holds: bool) -> str:
    return "yes" if holds else "**no**"


if __name__ == "__main__":
    main(NAME, measure)
