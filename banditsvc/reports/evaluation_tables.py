"""Tables of an evaluation, as texts."""

from __future__ import annotations

import math
from collections.abc import Iterator

from banditsvc.reports import evaluation_words as words
from banditsvc.reports.number_words import NOTHING, amount, percent
from offline_eval.diagnostics import WeightClass
from offline_eval.evaluation import CandidateReport, EvaluationReport, LabelValues, Verdict

YARDSTICK = 0.1
"""Difference of two settings, as a share of the value of what was done, that the outlook asks for."""


def candidate_rows(report: EvaluationReport) -> Iterator[tuple[str, ...]]:
    """Yields each candidate: its difference in 28 days, verdict, and what would tell."""
    for one in report.candidates:
        is_shown = one.verdict not in {Verdict.WITHHELD, Verdict.SAME}
        found, times = one.evaluated, report.decisions_per_period
        yield (
            words.candidate_words(found.name),
            words.signed_words(found.difference, one.difference, times) if is_shown else NOTHING,
            words.verdict_words(one),
            words.needed_words(report, one),
        )


def outlook_rows(report: EvaluationReport) -> Iterator[tuple[str, ...]]:
    """Yields what each candidate brings now, beside what its own log would tell; nothing without times or a value above 0."""
    base = report.base.evaluated.value
    if not math.isfinite(report.decisions_per_period) or base <= 0.0:
        return
    for one in (report.base, *report.candidates):
        if one.outlook is None or one.withheld:
            continue
        detectable = one.outlook.detectable(report.decisions_per_period)
        days = one.outlook.decisions_to_tell(YARDSTICK * base) / report.decisions_per_day
        is_base = one is report.base or one.verdict is Verdict.SAME
        difference, times = one.evaluated.difference, report.decisions_per_period
        yield (
            words.candidate_words(one.evaluated.name),
            NOTHING if is_base else words.signed_words(difference, one.difference, times),
            percent(detectable / base) if math.isfinite(detectable) else "none",
            words.days_words(days),
        )


def label_rows(values: LabelValues) -> list[tuple[str, ...]]:
    """Returns the parts by one label: as it was, difference with its interval, and the best guess."""
    return [
        (
            one.part or "none",
            f"{one.decisions:,}",
            amount(one.base_value),
            f"nothing: {one.refusal}" if one.refusal else words.signed_words(one.difference, one.interval),
            NOTHING if one.refusal else percent(one.interval.promise.level) if one.interval.promise else NOTHING,
            amount(one.shrunk, sign=True),
        )
        for one in values.parts
    ]


def support_rows(report: EvaluationReport) -> Iterator[tuple[str, ...]]:
    """Yields what each candidate's numbers rest on."""
    for one in report.candidates:
        found = one.evaluated
        mean, tail = found.weight_mean, found.pareto_index
        yield (
            words.candidate_words(found.name),
            f"{found.decisions:,}",
            f"{found.weights.effective:,.0f} ({percent(found.weights.effective_share)})",
            f"{found.weights.largest:.3g}",
            percent(found.weights.top_share),
            f"{tail:.2f}" if math.isfinite(tail) else NOTHING,
            f"{mean.mean:.3f} (p {'below .001' if mean.p_value < 0.001 else f'{mean.p_value:.2g}'})",
            percent(found.unlogged.total) if math.isfinite(found.unlogged.total) else "not known",
        )


def unlogged_rows(report: EvaluationReport) -> Iterator[tuple[str, ...]]:
    """Yields which campaigns a candidate would choose where they had no logged chance."""
    for one in report.candidates:
        for campaign, share in one.evaluated.unlogged.by_campaign.items():
            yield words.candidate_words(one.evaluated.name), campaign, percent(share)


def calibration_rows(report: EvaluationReport) -> Iterator[tuple[str, ...]]:
    """Yields how often each campaign was chosen, beside how often it should have been."""
    for one in report.calibration or ():
        if one.campaign_id and not one.part:
            expected = f"{one.expected:,.1f}" if math.isfinite(one.expected) else NOTHING
            yield one.campaign_id, f"{one.count:,}", f"{one.chosen:,}", expected, f"{one.p_value:.2g}"


def weight_columns(report: EvaluationReport) -> tuple[str, ...]:
    """Returns the heads of the distribution of weights."""
    return ("weight", *(f">{words.candidate_words(one.evaluated.name)}" for one in report.candidates))


def weight_rows(report: EvaluationReport) -> Iterator[tuple[str, ...]]:
    """Yields for each class of weights the share of the decisions, and of all weight, by candidate."""
    most = max((one.weights for one in report.candidates), key=len, default=())
    for place, kind in enumerate(most):
        yield (_class_words(kind), *(_share(one, place) for one in report.candidates))


def estimate_rows(report: EvaluationReport) -> Iterator[tuple[str, ...]]:
    """Yields every estimator of every candidate."""
    for one in report.candidates:
        name = words.candidate_words(one.evaluated.name)
        for point in one.evaluated.estimates:
            shown = (words.WITHHELD, "") if one.withheld else (amount(point.value), amount(point.standard_error))
            yield name, point.name, *shown, point.promise


def _share(one: CandidateReport, place: int) -> str:
    if place >= len(one.weights):
        return NOTHING
    found = one.weights[place]
    return f"{percent(found.share)} ({percent(found.weight_share)})"


def _class_words(kind: WeightClass) -> str:
    if kind.above < 0.0:
        return "0"
    return f"above {kind.above:g}" if math.isinf(kind.up_to) else f"above {kind.above:g} up to {kind.up_to:g}"
