"""The coverage report for people."""

from __future__ import annotations

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from banditsvc.cli.output import counted, empty_table, results
from banditsvc.reports.coverage_words import LEGEND, MARKS, by_words, further_words, head_words, rewards, value_words
from banditsvc.reports.number_words import Show
from offline_eval.coverage import CoverageCell, CoverageReport, Knowledge

_WIDE = 180
"""Characters of a line where the output is no terminal."""
_ACROSS = 6
"""Families beside each other."""
_MOST_THIN = 20
"""Cells of which too little is known that are listed; --csv has all."""
_STYLES = {
    Knowledge.KNOWN: "green",
    Knowledge.TOO_WIDE: "yellow",
    Knowledge.TOO_LITTLE_DATA: "red",
    Knowledge.NO_CHANCE: "magenta",
}


def show_coverage(portfolio_id: str, report: CoverageReport) -> None:
    """Writes the report: segments by families, then where too little is known and what would do."""
    out = results(_WIDE)
    out.print(Text(f"coverage of {portfolio_id}, by {by_words(report.by)}", style="bold"))
    for line in head_words(report):
        out.print(Text(line))
    for start in range(0, len(report.families), _ACROSS):
        out.print()
        out.print(_matrix(report, report.families[start : start + _ACROSS]))
    if report.cells:
        out.print(Text.assemble("\n", *_legend(), "\nmean reward were the family always chosen where it is eligible"))
    thin = sorted(report.thin_cells, key=lambda cell: -cell.eligible)
    if thin:
        out.print(
            Text(f"\nToo little is known of {counted(len(thin), 'pair')} out of {len(report.cells):,}", style="bold")
        )
        out.print(Padding(_thin(report, thin[:_MOST_THIN]), (0, 0, 0, 2), expand=False))
    if len(thin) > _MOST_THIN:
        out.print(Text(f"  and {len(thin) - _MOST_THIN:,} more: --csv has all of them", style="dim"))


def _matrix(report: CoverageReport, families: tuple[str, ...]) -> Table:
    table = empty_table(by_words(report.by), *(f">{family}" for family in families))
    show = rewards(report)
    for slice_value in report.slice_values:
        table.add_row(Text(slice_value), *(_value(report.cell(slice_value, family), show) for family in families))
    totals = {cell.family: cell for cell in report.totals}
    table.add_section()
    table.add_row(Text("all", style="bold"), *(_value(totals[family], show) for family in families))
    return table


def _value(cell: CoverageCell | None, show: Show) -> Text:
    if cell is None:
        return Text("never eligible", style="dim")
    return Text(f"{value_words(cell, show)} {MARKS[cell.knowledge]}", style=_STYLES[cell.knowledge])


def _legend() -> list[Text]:
    return [
        Text(f"{MARKS[knowledge]} {words}{'' if knowledge is Knowledge.NO_CHANCE else '   '}", style=_STYLES[knowledge])
        for knowledge, words in LEGEND.items()
    ]


def _thin(report: CoverageReport, cells: list[CoverageCell]) -> Table:
    table = empty_table(
        by_words(report.by), "family", ">eligible", ">chosen", ">effective decisions", "why", "it takes"
    )
    for cell in cells:
        table.add_row(
            Text(cell.slice_value),
            Text(cell.family),
            f"{cell.eligible:,}",
            f"{cell.chosen:,}",
            f"{cell.estimate.support.effective_decisions:,.0f}",
            Text(cell.why),
            further_words(cell),
        )
    return table
