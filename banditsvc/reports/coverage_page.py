"""The coverage report as a page."""

from __future__ import annotations

import math
from dataclasses import dataclass

from banditsvc.reports import coverage_words as words
from banditsvc.reports.html import render_page
from banditsvc.reports.number_words import Show
from offline_eval.coverage import CoverageCell, CoverageReport, Knowledge

_SHADES = 3
"""Of what is known: the shorter the interval, the darker."""
_CLASSES = {
    Knowledge.TOO_WIDE: "wide",
    Knowledge.TOO_LITTLE_DATA: "little",
    Knowledge.NO_CHANCE: "without",
}
_SHORT = "too little"
_MOST_THIN = 40
"""Cells of which too little is known that are listed; --csv has all."""
_COLUMNS = (">eligible", ">chosen", ">effective decisions", ">customers", ">mean reward", ">interval", ">its length")


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of the heat map."""

    shade: str
    value: str
    counts: str
    why: str


def coverage_page(portfolio_id: str, report: CoverageReport) -> str:
    """Returns the report as one HTML document that needs no network."""
    thin = sorted(report.thin_cells, key=lambda cell: -cell.eligible)
    totals = {cell.family: cell for cell in report.totals}
    rows = [
        (value, [_field(report, report.cell(value, family)) for family in report.families])
        for value in report.slice_values
    ]
    return render_page(
        "coverage.html",
        portfolio_id=portfolio_id,
        by=words.by_words(report.by),
        about=list(words.head_words(report)),
        families=report.families,
        rows=rows,
        totals=[_field(report, totals[family]) for family in report.families],
        legend=_legend(),
        known=len(report.cells) - len(thin),
        pairs=len(report.cells),
        thin_columns=(words.by_words(report.by), "family", ">eligible", ">chosen", "why", "it takes"),
        thin_rows=[_thin_row(cell) for cell in thin[:_MOST_THIN]],
        more_thin=len(thin) - _MOST_THIN,
        columns=(words.by_words(report.by), "family", *_COLUMNS),
        cell_rows=[_row(cell, words.rewards(report)) for cell in report.cells],
        longest=words.rewards(report)(report.longest_half),
    )


def _field(report: CoverageReport, cell: CoverageCell | None) -> _Field:
    if cell is None:
        return _Field("never", "–", "never eligible", "")
    show = words.rewards(report)
    return _Field(
        shade=_shade(report, cell),
        value=f"{words.MARKS[cell.knowledge]} {_SHORT if cell.width is None else words.value_words(cell, show)}",
        counts=f"{cell.chosen:,} of {cell.eligible:,}",
        why=cell.why,
    )


def _shade(report: CoverageReport, cell: CoverageCell) -> str:
    if not cell.is_known or cell.width is None:
        return _CLASSES[cell.knowledge]
    share = cell.width / 2.0 / report.longest_half
    return f"known-{_SHADES - min(_SHADES - 1, math.floor(_SHADES * share))}"


def _legend() -> list[tuple[str, str]]:
    known = f"{words.MARKS[Knowledge.KNOWN]} known, the darker the more precisely"
    others = [(_CLASSES[one], f"{words.MARKS[one]} {words.LEGEND[one]}") for one in _CLASSES]
    return [("known-2", known), *others]


def _thin_row(cell: CoverageCell) -> tuple[str, ...]:
    return (
        cell.slice_value,
        cell.family,
        f"{cell.eligible:,}",
        f"{cell.chosen:,}",
        cell.why,
        words.further_words(cell),
    )


def _row(cell: CoverageCell, show: Show) -> tuple[str, ...]:
    support = cell.estimate.support
    return (
        cell.slice_value,
        cell.family,
        f"{cell.eligible:,}",
        f"{cell.chosen:,}",
        f"{support.effective_decisions:,.0f}",
        f"{support.customers:,}",
        show(cell.estimate.value),
        words.interval_words(cell, show),
        show(math.nan if cell.width is None else cell.width),
    )
