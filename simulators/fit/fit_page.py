"""A fit as a page. Import it inside banditsvc.reports.extra.reports_extra."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from banditsvc.reports.html import ForestRow, Tone, forest_plot, render_page
from banditsvc.reports.number_words import percent, points
from simulators.fit.calibration import CalibrationCell
from simulators.fit.fit import Fit
from simulators.fit.fit_words import about_words, arm_rows, cell_row, difference_words, score_words, verdict_words

_ERRORS = 1.96
"""Standard errors to either side."""


def fit_page(fit: Fit, source: str, digest: str) -> str:
    """Returns the calibration report of a fit as one HTML document that needs no network.

    Args:
        fit: The fit.
        source: What the data are called.
        digest: SHA-256 of the data.
    """
    calibration = fit.calibration
    return render_page(
        "fit.html",
        world=fit.world.name,
        source=source,
        digest=digest,
        verdict=verdict_words(calibration),
        is_calibrated=calibration.is_calibrated,
        rows=len(fit.rows),
        responses=int(fit.rows.responses.sum()),
        rate=percent(float(fit.rows.responses.mean())),
        held_out=calibration.rows,
        held_out_responses=calibration.responses,
        differences=list(difference_words(fit)),
        about=list(about_words(fit)),
        scores=score_words(calibration),
        deciles=_plot(calibration.deciles, "Observed less predicted responses, by decile of the predicted chance"),
        pairs=_plot(calibration.pairs, f"Observed less predicted responses, by campaign and {calibration.by_part}"),
        by_part=calibration.by_part,
        columns=("predicted chance", ">rows", ">predicted", ">observed", ">z"),
        decile_rows=[cell_row(cell) for cell in calibration.deciles],
        pair_columns=(f"campaign, {calibration.by_part}", ">rows", ">predicted", ">observed", ">z"),
        pair_rows=[cell_row(cell) for cell in calibration.pairs],
        arm_columns=("campaign", ">rows", ">predicted reward", ">observed", ">standard error", ">z"),
        arm_rows=list(arm_rows(fit)),
    )


def _plot(cells: Sequence[CalibrationCell], name: str) -> Markup:
    return forest_plot([_row(cell) for cell in cells], name=name, axis="percentage points", show=points)


def _row(cell: CalibrationCell) -> ForestRow:
    error = math.sqrt(cell.predicted * (1.0 - cell.predicted) / cell.rows)
    gap = cell.observed - cell.predicted
    is_off = math.isfinite(cell.z) and abs(cell.z) > _ERRORS
    return ForestRow(
        label=cell.name,
        value=gap,
        low=gap - _ERRORS * error,
        high=gap + _ERRORS * error,
        note=f"{percent(cell.predicted)}, observed {percent(cell.observed)}",
        tone=Tone.BELOW if is_off else Tone.PLAIN,
    )
