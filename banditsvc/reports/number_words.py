"""Numbers and intervals as people read them, the same in tables, pages and plots."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

MINUS = "−"  # the sign, not the hyphen
NOTHING = "–"
"""Stands where there is no number."""
_ROUNDING = 1e-9
Show = Callable[[float], str]
"""Writes one number."""


def amount(value: float, unit: str = "", *, sign: bool = False) -> str:
    """Returns an amount with two decimals, without any from 100 on and with more below .1, such as `1.25 EUR`.

    Args:
        value: The amount; what is not finite has no number.
        unit: Written behind it.
        sign: Whether a plus stands before what is above 0.
    """
    if not math.isfinite(value):
        return NOTHING
    text = _signed(value, f"{abs(value):,.{_decimals(value)}f}", sign=sign)
    return f"{text} {unit}" if unit else text


def percent(value: float, *, sign: bool = False) -> str:
    """Returns a share in percent with three significant digits at most, such as `4.2 %`."""
    if not math.isfinite(value):
        return NOTHING
    scaled = abs(100.0 * value)
    is_whole = abs(scaled - round(scaled)) < _ROUNDING
    decimals = 0 if scaled >= 100.0 or is_whole else 1 if scaled >= 1.0 else 2
    return f"{_signed(value, f'{scaled:,.{decimals}f}', sign=sign)} %"


def signed_amounts(*values: float) -> Show:
    """Returns how to write amounts that belong together, such as an estimate and the ends of its interval.

    With their signs, and all with the decimals of the greatest.
    """
    decimals = _decimals(max((abs(value) for value in values if math.isfinite(value)), default=0.0))
    return lambda value: _signed(value, f"{abs(value):,.{decimals}f}", sign=True) if math.isfinite(value) else NOTHING


def signed_percents(value: float) -> str:
    """Returns a share in percent with its sign and without the sign of percent, for intervals."""
    return percent(value, sign=True).removesuffix(" %")


def points(value: float) -> str:
    """Returns a difference of two shares in percentage points, such as `+0.84`."""
    if not math.isfinite(value):
        return NOTHING
    return _signed(value, f"{abs(100.0 * value):,.2f}", sign=True)


def tick(show: Show) -> Show:
    """Returns how numbers stand at the ticks of an axis: without decimals that are all zero."""
    return lambda value: re.sub(r"\.00(?!\d)", "", show(value))


def whole(value: float) -> str:
    """Returns a number to the nearest whole one, with its sign."""
    return _signed(value, f"{abs(value):,.0f}", sign=True) if math.isfinite(value) else NOTHING


def about(number: int) -> str:
    """Returns a number of things to two significant digits, rounded up."""
    if number < 100:
        return f"{number:,}"
    step = 10 ** (len(str(number)) - 2)
    return f"{-(-number // step) * step:,}"


def between(low: float, high: float, show: Show) -> str:
    """Returns an interval in words; an end that is not finite is no bound."""
    if math.isfinite(low) and math.isfinite(high):
        return f"{show(low)} to {show(high)}"
    if math.isfinite(low):
        return f"at least {show(low)}"
    if math.isfinite(high):
        return f"at most {show(high)}"
    return "no bounds yet"


def _decimals(value: float) -> int:
    magnitude = abs(value)
    if magnitude == 0.0 or magnitude >= 100.0:
        return 0
    return min(6, max(2, 1 - math.floor(math.log10(magnitude))))


def _signed(value: float, text: str, *, sign: bool) -> str:
    if not text.strip("0.,"):
        return text
    return f"{MINUS if value < 0.0 else '+' if sign else ''}{text}"
