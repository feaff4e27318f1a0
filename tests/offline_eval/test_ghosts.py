"""Estimates of those who would have been contacted, beside those of everyone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from tests.offline_eval.ghost_world import TRUE_ANCHORED, TRUE_INTENTION, GhostRuns, ghost_runs

LEVEL = 0.001


@pytest.fixture(scope="module")
def runs() -> GhostRuns:
    return ghost_runs(seed=5, runs=200, customers=10_000)


def test_both_estimates_are_unbiased(runs: GhostRuns) -> None:
    """Over many runs both estimates have the mean that the world's law gives, by Student's test at .001."""
    assert float(ttest_1samp(runs.anchored, TRUE_ANCHORED).pvalue) > LEVEL
    assert float(ttest_1samp(runs.intention, TRUE_INTENTION).pvalue) > LEVEL


def test_standard_errors_are_true(runs: GhostRuns) -> None:
    """The standard errors that are estimated are those with which the estimates vary."""
    assert float(np.std(runs.anchored)) == pytest.approx(float(np.mean(runs.anchored_error)), rel=0.2)
    assert float(np.std(runs.intention)) == pytest.approx(float(np.mean(runs.intention_error)), rel=0.2)


def test_ghosts_make_the_estimate_sharper(runs: GhostRuns) -> None:
    """Where one of five would be contacted, the standard error over the lift is about half of intention-to-treat's."""
    assert 0.4 < runs.error_ratio < 0.6
