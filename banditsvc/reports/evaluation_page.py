"""An evaluation of other policies as a page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import Any

from banditsvc.reports import evaluation_words as words
from banditsvc.reports.evaluation_plots import (
    calibration_plot,
    choices_forest,
    clipping_plot,
    differences_forest,
    label_forest,
    values_forest,
)
from banditsvc.reports.evaluation_tables import (
    calibration_rows,
    candidate_rows,
    estimate_rows,
    label_rows,
    outlook_rows,
    support_rows,
    unlogged_rows,
    weight_columns,
    weight_rows,
)
from banditsvc.reports.html import render_page
from banditsvc.reports.lift_words import day_words
from banditsvc.reports.number_words import percent
from offline_eval.diagnostics import Maturity
from offline_eval.evaluation import CandidateReport, EvaluationReport, Verdict, code_sha256, data_sha256

_DRIFTED = 0.1
"""Change of the share in which a campaign was eligible from which on it is listed."""
_MOST_FINDINGS = 8
"""Of the audit that are listed; --json has all."""
_GOOD = {Verdict.BETTER: "good", Verdict.WITHHELD: "bad"}


def evaluation_page(
    report: EvaluationReport,
    *,
    log: str,
    unit: str = "reward",
    maturity: Sequence[Maturity] = (),
    settings: Sequence[tuple[str, str]] = (),
) -> str:
    """Returns the report as one HTML document that needs no network.

    Args:
        report: What was found.
        log: Name of the log.
        unit: What a reward of 1 is, such as EUR.
        maturity: Which share of the reward had come by which age, where that is known.
        settings: Name and value of each setting of the evaluation, for the fingerprint.
    """
    best = words.best_candidate(report)
    return render_page(
        "evaluation.html",
        headline=words.headline(report),
        support=words.support_words(report),
        shade=_shade(report, best),
        log=log,
        unit=unit,
        about=_about(report),
        base=words.candidate_words(report.base.evaluated.name),
        than=words.than_words(report),
        level=percent(report.spec.level),
        error=percent(1.0 - report.spec.level),
        level_of_each=percent(report.level_of_each),
        count=len(report.candidates),
        # Where everything is withheld there is nothing to draw.
        values=None if _withheld(report) else values_forest(report, unit),
        differences=None if _withheld(report) else differences_forest(report, unit),
        candidates=list(candidate_rows(report)),
        has_times=math.isfinite(report.decisions_per_day),
        outlooks=list(outlook_rows(report)),
        parts_list=[
            part for one in _best_first(report, best) if (part := _part(one, unit))["labels"] or part["choices"]
        ],
        audit=_audit(report),
        warnings=list(_warnings(report)),
        support_rows=list(support_rows(report)),
        unlogged=list(unlogged_rows(report)),
        calibration=calibration_plot(report),
        calibration_rows=list(calibration_rows(report)),
        weight_columns=weight_columns(report),
        weight_rows=list(weight_rows(report)),
        clipping=clipping_plot(report, unit),
        estimates=list(estimate_rows(report)),
        left_out=[
            (kind, f"{count:,}", report.logged.first_left_out.get(kind, ""))
            for kind, count in sorted(report.logged.left_out.items(), key=lambda one: -one[1])
        ],
        drift=list(_drift(report)),
        maturity=[(f"{one.age_days:.3g}", percent(one.share)) for one in maturity],
        promises=_promises(report),
        facts=[
            ("data, SHA-256", data_sha256(report.logged)),
            ("code of the evaluation, SHA-256", code_sha256()),
            ("software", f"banditsvc {metadata.version('banditsvc')}"),
            *settings,
            ("seed", "none: nothing is drawn, but by the bootstrap, whose seed is fixed"),
        ],
    )


def _withheld(report: EvaluationReport) -> bool:
    return bool(report.candidates) and all(one.withheld for one in report.candidates)


def _shade(report: EvaluationReport, best: CandidateReport | None) -> str:
    if _withheld(report):
        return "bad"
    return "" if best is None else _GOOD.get(best.verdict, "")


def _about(report: EvaluationReport) -> str:
    logged = report.logged
    first, last = int(logged.time_us.min(initial=0)), int(logged.time_us.max(initial=0))
    customers = len(set(logged.customer.tolist()))
    of_customers = f" of {customers:,} customers" if customers < len(logged) else ""
    times = (
        f", {day_words(int(logged.time_us[logged.time_us > 0].min()))} to {day_words(last)}" if first or last else ""
    )
    return f"{len(logged):,} decisions{of_customers}{times}"


def _best_first(report: EvaluationReport, best: CandidateReport | None) -> list[CandidateReport]:
    return sorted(report.candidates, key=lambda one: one is not best)


def _part(one: CandidateReport, unit: str) -> dict[str, Any]:
    name = words.candidate_words(one.evaluated.name)
    return {
        "name": name,
        "labels": [(values, label_forest(name, values, unit), label_rows(values)) for values in one.labels],
        "choices": choices_forest(name, one.choices, unit) if one.choices else None,
        "moves": [(gain.choice, percent(gain.logged_share), percent(gain.share)) for gain in one.choices],
    }


def _audit(report: EvaluationReport) -> dict[str, Any]:
    return {
        "passed": report.audit.is_passed,
        "checked": ", ".join(str(check).lower() for check in report.audit.checked),
        "findings": [(str(one.check).lower(), one.what) for one in report.audit.findings[:_MOST_FINDINGS]],
        "more": len(report.audit.findings) - _MOST_FINDINGS,
        "level": percent(report.audit.level),
    }


def _warnings(report: EvaluationReport) -> Iterator[tuple[str, str]]:
    seen = set()
    for one in report.candidates:
        for warning in one.evaluated.warnings:
            is_of_log = warning in one.evaluated.remarks
            said = ("the log", warning) if is_of_log else (words.candidate_words(one.evaluated.name), warning)
            if said not in seen:
                seen.add(said)
                yield said


def _drift(report: EvaluationReport) -> Iterator[tuple[str, str, str]]:
    for one in report.drift.campaigns:
        if one.change >= _DRIFTED:
            yield one.campaign_id, percent(one.shares[0]), percent(one.shares[-1])


def _promises(report: EvaluationReport) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for what, promised in (
        ("value", [one.evaluated.interval for one in (report.base, *report.candidates)]),
        ("difference", [one.difference for one in report.candidates]),
    ):
        for one in promised:
            said = one.refusal if one.promise is None else str(one.promise)
            found.setdefault(f"{what}: {said}", what)
    return [(what, said.removeprefix(f"{what}: ")) for said, what in found.items()]
