"""Laws of numbers in words."""

from __future__ import annotations

import math

import pytest

from banditsvc.reports.number_words import (
    NOTHING,
    about,
    amount,
    between,
    percent,
    points,
    signed_amounts,
    signed_percents,
    tick,
    whole,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (1.256, "1.26"),
        (0.0567, "0.057"),
        (0.0001234, "0.00012"),
        (99.5, "99.50"),
        (12_345.6, "12,346"),
        (-3.0, "−3.00"),
        (math.nan, NOTHING),
        (math.inf, NOTHING),
    ],
)
def test_amounts(value: float, expected: str) -> None:
    """Amounts have two decimals, more where they are small and none where they are large."""
    assert expected == amount(value)


def test_amounts_with_unit_and_sign() -> None:
    """A unit stands behind the number, and a plus before it where it is asked for."""
    assert ("+1.25 EUR", "−1.25 EUR", "1.25") == (
        amount(1.25, "EUR", sign=True),
        amount(-1.25, "EUR", sign=True),
        amount(1.25),
    )


def test_amounts_that_belong_together() -> None:
    """An estimate and the ends of its interval have the decimals of the greatest."""
    show = signed_amounts(1.234, -0.0066, math.inf)

    assert ("+1.23", "−0.01", "0.00", NOTHING) == (show(1.234), show(-0.0066), show(0.0), show(math.nan))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.95, "95 %"), (0.0423, "4.2 %"), (0.0042, "0.42 %"), (2.041, "204 %"), (-0.05, "−5 %"), (math.nan, NOTHING)],
)
def test_percent(value: float, expected: str) -> None:
    """Shares are in percent with three significant digits at most."""
    assert expected == percent(value)


def test_points_and_whole_numbers() -> None:
    """Differences of shares are in percentage points; whole numbers have their sign."""
    assert ("+1.25", "0.00", NOTHING) == (points(0.0125), points(0.0), points(math.nan))
    assert ("+1,235", "−3", "0", NOTHING) == (whole(1_234.6), whole(-3.2), whole(0.2), whole(math.nan))
    assert ("+4.2", NOTHING) == (signed_percents(0.042), signed_percents(math.nan))


def test_about_is_never_less() -> None:
    """A number of things is told to two digits, rounded up."""
    assert ["7", "99", "130", "1,800,000"] == [about(7), about(99), about(123), about(1_770_095)]


def test_intervals_say_where_they_have_no_bound() -> None:
    """An end that is not finite is no bound, and is not written as a number."""
    ends = [(1.0, 2.0), (1.0, math.inf), (-math.inf, 2.0), (-math.inf, math.inf)]

    assert ["1.00 to 2.00", "at least 1.00", "at most 2.00", "no bounds yet"] == [
        between(low, high, amount) for low, high in ends
    ]


def test_ticks_have_no_empty_decimals() -> None:
    """At the ticks of an axis decimals that are all zero are left out."""
    assert ["5", "2.50", "5 EUR"] == [
        tick(amount)(5.0),
        tick(amount)(2.5),
        tick(lambda value: amount(value, "EUR"))(5.0),
    ]
    assert "0.0050" == tick(amount)(0.005)
