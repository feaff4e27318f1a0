"""Shrinkage: estimates of parts, drawn toward that of the whole by as much as chance alone would scatter them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Estimates after shrinkage."""

    values: Floats
    kept: Floats
    """Share of its distance to the whole that each part keeps, in [0, 1]."""
    between: float
    """Variance of the truths of the parts; 0 where they scatter no more than chance would."""


def shrunk(values: Floats, errors: Floats, whole: float) -> Shrunk:
    """Returns the empirical-Bayes estimates of parts: whole + B (own - whole), with B = t / (t + error^2).

    t is the variance between the parts' truths by the method of moments (DerSimonian and Laird, "Meta-analysis in clinical
    trials", Controlled Clinical Trials 7, 1986, equation 8): with w = 1 / error^2 and Q the sum of w (own - their w-mean)^2
    over G parts, t = max(0, (Q - (G - 1)) / (sum w - sum w^2 / sum w)). Each part is then estimated as by Morris,
    "Parametric Empirical Bayes Inference" (JASA 78, 1983), section 1. What is shrunk is best on the whole and biased for
    every single part, so it has no interval.

    Args:
        values: Of the parts.
        errors: Their standard errors; a part with 0 is known, keeps what it has and says nothing of the others.
        whole: What they are drawn to.
    """
    known = errors > 0.0
    weight = 1.0 / errors[known] ** 2
    if len(weight) < 2:
        between = 0.0
    else:
        total = weight.sum()
        apart = float(weight @ (values[known] - weight @ values[known] / total) ** 2)
        between = max(0.0, (apart - (len(weight) - 1)) / float(total - weight @ weight / total))
    kept = np.ones(len(values))
    kept[known] = between / (between + errors[known] ** 2)
    return Shrunk(whole + kept * (values - whole), kept, between)
