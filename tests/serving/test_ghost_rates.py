"""Ghosts come as often as contacts, and the lift among those who would be contacted is what was brought about."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.stats import ttest_1samp

from tests.serving.ghost_rates import ContactCounts, WithoutGhostCounters, contact_counts
from tests.serving.ghost_traffic import LiftRun, lift_run

LEVEL = 0.001
CUSTOMERS, DAYS = 1_500, 21
RUNS = 20


@cache
def counted() -> ContactCounts:
    return contact_counts(3, customers=CUSTOMERS, days=DAYS)


@cache
def runs() -> tuple[LiftRun, ...]:
    return tuple(lift_run(seed, 1_500) for seed in range(RUNS))


def test_ghosts_come_as_often_as_contacts() -> None:
    """Ranked daily under a weekly cap, held-out customers would be contacted as often as others are, on average and in
    every number of times.
    """
    found = counted()
    assert found.p_value_of_means > LEVEL
    assert found.p_value_of_counts > LEVEL
    assert 3 == found.target.max() == found.holdout.max()
    assert min(found.capped_target, found.capped_holdout) > CUSTOMERS


def test_without_counters_of_their_own_ghosts_come_more_often() -> None:
    """The same test rejects a service that reserves nothing for ghosts: it would contact held-out customers any day."""
    found = contact_counts(3, customers=CUSTOMERS, days=DAYS, book_type=WithoutGhostCounters)
    assert found.p_value_of_means < LEVEL
    assert found.p_value_of_counts < LEVEL
    assert found.holdout.mean() > 1.2 * found.target.mean()
    assert 0 == found.capped_holdout


def test_both_estimates_of_lift_are_unbiased() -> None:
    """Over many runs the lift of everyone and of those who would be contacted, read from the log, are the true ones."""
    for off in (
        [run.intention - run.true_intention for run in runs()],
        [run.anchored - run.true_anchored for run in runs()],
    ):
        assert float(ttest_1samp(off, 0.0).pvalue) > LEVEL


def test_ghosts_make_the_estimate_sharper() -> None:
    """Where one of five would be contacted, the standard error over the lift is well below intention-to-treat's."""
    contacted = float(np.mean([run.contacted_share for run in runs()]))
    anchored, intention = (
        float(np.mean([getattr(run, f"{name}_error") for run in runs()]))
        / float(np.mean([getattr(run, f"true_{name}") for run in runs()]))
        for name in ("anchored", "intention")
    )
    assert 0.18 < contacted < 0.22
    assert 0.3 < anchored / intention < 0.5
