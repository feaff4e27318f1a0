"""The page of learning well: what was asked for and whether it is met first, then everything, then two plots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from banditsvc.reports.html.svg import PALE, RULE, figure, series_color, svg_of
from figures.page import Page, Plot, Table
from figures.well_policies import COUNTS, DEFAULT, compared_policies
from figures.well_results import (
    ASIDE_SEEDS,
    CLASS_SHUFFLES,
    QUARTILES,
    SEEDS,
    SHORT_SEEDS,
    SHORT_SHUFFLES,
    SHUFFLES,
    STOCK_SEEDS,
    STOCK_SHUFFLES,
    TRIALS,
    Results,
    class_place,
    class_rows,
    trial_place,
)
from figures.well_runs import COURSE, ERROR, MEAN
from figures.well_worlds import MANY, STEP, Reading, WellWorld, well_worlds

VISIT_BAR = 0.1803
"""What the default is to reach in Hillstrom's visits."""
GREATEST_LOSS = 0.05
CLASS_BAR = 3
"""Data sets of four in which the default is to err no more than the best stock algorithm."""
MET, MISSED = "yes", "**no**"


def well_page(results: Results, *, short: bool) -> Page:
    """Returns the page."""
    worlds = well_worlds(short=short)
    return Page(
        title="Learning well",
        shows=_shows(),
        scale=_scale(short=short),
        tables=(
            _world_bars(results, worlds),
            _trial_bars(results, short=short),
            _class_bars(results, short=short),
            _all_worlds(results, worlds),
            _all_trials(results, short=short),
            _all_classes(results, short=short),
        ),
        plots=(
            _plot(results, "two segments", "decisions, thousands", "share of the way to the best policy"),
            _plot(results, "launch", "decisions since the launch, thousands", "share of its segment"),
        ),
    )


def _shows() -> str:
    return (
        "Worlds that each ask for something else, decided in batches of 500 that are learned two batches later (the "
        "promotions 14 later, the 200 campaigns in batches of 2,000). Figures of worlds are true expected rewards of the "
        "selection probabilities: in two segments the share of the way from the best single campaign to the best policy, "
        "after a swap from the worse campaign to the better, else from an equal draw to the best choice; in brackets the "
        "least of the seeds. Trials are replayed by rejection in the same batches: the mean reward of the accepted events, "
        "learning included. Data sets of classes are bandits whose reward is 1 for the right class: one pass in shuffled "
        "order, each decision learned before the next, and the share of wrong choices. Ours are the service's own policy, "
        "learner and scorer. Stock Vowpal Wabbit is `--cb_explore_adf -q CA` with an exploration of its own at its default "
        "settings, given the same features; `--squarecb --elim` cannot be shown, as before it has learned it gives one "
        "campaign a probability below 0. All see the same customers and draws."
    )


def _scale(*, short: bool) -> str:
    if short:
        return f"{SHORT_SEEDS} seeds and {SHORT_SHUFFLES} shuffles, without the longest worlds."
    return (
        f"{SEEDS} seeds of each world, none of them one that settings were chosen by: {STOCK_SEEDS} of them for stock, "
        f"{ASIDE_SEEDS} for what is shown in worlds alone, one for the 200 campaigns, where of stock epsilon .05 alone was run; "
        f"{SHUFFLES} shuffles of each trial, {STOCK_SHUFFLES} of them for stock; of the data sets "
        f"{', '.join([f'{count} of {name}' for name, count in CLASS_SHUFFLES.items()])}. "
        "Runs that were kept from before are not in that time."
    )


def _names() -> list[str]:
    return [one.name for one in compared_policies()]


def _in_trials() -> list[str]:
    return [one.name for one in compared_policies() if not one.is_aside]


def _stock() -> list[str]:
    return [one.name for one in compared_policies() if one.is_stock]


def _best(results: Results, place: str, what: str, policies: Sequence[str], sign: float = 1.0) -> tuple[str, float]:
    """Returns the policy whose mean is the greatest, times sign, and that mean."""
    means = {name: float(np.mean(values)) for name in policies if (values := results.values(place, name, what))}
    best = max(means, key=lambda name: sign * means[name])
    return best, means[best]


def _spread(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f} ({min(values):.2f})" if values else ""


def _world_bars(results: Results, worlds: Sequence[WellWorld]) -> Table:
    rows = []
    for world in worlds:
        for reading in world.readings:
            mine = results.values(world.name, DEFAULT, reading.name)
            best, its = _best(results, world.name, reading.name, _stock())
            counts = results.values(world.name, COUNTS, reading.name)
            met = _met(results, world, reading, mine)
            name = best.removeprefix("stock ")
            rows.append(
                (reading.name, _bar(reading), _spread(mine), met, f"{its:.3f} ({name})", f"{np.mean(counts):.3f}")
            )
    return Table(
        headers=("world", "bar", "default (least seed)", "met", "best stock", "Thompson on counts"),
        rows=rows,
        caption="The default, and what is asked of it:",
    )


def _bar(reading: Reading) -> str:
    if reading.name == MANY:
        return "the best"
    if reading.bar is None:
        return ""
    each = "" if reading.least_bar is None else f", each {reading.least_bar}"
    return f"{reading.bar}{each}"


