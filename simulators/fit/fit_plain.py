"""A fit as plain values, for JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from simulators.fit.calibration import CalibrationCell
from simulators.fit.fit import Fit
from simulators.fit.fit_words import verdict_words


def fit_plain(fit: Fit) -> dict[str, Any]:
    """Returns what a fit came to; numbers that are not known are None."""
    calibration = fit.calibration
    counts, responses = fit.rows.arm_rows, fit.rows.per_arm(fit.rows.responses.astype(float))
    return {
        "world": fit.world.name,
        "rows": len(fit.rows),
        "responses": int(responses.sum()),
        "campaigns": [
            {"campaign_id": campaign_id, "rows": int(count), "responses": int(own), "response_rate": float(own / count)}
            for campaign_id, count, own in zip(fit.rows.campaign_ids, counts, responses, strict=True)
        ],
        "differences": {
            "mean_p": fit.model.differences.mean_p,
            "part_p": dict(fit.model.differences.part_p),
            "in_mean": fit.model.differences.in_mean,
            "in_whom_they_suit": fit.model.differences.in_whom_they_suit,
        },
        "calibration": {
            "verdict": verdict_words(calibration),
            "is_calibrated": calibration.is_calibrated,
            "context_tells": calibration.context_tells,
            "held_out_rows": calibration.rows,
            "held_out_responses": calibration.responses,
            "decile_p": _known(calibration.decile_p),
            "deciles": [_cell(cell) for cell in calibration.deciles],
            "arms": [{**asdict(arm), "z": _known(arm.z)} for arm in calibration.arms],
            "by_part": calibration.by_part,
            "pairs": [_cell(cell) for cell in calibration.pairs],
            "brier": calibration.brier,
            "brier_of_means": calibration.brier_of_means,
            "log_loss": calibration.log_loss,
            "log_loss_of_means": calibration.log_loss_of_means,
            "log_loss_gain": calibration.log_loss_gain,
            "log_loss_gain_error": calibration.log_loss_gain_error,
        },
        "delay_mean_days": fit.delays.mean_days,
        "delays_known": fit.delays.known,
        "caveats": list(fit.rows.caveats),
    }


def _cell(cell: CalibrationCell) -> dict[str, Any]:
    return {**asdict(cell), "z": _known(cell.z)}


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
