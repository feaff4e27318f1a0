"""Where in the log a moment is."""

from __future__ import annotations

from banditsvc.ports import DecisionLog


def position_before(log: DecisionLog, portfolio_id: str, since_us: int) -> int:
    """Returns a position after which come exactly the decisions recorded at or after since; times rise with positions."""
    low, high = 0, log.watermark().position
    while low < high:
        middle = (low + high) // 2
        found = log.read_decisions(portfolio_id, middle, 1)
        if found and found[0].record_time_us < since_us:
            low = found[0].position
        else:
            high = middle
    return low
