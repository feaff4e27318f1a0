"""The lift report for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from banditsvc.cli.output import counted, empty_table, results
from banditsvc.reports import lift_words as words
from banditsvc.reports.lift_result import HorizonLift, LogLift
from banditsvc.reports.number_words import NOTHING, percent
from offline_eval.lift import Conclusion, Estimate, Metric, Population, ranked_slices

_WIDE = 180
"""Characters of a line where the output is no terminal."""
_STYLES = {
    Conclusion.HIGHER: "green",
    Conclusion.LOWER: "red",
    Conclusion.UNDECIDED: "yellow",
    Conclusion.REFUSED: "dim",
}
_COLUMNS = (">target", ">control", ">absolute lift", ">relative lift", "conclusion")
_MOST_SLICES = 20
"""Campaigns and families shown of each; --csv has all."""


def show_lift(lift: LogLift) -> None:
    """Writes the report: the sample ratio first, then each horizon's lifts of every target over every control group."""
    out = results(_WIDE)
    out.print(Text(f"lift of {lift.title}", style="bold"))
    passed = lift.sample_ratio.passed
    verdict = "sample ratio: " if passed else "SAMPLE RATIO FAILED, so nothing may be concluded: "
    out.print(Text(verdict + lift.sample_ratio.text, style="green" if passed else "bold red"))
    for line in (*words.head_words(lift), *words.left_out_words(lift)):
        out.print(Text(line))
    report = lift.horizons[0].report
    out.print(Text(f"intervals: {words.kind_words(report.interval_kind, report.level)}"))
    for horizon in lift.horizons:
        _show_horizon(out, lift, horizon)


def _show_horizon(out: Console, lift: LogLift, horizon: HorizonLift) -> None:
    out.print()
    out.print(Text(f"within {counted(horizon.days, 'day')}", style="bold"))
    if horizon.table.empty:
        _print(out, Text(words.nothing_over_words(horizon, lift)))
        return
    for refusal in horizon.report.refusals:
        _print(out, Text(f"refused: {refusal}", style="red"))
    for pair in horizon.settings.pairs:
        for population in Population:
            own = [
                one
                for one in horizon.report.estimates
                if (one.target, one.control) == pair and one.population is population
            ]
            if own:
                _show_pair(out, own, lift.currency)
                _show_slices(out, horizon, pair, population, lift.currency)
    for line in words.horizon_words(horizon):
        _print(out, Text(line, style="dim"))


def _show_pair(out: Console, estimates: list[Estimate], currency: str) -> None:
    whole = [one for one in estimates if not one.slice_name]
    table = empty_table("", *_COLUMNS)
    for one in whole:
        table.add_row(Text(words.metric_words(one.metric, currency)), *_cells(one))
    _print(out, Text(_who(whole[0]), style="bold"), above=True)
    _print(out, table)
    for line in dict.fromkeys(_remarks(whole)):
        _print(out, Text(line), indent=4)


def _who(one: Estimate) -> str:
    who = f"target {one.target} {one.target_customers:,}, control {one.control} {one.control_customers:,}"
    if one.population is Population.ENROLLED:
        return who
    return f"{who}: those who were or would have been contacted ({percent(one.share_of_enrolled)} of them)"


def _cells(one: Estimate) -> tuple[Text, ...]:
    style = _STYLES[one.conclusion]
    return (
        Text(words.mean_words(one.metric, one.target_mean)),
        Text(words.mean_words(one.metric, one.control_mean)),
        Text(words.absolute_words(one)),
        Text(words.relative_words(one)),
        Text(words.CONCLUSIONS[one.conclusion], style=style),
    )


def _remarks(estimates: Iterable[Estimate]) -> Iterator[str]:
    for one in estimates:
        name = words.metric_words(one.metric, "")
        if one.refusal:
            yield f"{name}: {one.refusal}"
        needed = words.needed_words(one)
        if needed:
            yield f"{name}: {needed}"


def _show_slices(
    out: Console, horizon: HorizonLift, pair: tuple[str, str], population: Population, currency: str
) -> None:
    names = dict.fromkeys(one.slice_name for one in horizon.report.estimates if one.slice_name)
    for name in names:
        ranked = ranked_slices(horizon.report, pair, name, population)
        for metric in Metric if ranked else ():
            own = [one.revenue if metric is Metric.REVENUE else one.conversion for one in ranked]
            _show_ranked(out, f"{words.metric_words(metric, currency)}, by {words.slice_words(name)}", own)
        if len(ranked) > _MOST_SLICES:
            _print(out, Text(f"and {len(ranked) - _MOST_SLICES:,} more: --csv has all", style="dim"), indent=4)


def _show_ranked(out: Console, title: str, ranked: list[Estimate]) -> None:
    table = empty_table("", ">customers", *_COLUMNS[:-1], ">in all", "conclusion")
    for one in ranked[:_MOST_SLICES]:
        customers = f"{one.target_customers:,} / {one.control_customers:,}"
        *figures, conclusion = _cells(one)
        table.add_row(
            Text(one.slice_value or NOTHING), customers, *figures, Text(words.incremental_words(one)), conclusion
        )
    _print(out, Text(title), indent=4, above=True)
    _print(out, table, indent=4)
    refused = sum(one.conclusion is Conclusion.REFUSED for one in ranked)
    if refused:
        _print(out, Text(f"no conclusion on {refused:,} of them: {words.THIN}", style="dim"), indent=4)


def _print(out: Console, what: Text | Table, *, indent: int = 2, above: bool = False) -> None:
    if above:
        out.print()
    out.print(Padding(what, (0, 0, 0, indent), expand=False))
