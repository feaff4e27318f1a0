"""The short form of the figure on differences paired by seed."""

from __future__ import annotations

from scipy import stats

from figures.paired import coverage


def test_paired_intervals_cover_and_unpaired_ones_are_longer() -> None:
    """Of real runs' paired intervals at 95 % as many cover as the binomial bound at .001 allows, and they are shorter."""
    for one in coverage(400):
        least, most = stats.binom.interval(0.999, one.experiments, 0.95)
        assert least <= round(one.paired * one.experiments) <= most, one
        assert one.length_ratio > 1.0