def _met(results: Results, world: WellWorld, reading: Reading, mine: Sequence[float]) -> str:
    if reading.name == MANY:
        is_best = _best(results, world.name, MANY, _names())[0] == DEFAULT
        return f"{_verdict(is_best)}, of those run"
    if reading.bar is None:
        return ""
    reached = np.mean(mine) >= reading.bar and min(mine) >= (reading.least_bar or -np.inf)
    return _verdict(bool(reached))


def _verdict(is_met: bool) -> str:
    return MET if is_met else MISSED


def _trial_bars(results: Results, *, short: bool) -> Table:
    rows = []
    for trial, reward, digits in _trials(short=short):
        place = trial_place(trial, reward)
        mine, counts = (np.array(results.values(place, name, MEAN)) for name in (DEFAULT, COUNTS))
        difference = mine - counts
        error = float(difference.std(ddof=1) / np.sqrt(len(difference)))
        allowed = max(2.0 * error, GREATEST_LOSS * float(counts.mean()))
        is_met = difference.mean() >= -allowed and (reward != "visit" or mine.mean() >= VISIT_BAR)
        best, its = _best(results, place, MEAN, _stock())
        rows.append(
            (
                place,
                f"{mine.mean():.{digits}f}",
                f"{counts.mean():.{digits}f}",
                f"{difference.mean():+.{digits}f} ({error:.{digits}f})",
                f"{difference.mean() / counts.mean():+.1%}",
                _verdict(bool(is_met)),
                f"{its:.{digits}f} ({best.removeprefix('stock ')})",
            )
        )
    return Table(
        headers=("trial", "default", "Thompson on counts", "difference (error)", "of it", "met", "best stock"),
        rows=rows,
        caption=(
            "Trials, paired over common shuffles. Asked for is to be below Thompson sampling on counts, which knows no "
            f"context, by no more than 2 standard errors of the difference or {GREATEST_LOSS:.0%}, whichever is more, and "
            f"at least {VISIT_BAR} in visits:"
        ),
    )


def _trials(*, short: bool) -> Sequence[tuple[str, str, int]]:
    return TRIALS[:1] if short else TRIALS


def _class_bars(results: Results, *, short: bool) -> Table:
    rows, met = [], 0
    for name, bins in class_rows(short=short):
        place = class_place(name, bins)
        mine = float(np.mean(results.values(place, DEFAULT, ERROR)))
        best, its = _best(results, place, ERROR, _stock(), -1.0)
        met += bins != QUARTILES and mine <= its
        rows.append((name, bins, f"{mine:.3f}", f"{its:.3f} ({best.removeprefix('stock ')})", _verdict(mine <= its)))
    sets = len({name for name, _ in class_rows(short=short)})
    return Table(
        headers=("data set", "numbers in", "default", "best stock", "no more errors"),
        rows=rows,
        caption=(
            f"Data sets of classes, share of wrong choices. Asked for is to err no more than the best stock algorithm on "
            f"{CLASS_BAR} of 4, with the bins that numbers are put into by default; so it is on {met} of {sets}. Quartiles "
            "are of all examples, as who knows the customers may set them:"
        ),
    )


def _all_worlds(results: Results, worlds: Sequence[WellWorld]) -> Table:
    names = _names()
    rows = [
        (reading.name, *(_spread(results.values(world.name, name, reading.name)) for name in names))
        for world in worlds
        for reading in world.readings
    ]
    return Table(headers=("world", *names), rows=rows, caption="All worlds, mean and least of the seeds:")


def _all_trials(results: Results, *, short: bool) -> Table:
    names, rows = _in_trials(), []
    for trial, reward, digits in _trials(short=short):
        place = trial_place(trial, reward)
        rows.append((place, *(_erring(results.values(place, name, MEAN), digits) for name in names)))
    return Table(headers=("trial", *names), rows=rows, caption="All trials, mean and standard error over shuffles:")


def _all_classes(results: Results, *, short: bool) -> Table:
    names = _in_trials()
    places = [class_place(name, bins) for name, bins in class_rows(short=short)]
    rows = [(place, *(_erring(results.values(place, name, ERROR), 3) for name in names)) for place in places]
    return Table(
        headers=("data set", *names), rows=rows, caption="All data sets, mean and standard error over shuffles:"
    )


def _erring(values: Sequence[float], digits: int) -> str:
    if not values:
        return ""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.{digits}f} ({error:.{digits}f})"


def _plot(results: Results, world: str, across: str, up: str) -> Plot:
    made, axes = figure(3.2)
    for number, name in enumerate(_names()):
        course = np.mean([run[COURSE] for run in results.found[world, name]], axis=0)
        thousands = (np.arange(len(course)) + 1) * STEP / 1_000
        is_default = name == DEFAULT
        axes.plot(
            thousands,
            course,
            color=series_color(number),
            linewidth=2.4 if is_default else 1.1,
            label=name,
            zorder=5 if is_default else 3,
        )
    axes.set_ylim(top=1.02)
    axes.set_xlabel(across)
    axes.set_ylabel(up, color=PALE)
    axes.grid(axis="y", color=RULE, linewidth=0.5, alpha=0.7)
    made.legend(loc="outside right upper", frameon=False, fontsize=7)
    shows = f"{world}: {up}, mean of the seeds"
    file = f"learning_well_{world.replace(' ', '_')}.svg"
    return Plot(file=file, shows=shows[0].upper() + shows[1:], svg=str(svg_of(made, shows)))
