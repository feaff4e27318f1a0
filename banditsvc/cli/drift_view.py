"""The drift report for people."""

from __future__ import annotations

from rich.padding import Padding
from rich.text import Text

from banditsvc.cli.output import empty_table, results
from banditsvc.reports import drift_words as words
from offline_eval.drift import DriftReport

_WIDE = 180
"""Characters of a line where the output is no terminal."""
_MOST_THIN = 20
"""Series of which too little is known that are listed; --json has all."""


def show_drift(portfolio_id: str, report: DriftReport) -> None:
    """Writes the report: what changed, its figures, and of what too little is known."""
    out = results(_WIDE)
    out.print(Text(f"drift of {portfolio_id}", style="bold"))
    for line in words.head_words(report):
        out.print(Text(line))
    if report.evaluated and not report.changes:
        out.print(Text(f"\n{words.no_change_words(report)}"))
    for change in report.changes:
        out.print(Text(f"\n{words.sentence(report, change)}", style="bold"))
    if report.changes:
        table = empty_table(*words.columns(report))
        for change in report.changes:
            table.add_row(*map(Text, words.change_row(report, change)))
        out.print(Text("\nmean reward per 100 customers, whoever was aimed at:"))
        out.print(Padding(table, (0, 0, 0, 2), expand=False))
    if report.thin:
        out.print(Text(f"\nToo little is known of {len(report.thin):,} of these", style="bold"))
        table = empty_table(*words.THIN_COLUMNS)
        for one in report.thin[:_MOST_THIN]:
            table.add_row(*map(Text, words.thin_row(report, one)))
        out.print(Padding(table, (0, 0, 0, 2), expand=False))
    if len(report.thin) > _MOST_THIN:
        out.print(Text(f"  and {len(report.thin) - _MOST_THIN:,} more: --json has all of them", style="dim"))
