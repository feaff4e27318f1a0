"""Whether a policy manages something in enough of its runs: an exact test with two looks."""

from __future__ import annotations

from scipy.stats import beta

from banditsvc.core.certificate import Verdict


def verdict_of_runs(managed: int, runs: int, least_share: float, level: float) -> tuple[Verdict, float, float]:
    """Returns the verdict on the share of runs, and the ends of its interval.

    The ends are the one-sided ones of Clopper and Pearson ("The use of confidence or fiducial limits illustrated in the
    case of the binomial", Biometrika 26, 1934), each at the level.

    Args:
        managed: Runs in which it managed.
        runs: All runs.
        least_share: Share that is asked for.
        level: Of each end.
    """
    low = float(beta.ppf(1.0 - level, managed, runs - managed + 1)) if managed else 0.0
    high = float(beta.ppf(level, managed + 1, runs - managed)) if managed < runs else 1.0
    if low >= least_share:
        return Verdict.PASS, low, high
    return (Verdict.FAIL if high < least_share else Verdict.NOT_ENOUGH_DATA), low, high
