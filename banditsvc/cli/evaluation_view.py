"""How evaluated policies are shown on a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from banditsvc.cli.output import counted, results, short_number, write_table
from offline_eval.diagnostics import Audit, Maturity
from offline_eval.evaluation import Evaluated
from offline_eval.intervals.off_policy import PromisedInterval
from offline_eval.logged import Logged


def show_evaluations(
    name: str,
    logged: Logged,
    found: Sequence[Evaluated],
    checked: Audit,
    maturity: Sequence[Maturity],
    *,
    against: str,
) -> None:
    """Writes a table of the policies, what stands against each, what was left out, and what audit and maturity say."""
    write_table(
        (
            "policy",
            ">reward",
            ">interval",
            f">more than {against}",
            ">interval",
            ">decisions",
            ">by weight",
            ">unlogged",
        ),
        [
            (
                one.name,
                _number(one.value),
                _interval(one.interval),
                "" if one.is_same else f"{one.difference:+.4g}",
                "" if one.is_same else _interval(one.difference_interval),
                f"{one.decisions:,}",
                f"{one.weights.effective:,.0f}",
                "" if math.isnan(one.unlogged.total) else f"{one.unlogged.total:.1%}",
            )
            for one in found
        ],
        f"{name}: reward per decision",
    )
    console = results()
    for one in found:
        for warning in one.warnings:
            console.print(f"{one.name}: {warning}", markup=False)
    for kind, count in sorted(logged.left_out.items()):
        first = logged.first_left_out.get(kind)
        console.print(
            f"left out: {counted(count, 'decision')}: {kind}{f', first {first}' if first else ''}", markup=False
        )
    for promise in {str(one.interval.promise): None for one in found if one.interval.promise is not None}:
        console.print(f"The interval: {promise}", markup=False)
    for age in maturity:
        console.print(f"{age.share:.0%} of the reward had come by {age.age_days:.3g} days", markup=False)
    for finding in checked.findings:
        console.print(f"AUDIT {finding.check}: {finding.what}", markup=False)
    if checked.is_passed:
        names = ", ".join(str(check).lower() for check in checked.checked)
        console.print(f"The audit found nothing; checked: {names}", markup=False)


def _interval(promised: PromisedInterval) -> str:
    if promised.interval is None:
        return "none"
    return f"{_number(promised.interval.low)} to {_number(promised.interval.high)}"


def _number(value: float) -> str:
    return "" if math.isnan(value) else short_number(value)
