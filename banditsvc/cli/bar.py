"""Bars of text."""

from __future__ import annotations

_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def bar(share: float, width: int) -> str:
    """Returns a bar as long as a share of width characters, to an eighth of one; what is not 0 shows."""
    if share <= 0.0:
        return ""
    eighths = max(1, round(min(share, 1.0) * width * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]


def signed_bar(value: float, most: float, width: int) -> str:
    """Returns a bar to the left of a middle line for a value below 0, to its right for one above.

    Args:
        value: What to show.
        most: Greatest value in absolute terms, which fills a half.
        width: Characters of a half.
    """
    length = min(width, max(1, round(abs(value) / most * width))) if value and most else 0
    left = "█" * length if value < 0 else ""
    right = "█" * length if value > 0 else ""
    return f"{left:>{width}}│{right:<{width}}"
