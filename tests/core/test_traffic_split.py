"""Laws of the split: everyone has one policy, by chance, with the share that is logged."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.assignment import ASSIGN
from banditsvc.core.sampling import uniform_draw
from banditsvc.core.traffic_split import TrafficSplit

LEVEL = 0.001
CUSTOMERS = 20_000
laws = settings(max_examples=100, deadline=None, derandomize=True)
KEYS = st.text(max_size=12)
SHARES = st.floats(0.001, 0.999)


def margin(trials: int) -> float:
    """Returns how far a share of so many independent draws may be from its chance (Hoeffding, two-sided)."""
    return math.sqrt(math.log(2.0 / LEVEL) / (2.0 * trials))


@laws
@given(salt=KEYS, key=KEYS, low=SHARES, high=SHARES)
def test_a_greater_share_keeps_its_customers(salt: str, key: str, low: float, high: float) -> None:
    """Who is the challenger's at one share is so at every greater one, and everyone is always one of both policies'."""
    small, great = (TrafficSplit(1, 2, share) for share in sorted((low, high)))

    assert small.version_for(salt, key) in {1, 2}
    if small.version_for(salt, key) == 2:
        assert great.version_for(salt, key) == 2
    assert math.isclose(small.share_of(1) + small.share_of(2), 1.0)
    assert small.share_of(0) == small.share_of(3) == 0.0


@pytest.mark.parametrize("share", [0.05, 0.25, 0.9])
def test_the_share_is_the_chance(share: float) -> None:
    """Of many customers the challenger has its share, within Hoeffding's bound at level .001."""
    split = TrafficSplit(4, 7, share)
    found = sum(split.version_for("salt", f"c{number}") == 7 for number in range(CUSTOMERS)) / CUSTOMERS

    assert abs(found - share) <= margin(CUSTOMERS)


def test_the_split_has_nothing_to_do_with_other_draws() -> None:
    """Among those whom a group or another challenger has drawn, the share is the same, within Hoeffding's bound."""
    split, other = TrafficSplit(1, 2, 0.25), TrafficSplit(1, 3, 0.25)
    keys = [f"c{number}" for number in range(CUSTOMERS)]
    grouped = [key for key in keys if uniform_draw("salt", ASSIGN, key, 0) < 0.5]
    challenged = [key for key in keys if other.version_for("salt", key) == 3]

    for part in (grouped, challenged):
        found = sum(split.version_for("salt", key) == 2 for key in part) / len(part)
        assert abs(found - 0.25) <= margin(len(part))
