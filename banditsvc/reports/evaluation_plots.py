"""Plots of an evaluation."""

from __future__ import annotations

import math

import numpy as np
from markupsafe import Markup

from banditsvc.reports import evaluation_words as words
from banditsvc.reports.html import Curve, ForestRow, SharePoint, Tone, curve_plot, forest_plot, share_plot
from banditsvc.reports.number_words import amount, between
from offline_eval.diagnostics import LEVEL
from offline_eval.evaluation import CandidateReport, ChoiceGain, EvaluationReport, LabelValues, Verdict
from offline_eval.intervals import Interval

_TONES = {Verdict.BETTER: Tone.ABOVE, Verdict.WORSE: Tone.BELOW}
_MOST_CAMPAIGNS = 8
"""Campaigns whose calibration is drawn, those chosen most."""


def values_forest(report: EvaluationReport, unit: str) -> Markup:
    """Returns the value of every candidate with its interval, beside what they are compared with."""
    base = report.base.evaluated
    rows = [_value_row(report.base, Tone.PLAIN), *(_value_row(one, _tone(one)) for one in report.candidates)]
    axis = f"{unit} a decision"
    return forest_plot(rows, name="Value of every candidate", axis=axis, show=amount, reference=base.value)


def differences_forest(report: EvaluationReport, unit: str) -> Markup:
    """Returns how much more each candidate would have brought, with its interval."""
    rows = []
    for one in report.candidates:
        interval = None if one.withheld else one.difference.interval
        rows.append(_row(words.candidate_words(one.evaluated.name), one.evaluated.difference, interval, _tone(one)))
    return forest_plot(
        rows,
        name="Difference of every candidate",
        axis=f"{unit} a decision more {words.than_words(report)}",
        show=_signed,
    )


def label_forest(name: str, values: LabelValues, unit: str) -> Markup | None:
    """Returns the differences of a candidate by one label with their unshrunk intervals; None where all are refused."""
    if all(one.refusal for one in values.parts):
        return None
    rows = []
    for one in values.parts:
        promised = one.interval
        tone = Tone.ABOVE if promised.is_above(0.0) else Tone.BELOW if promised.is_below(0.0) else Tone.OPEN
        rows.append(_row(one.part or "none", one.difference, None if one.refusal else promised.interval, tone))
    return forest_plot(
        rows, name=f"Difference of {name} by {values.label}", axis=f"{unit} a decision more", show=_signed
    )


def choices_forest(name: str, gains: tuple[ChoiceGain, ...], unit: str) -> Markup:
    """Returns through which choices the difference of a candidate comes about."""
    rows = []
    for one in gains:
        promised = one.interval
        tone = Tone.ABOVE if promised.is_above(0.0) else Tone.BELOW if promised.is_below(0.0) else Tone.OPEN
        rows.append(_row(one.choice or "none", one.gain, promised.interval, tone))
    return forest_plot(
        rows, name=f"Difference of {name} by choice", axis=f"{unit} a decision of the whole log", show=_signed
    )


def calibration_plot(report: EvaluationReport) -> Markup | None:
    """Returns how often campaigns were chosen against their logged probabilities, in all and by hour; None without any."""
    cells = [
        one for one in report.calibration or () if one.campaign_id and (not one.part or one.part.startswith("hour "))
    ]
    cells = [one for one in cells if one.count and math.isfinite(one.expected)]
    most = sorted((one for one in cells if not one.part), key=lambda one: (-one.chosen, one.campaign_id))
    names = [one.campaign_id for one in most[:_MOST_CAMPAIGNS]]
    points = []
    for one in sorted((one for one in cells if one.campaign_id in names), key=lambda one: names.index(one.campaign_id)):
        expected = min(one.expected / one.count, 1.0)
        points.append(
            SharePoint(
                series=one.campaign_id,
                expected=expected,
                observed=one.chosen / one.count,
                error=math.sqrt(expected * (1.0 - expected) / one.count),
                is_at_fault=one.p_value <= LEVEL,
            )
        )
    if not points:
        return None
    return share_plot(
        points,
        name="Choices against logged probabilities",
        across="mean logged probability",
        up="share in which it was chosen",
    )


def clipping_plot(report: EvaluationReport, unit: str) -> Markup | None:
    """Returns the value of every candidate against the limit of clipping; None where no weight is above 1."""
    curves = []
    for one in report.candidates:
        if one.withheld or len(one.clipping) < 2:
            continue
        values = np.array([point.value for point in one.clipping])
        errors = np.array([point.standard_error for point in one.clipping])
        curves.append(
            Curve(
                label=words.candidate_words(one.evaluated.name),
                places=[point.limit for point in one.clipping],
                values=values,
                low=values - 1.96 * errors,
                high=values + 1.96 * errors,
            )
        )
    if not curves:
        return None
    return curve_plot(
        curves,
        name="Value against clipping",
        setting="largest weight that counts in full",
        axis=f"{unit} a decision",
        show=amount,
    )


def _value_row(one: CandidateReport, tone: Tone) -> ForestRow:
    interval = None if one.withheld else one.evaluated.interval.interval
    label = words.candidate_words(one.evaluated.name)
    if one.withheld:
        return ForestRow(label=label, note=words.WITHHELD, tone=tone)
    value = one.evaluated.value
    note = amount(value) if interval is None else f"{amount(value)} ({between(interval.low, interval.high, amount)})"
    low, high = (math.nan, math.nan) if interval is None else (interval.low, interval.high)
    return ForestRow(label=label, value=value, low=low, high=high, note=note, tone=tone)


def _row(label: str, value: float, interval: Interval | None, tone: Tone) -> ForestRow:
    if interval is None:
        return ForestRow(label=label, note="nothing can be said", tone=Tone.OPEN)
    note = words.signed_interval(value, interval.low, interval.high)
    return ForestRow(label=label, value=value, low=interval.low, high=interval.high, note=note, tone=tone)


def _tone(one: CandidateReport) -> Tone:
    return _TONES.get(one.verdict, Tone.OPEN)


def _signed(value: float) -> str:
    return amount(value, sign=True)
