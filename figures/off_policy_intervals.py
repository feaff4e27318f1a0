"""Intervals of off-policy values: how often they hold the truth, and how wide they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.ticker import NullFormatter
from scipy.stats import binom

from banditsvc.reports.html.svg import PALE, RULE, panels, series_color, svg_of
from figures.off_policy_differences import differences_table
from figures.off_policy_hillstrom import HillstromCoverage, hillstrom_coverage, spend_refusal
from figures.page import Page, Plot, Table
from figures.run import Track, main
from offline_eval.intervals.off_policy import Method, OffPolicySpec, UnitSums, cressie_read_ends, units_of_value
from tests.offline_eval.near_policies import PAIRS
from tests.offline_eval.off_policy_worlds import (
    ADAPTIVE,
    MILD,
    RARE,
    RETURNING,
    SAME,
    WORLDS,
    Coverage,
    OffPolicyWorld,
    coverage,
    ever_missed,
    ever_missed_by_normal,
)

NAME = "off_policy_intervals"
LOGS, SHORT_LOGS = 1_000, 100
FIRST_SEED = 900
LEVEL, LEAST, MARGIN_LEVEL = 0.95, 0.94, 0.001
READ_ROWS, READ_EVERY = 10_000, 100
OF_DECISIONS = (Method.CLOPPER_PEARSON, Method.EMPIRICAL_BERNSTEIN)
_WORDS = {
    Method.CRESSIE_READ: "Cressie-Read (default)",
    Method.NORMAL: "normal",
    Method.BOOTSTRAP: "bootstrap",
    Method.CLOPPER_PEARSON: "Clopper-Pearson",
    Method.EMPIRICAL_BERNSTEIN: "empirical Bernstein",
    Method.BETTING: "betting (anytime)",
}

_Found = dict[OffPolicyWorld, dict[Method, Coverage]]


def measure(*, short: bool, track: Track) -> Page:
    """Returns the coverage in 1,000 logs of each world; in 100 in the short form."""
    logs = SHORT_LOGS if short else LOGS
    done, total = 0, logs * (2 * len(WORLDS) - 1 + 9 + len(PAIRS))

    def on_read(count: int) -> None:
        nonlocal done
        done += count
        track(done, total)

    found = _coverages(logs, on_read)
    least = int(binom.ppf(MARGIN_LEVEL, logs, LEAST)) / logs
    most = int(binom.isf(MARGIN_LEVEL, logs, 1.0 - LEVEL)) / logs
    hillstrom = hillstrom_coverage(logs, on_read)
    return Page(
        title="Intervals of off-policy values",
        shows=_shows(least),
        scale=f"{logs:,} logs of each row.",
        tables=(
            Table(
                headers=("world", "decisions", "truth", *_WORDS.values(), "default holds"),
                rows=[_coverage_row(world, by_method, least) for world, by_method in found.items()],
                caption="Share of logs whose 95 % interval holds the truth (mean width):",
            ),
            _ever_table(logs, most, on_read),
            differences_table(logs, least, on_read),
            _controls_table(logs),
            _hillstrom_table(hillstrom, least),
        ),
        plots=(Plot(file=f"{NAME}.svg", shows="Coverage against width by method, in six worlds", svg=_plot(found)),),
        verdict=_verdict(),
    )


def _coverages(logs: int, on_read: Callable[[int], None]) -> _Found:
    found: _Found = {}
    for seed, world in enumerate(WORLDS, FIRST_SEED):
        methods = [method for method in Method if world is not RETURNING or method not in OF_DECISIONS]
        found[world] = dict.fromkeys(methods, Coverage())
        for played in world.blocks(seed, logs):
            for method in methods:
                found[world][method] += coverage(played, world.truth, OffPolicySpec(method=method, level=LEVEL))
            on_read(len(played))
    return found


def _coverage_row(world: OffPolicyWorld, by_method: Mapping[Method, Coverage], least: float) -> tuple[str, ...]:
    cells = [_cell(by_method[method]) if method in by_method else "" for method in _WORDS]
    holds = by_method[Method.CRESSIE_READ].share >= least
    return (world.name, f"{world.rows:,}", f"{world.truth:.4f}", *cells, "yes" if holds else "**no**")


def _cell(found: Coverage) -> str:
    return f"{found.share:.3f} ({found.width:.3f})"


def _ever_table(logs: int, most: float, on_read: Callable[[int], None]) -> Table:
    rows = []
    for seed, world in enumerate((MILD, RARE, ADAPTIVE, RETURNING, SAME), FIRST_SEED + 50):
        missed, by_normal = 0, 0
        for played in replace(world, rows=READ_ROWS).blocks(seed, logs):
            missed += ever_missed(played, world.truth, LEVEL, READ_EVERY)
            if world is not RETURNING:
                by_normal += ever_missed_by_normal(played, world.truth, LEVEL, READ_EVERY)
            on_read(len(played))
        normal = "" if world is RETURNING else f"{by_normal / logs:.3f}"
        rows.append((world.name, f"{missed / logs:.3f}", normal, "yes" if missed / logs <= most else "**no**"))
    return Table(
        headers=("world", "betting", "normal", "within the margin"),
        rows=rows,
        caption=(
            f"Share of logs whose 95 % interval leaves out the truth at one reading or more, read after every "
            f"{READ_EVERY} decisions (or customers, where these come again) up to {READ_ROWS:,} decisions; at most 5 % may, "
            f"with the binomial margin at {MARGIN_LEVEL}: {most:.3f}."
        ),
    )


def _controls_table(logs: int) -> Table:
    again, same = RETURNING.logs(FIRST_SEED + 80, logs), SAME.logs(FIRST_SEED + 81, logs)
    strangers = coverage([replace(log, unit=None) for log in again], RETURNING.truth, OffPolicySpec())
    published = [cressie_read_ends(UnitSums.of(units_of_value(log)), LEVEL, at_mean=False) for log in same]
    held = sum(low <= SAME.truth <= high for low, high in published)
    return Table(
        headers=("control", "held"),
        rows=[
            (f"{RETURNING.name}: each decision taken for a customer", f"{strangers.share:.3f}"),
            (f"{SAME.name}: Cressie-Read as published", f"{held / logs:.3f}"),
        ],
        caption="Controls that must fail:",
    )


def _hillstrom_table(found: Sequence[HillstromCoverage], least: float) -> Table:
    rows = [
        (
            one.reward,
            f"{one.rows:,}",
            f"{one.truth:.4f}",
            *(_cell(one.by_method[method]) for method in (Method.CRESSIE_READ, Method.NORMAL)),
            "yes" if one.by_method[Method.CRESSIE_READ].share >= least else "**no**",
        )
        for one in found
    ]
    return Table(
        headers=("reward", "decisions", "truth", _WORDS[Method.CRESSIE_READ], "normal", "default holds"),
        rows=rows,
        caption=(
            'Hillstrom\'s trial: "always Mens" from logs that chose no e-mail, Mens and Womens with probabilities .6, .1 and '
            ".3, redrawn from its customers. For spend the least and greatest reward were said to be 0 and 500; without "
            f'that the answer is: "{spend_refusal()}".'
        ),
    )


def _shows(least: float) -> str:
    return (
        "Logs whose truth is known, and 95 % intervals of what another policy is worth. Mild: uniform choice among ten arms, "
        "weights up to 9. Rare: 91 % on a wrong arm, 1 % on each other, clicks of 1 to 2 %, a target that always takes one "
        "arm: weights of 0 and 100. Adaptive: the log learns as it goes, by draws from what it has seen, with 20 % spread "
        "evenly: weights up to 46. Customers come again: up to six times, keen ones more often; they are the units. The "
        "policy that logged: all weights are 1, though they could have been 100, and 3 in 2,000 buy. The default must hold "
        f"in .94 of logs, less the binomial margin at {MARGIN_LEVEL}: {least:.3f}."
    )


def _verdict() -> str:
    return (
        "The normal interval and the bootstrap fail where few heavy decisions carry the value, on the side that matters "
        "for a new policy: the rare click has not come yet, so they lie below the truth. The default reckons with one "
        "decision of the greatest weight that has not come, which costs little width where there are many. Cressie-Read as "
        "published has no such decision of weight 1, so for a policy near to the one that logged it is sure of nothing "
        "having been bought; ours has one. Empirical Bernstein and betting are proved at every size and cost two to three "
        "times the width, and far more where weights stay far below what they could be; betting may be read always. "
        "Where two policies are near to each other, the range of the differences of their weights is what makes the "
        "interval narrow."
    )


def _plot(found: _Found) -> str:
    made, grid = panels(4.6, rows=2, columns=3)
    for place, (world, by_method) in enumerate(found.items()):
        axes, own = grid[place // 3][place % 3], by_method[Method.CRESSIE_READ].width
        axes.axhline(LEVEL, color=RULE, linewidth=1.0)
        for number, (method, words) in enumerate(_WORDS.items()):
            one = by_method.get(method)
            across, up = (one.width / own, one.share) if one is not None else (np.nan, np.nan)
            axes.plot([across], [up], "o", color=series_color(number), markersize=6.0, label=words)
        axes.set_title(f"{world.name}, {world.rows:,}", fontsize=9, color=PALE)
        axes.set_xscale("log")
        axes.set_xticks([0.5, 1.0, 2.0, 5.0, 20.0], ["1/2", "1", "2", "5", "20"])
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(0.0, 1.03)
        axes.grid(color=RULE, linewidth=0.5, alpha=0.5)
        if place >= 3:
            axes.set_xlabel("width, of the default's")
    grid[0][0].set_ylabel("share that hold")
    grid[1][0].set_ylabel("share that hold")
    handles, labels = grid[0][0].get_legend_handles_labels()
    made.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return str(svg_of(made, "Coverage against width by method, in six worlds"))


if __name__ == "__main__":
    main(NAME, measure)
