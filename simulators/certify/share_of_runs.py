"""Whether a policy manages something in enough of its runs: an exact test with two looks."""

from __future__ import annotations

from scipy.stats import beta

from banditsvc.core.certificate import Verdict


def share_ends(count: int, total: int, level: float) -> tuple[float, float]:
    """Returns the lower and the upper end of a share, each one-sided at the level.

    They are those of Clopper and Pearson ("The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26, 1934).
    """
    low = float(beta.ppf(1.0 - level, count, total - count + 1)) if count else 0.0
    high = float(beta.ppf(level, count + 1, total - count)) if count < total else 1.0
    return low, high


def verdict_of_runs(managed: int, runs: int, least_share: float, level: float) -> tuple[Verdict, float, float]:
    """Returns the verdict on the share of runs, and its ends: see share_ends.

    Args:
        managed: Runs in which it managed.
        runs: All runs.
        least_share: Share that is asked for.
        level: Of each end.
    """
    low, high = share_ends(managed, runs, level)
    if low >= least_share:
        return Verdict.PASS, low, high
    return (Verdict.FAIL if high < least_share else Verdict.NOT_ENOUGH_DATA), low, high
