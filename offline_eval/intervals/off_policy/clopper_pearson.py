"""The Clopper-Pearson interval: weighted rewards counted in units of the largest weight, as though these were trials."""

from __future__ import annotations

from scipy.stats import beta

from offline_eval.intervals.off_policy.unit_sums import UnitSums


def clopper_pearson_ends(sums: UnitSums, level: float) -> tuple[float, float]:
    """Returns both ends, at least one unit being given.

    With rewards scaled to [0, 1], sum w r / W successes in n / W trials (as vw-estimators does, which takes the largest
    weight seen for W). Exact only for whole trials; where rewards are rare both are near to Poisson counts, which is
    why it then holds.
    """
    least, greatest = sums.bounds.gain
    most = sums.bounds.weight[1]
    scaled = (float(sums.sums[2]) - least * float(sums.sums[1])) / (greatest - least)
    successes, trials, alpha = scaled / most, sums.count / most, 1.0 - level
    low = float(beta.ppf(0.5 * alpha, successes, trials - successes + 1.0)) if 0.0 < successes <= trials else 0.0
    high = float(beta.ppf(1.0 - 0.5 * alpha, successes + 1.0, trials - successes)) if successes < trials else 1.0
    return least + low * (greatest - least), least + high * (greatest - least)
