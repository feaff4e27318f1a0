"""A fit in words: the verdict, what the world holds, and the head of its file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date

from banditsvc.reports.number_words import NOTHING, percent
from simulators.fit.calibration import Calibration, CalibrationCell
from simulators.fit.campaign_differences import LEVEL
from simulators.fit.fit import Fit


def verdict_words(calibration: Calibration) -> str:
    """Returns in a sentence or two whether the chances can be relied on."""
    held_out = f"on {calibration.rows:,} rows that the fit had not seen, with {calibration.responses:,} responses"
    if not calibration.is_calibrated:
        off = ", ".join(cell.name for cell in calibration.off)
        where = f"worst for {off}" if off else "by the deciles of the predicted chance"
        return f"Not calibrated {held_out}: observed and predicted responses differ by more than chance, {where}."
    tells = (
        "The context tells who responds"
        if calibration.context_tells
        else "There the context does not measurably predict better than the means of the campaigns"
    )
    return f"Calibrated {held_out}: observed and predicted responses differ by no more than chance. {tells}."


def difference_words(fit: Fit) -> Iterator[str]:
    """Yields what the data say of the differences between campaigns, a sentence each."""
    found = fit.model.differences
    p = p_words(found.mean_p)
    if found.in_mean:
        yield f"The campaigns differ in how many respond (p {p})."
    else:
        yield f"That the campaigns differ in how many respond may be chance (p {p}); each keeps its own mean all the same."
    suited = [name for name, value in found.part_p.items() if value < LEVEL / len(found.part_p)]
    if suited:
        yield f"They differ in whom they suit, by {', '.join(suited)}: odds are each campaign's own."
    elif found.part_p:
        yield "That they differ in whom they suit is not shown: odds are the same for all campaigns."


def about_words(fit: Fit) -> Iterator[str]:
    """Yields what else is to be known of the fitted world, a sentence each."""
    delays, values = fit.delays, fit.values
    if delays.known:
        yield f"Delays: {delays.mean_days:.2g} days on average, from {delays.known:,} responses."
    else:
        yield f"Delays are not known: {delays.mean_days:.2g} days on average is made up."
    if values is not None:
        tail = f", with a heavy tail for {percent(values.law.tail_share)}" if values.law.tail_share else ""
        yield (
            f"Orders: {values.law.mean:,.2f} {fit.rows.currency} on average, lognormal with a log standard deviation of "
            f"{values.law.sigma:.2f}{tail}."
        )
    yield (
        "The world is stateless: each day has new customers, whose parts of the context are drawn independently of each "
        "other, and what is sent to one has no later effect."
    )
    yield from fit.rows.caveats


def head_comments(fit: Fit, source: str, digest: str, made: date) -> list[str]:
    """Returns the comments at the top of the world file.

    Args:
        fit: The fit.
        source: What the data are called.
        digest: SHA-256 of the data, in hexadecimal.
        made: The day of the fit.
    """
    rows, calibration = fit.rows, fit.calibration
    lines = [
        f"Fitted to {source} on {made.isoformat()}: {len(rows):,} rows, {int(rows.responses.sum()):,} responses.",
        f"SHA-256 of the data: {digest}",
        verdict_words(calibration),
        *difference_words(fit),
        *about_words(fit),
    ]
    return [part for line in lines for part in _wrapped(line)]


def cell_row(cell: CalibrationCell) -> tuple[str, ...]:
    """Returns a cell of the calibration as texts: name, rows, predicted, observed, z."""
    z = NOTHING if math.isnan(cell.z) else f"{cell.z:+.2f}"
    return cell.name, f"{cell.rows:,}", percent(cell.predicted), percent(cell.observed), z


def arm_rows(fit: Fit) -> Iterator[tuple[str, ...]]:
    """Yields for each arm its held-out rows with predicted and observed mean reward, standard error and z."""
    for arm in fit.calibration.arms:
        z = NOTHING if math.isnan(arm.z) else f"{arm.z:+.2f}"
        yield (
            arm.campaign_id,
            f"{arm.rows:,}",
            f"{arm.predicted:.5g}",
            f"{arm.observed:.5g}",
            f"{arm.standard_error:.2g}",
            z,
        )


def score_words(calibration: Calibration) -> str:
    """Returns Brier score and log loss beside those of the means."""
    return (
        f"Brier score {calibration.brier:.5f} (means of the campaigns alone {calibration.brier_of_means:.5f}), log loss "
        f"{calibration.log_loss:.5f} ({calibration.log_loss_of_means:.5f}): better by {calibration.log_loss_gain:.5f}, "
        f"standard error {calibration.log_loss_gain_error:.5f}."
    )


def p_words(p: float) -> str:
    """Returns a p-value as it is written."""
    return f"{p:.2g}" if p >= 0.001 else "below .001"


def _wrapped(line: str, width: int = 116) -> Iterator[str]:
    text = ""
    for word in line.split():
        if text and len(text) + 1 + len(word) > width:
            yield text
            text = word
        else:
            text = f"{text} {word}".strip()
    yield text
