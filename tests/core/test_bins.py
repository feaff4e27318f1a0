"""Bins: every number in one, unknown in its own."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.bins import Bins, logarithmic_bin

laws = settings(max_examples=300, deadline=None, derandomize=True)


def name_of(bins: Bins, x: float | None) -> str:
    """Returns the name of the one feature that a number has."""
    [(name, value)] = bins.feature(x)
    assert 1.0 == value
    return name


@laws
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, unique=True).map(sorted), st.floats(-2e6, 2e6))
def test_bin_i_runs_from_one_edge_to_the_next(edges: list[float], x: float) -> None:
    """Bin i holds edges[i-1] <= x < edges[i]."""
    i = int(name_of(Bins("x", edges), x).removeprefix("x#"))
    assert i == 0 or edges[i - 1] <= x
    assert i == len(edges) or x < edges[i]


@laws
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_logarithmic_bins_rise_with_the_number(x: float, y: float) -> None:
    """A greater number is never in a lesser bin, a negative one mirrors a positive one, and 0 has its own."""
    low, high = sorted([x, y])
    assert logarithmic_bin(low) <= logarithmic_bin(high)
    assert -logarithmic_bin(x) == logarithmic_bin(-x)
    assert (x == 0.0) == (logarithmic_bin(x) == 0)


def test_logarithmic_bins_halve_each_octave() -> None:
    """From 2^-10 up there are two bins to each power of two, from its least number and from the root of 2 times it."""
    for exponent in range(-9, 60):
        octave = 2.0**exponent
        first = logarithmic_bin(octave)
        expected = [first - 1, first, first + 1, first + 1, first + 2]
        assert expected == [
            logarithmic_bin(x) for x in (octave * 0.999, octave * 1.414, octave * 1.415, octave * 1.999, octave * 2.0)
        ]


def test_unknown_has_its_own_bin() -> None:
    """None and NaN are in no bin of a number, also where there are no edges."""
    for edges in ([], [1.0, 2.0]):
        bins = Bins("x", edges)
        assert name_of(bins, None) == name_of(bins, float("nan")) == "x#unknown"
        assert "x#unknown" not in {name_of(bins, x) for x in (-1e300, 0.0, 1.0, 1.5, 1e300)}
