from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.optimum.feasible_bounds import bound_changes
from banditsvc.core.optimum.volume_limit import VolumeLimit
from tests.core.optimum.audience_world import made_audience, one_entry, tight_limits

CONTACT = np.array([0.0, 1.0, 1.0])


def test_what_can_be_met_needs_no_change() -> None:
    """Limits that some choice meets have no changes."""
    audience = made_audience(1_000, 8, 1)
    assert bound_changes(audience.eligible, tight_limits(audience), 1_000) == ((), ())


def test_a_minimum_above_what_is_eligible_comes_down_to_it() -> None:
    """Of 100 customers in 1,000 who may get a campaign, 10 % are 300 of 3,000: the change names that number, alone."""
    eligible = np.ones((1_000, 3), dtype=np.bool_)
    eligible[100:, 1] = False
    limits = [VolumeLimit(name="vendor", use=one_entry(3, 1), bound=900.0, is_least=True)]
    ((change,), beside) = bound_changes(eligible, limits, 3_000)
    assert ("vendor", 900.0, ()) == (change.name, change.bound, beside)
    assert change.feasible == pytest.approx(300.0)


def test_a_maximum_below_a_minimum_is_one_change() -> None:
    """Of two that contradict each other, the one whose bound changes by the smaller share gives way to the other."""
    eligible = np.ones((1_000, 3), dtype=np.bool_)
    limits = [
        VolumeLimit(name="most", use=CONTACT, bound=200.0),
        VolumeLimit(name="least", use=one_entry(3, 1), bound=250.0, is_least=True),
    ]
    ((change,), beside) = bound_changes(eligible, limits, 1_000)
    assert ("least", (0,)) == (change.name, beside)
    assert change.feasible == pytest.approx(200.0)


def test_a_share_that_cannot_be_reached_is_named() -> None:
    """Where 900 must be contacted and 90 may get the lifecycle campaign, 30 % are 180 contacts short."""
    eligible = np.ones((1_000, 3), dtype=np.bool_)
    eligible[90:, 1] = False
    limits = [
        VolumeLimit(name="contacts", use=CONTACT, bound=900.0, is_least=True),
        VolumeLimit(name="share", use=0.3 * CONTACT - one_entry(3, 1), bound=0.0),
    ]
    ((change,), beside) = bound_changes(eligible, limits, 1_000)
    assert ("share", (0,)) == (change.name, beside)
    assert change.feasible == pytest.approx(180.0)
    assert change.contacts == pytest.approx(900.0)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1_000), scale=st.floats(0.2, 3.0))
def test_the_changes_do(seed: int, scale: float) -> None:
    """With its feasible bounds in their place, the same limits need no change."""
    audience = made_audience(200, 6, seed)
    limits = [
        VolumeLimit(
            name=one.name, use=one.use, bound=one.bound * (scale if one.is_least else 1 / scale), is_least=one.is_least
        )
        for one in tight_limits(audience)
    ]
    feasible = {change.name: change.feasible for change in bound_changes(audience.eligible, limits, 200).changes}
    changed = [
        VolumeLimit(name=one.name, use=one.use, bound=feasible.get(one.name, one.bound), is_least=one.is_least)
        for one in limits
    ]
    assert bound_changes(audience.eligible, changed, 200) == ((), ())
