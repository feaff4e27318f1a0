"""How often intervals of off-policy values hold the truth, in worlds where it is known: the short form of the figure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import binom

from offline_eval.intervals.off_policy import Method, OffPolicySpec, UnitSums, cressie_read_ends, units_of_value
from tests.offline_eval.off_policy_worlds import (
    ADAPTIVE,
    MILD,
    RARE,
    RETURNING,
    SAME,
    WORLDS,
    OffPolicyWorld,
    coverage,
    ever_missed,
    ever_missed_by_normal,
)

LOGS, LEVEL = 150, 0.001
LEAST_COVERED = int(binom.ppf(LEVEL, LOGS, 0.94))
"""Fewer than these have a chance of at most .001 where .94 is the truth."""
MOST_MISSED = int(binom.isf(LEVEL, LOGS, 0.05))
NORMAL = OffPolicySpec(method=Method.NORMAL)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: f"{world.name}, {world.rows}")
def test_the_default_interval_covers(world: OffPolicyWorld) -> None:
    """In every world the default 95 % interval holds the truth in at least .94 of logs, less the binomial margin."""
    found = coverage(world.logs(31, LOGS), world.truth, OffPolicySpec())

    assert found.covered >= LEAST_COVERED


@pytest.mark.parametrize("world", [MILD, RARE, ADAPTIVE, RETURNING, SAME], ids=lambda world: world.name)
def test_the_sequence_may_be_read_always(world: OffPolicyWorld) -> None:
    """Read after every 100 units, the sequence ever leaves out the truth in at most .05 of logs, plus the margin."""
    assert ever_missed(world.logs(32, LOGS), world.truth, 0.95, 100) <= MOST_MISSED


def test_the_normal_interval_fails() -> None:
    """With rare clicks and heavy weights the normal interval holds the truth in about a third of logs: always too low."""
    found = coverage(RARE.logs(33, LOGS), RARE.truth, NORMAL)

    assert int(binom.ppf(LEVEL, LOGS, 0.33)) <= found.covered <= int(binom.isf(LEVEL, LOGS, 0.33))
    assert LOGS - found.covered == found.too_low


def test_reading_again_and_again_breaks_the_normal_interval() -> None:
    """Read after every 100 decisions, it leaves out the truth at some reading in more logs than it may."""
    assert ever_missed_by_normal(ADAPTIVE.logs(34, LOGS), ADAPTIVE.truth, 0.95, 100) > MOST_MISSED


def test_decisions_of_a_customer_are_no_customers() -> None:
    """Where customers come again, the default interval made as though each decision were a customer fails."""
    strangers = [replace(log, unit=None) for log in RETURNING.logs(35, LOGS)]

    assert coverage(strangers, RETURNING.truth, OffPolicySpec()).covered < LEAST_COVERED


def test_the_published_interval_fails_for_the_policy_that_logged() -> None:
    """Where all weights are 1, the interval without a made-up unit of weight 1 lies below the truth too often."""
    sums = [UnitSums.of(units_of_value(log)) for log in SAME.logs(36, LOGS)]

    assert sum(cressie_read_ends(one, 0.95, at_mean=False)[1] >= SAME.truth for one in sums) < LEAST_COVERED
