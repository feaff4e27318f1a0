"""Terms of a run: what is the same for all customers of an audience."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTerms:
    """What is asked of one run, with the meaning of the same fields of RankInput."""

    run_id: str
    """Given by the caller or made; see decision_id.is_run_id."""
    portfolio_id: str
    send_time_us: int
    now_us: int
    """Log time at the start of the run, up to which contacts that wait to be activated count."""
    has_send_time: bool = False
    """False where send_time was left to the run."""
    occasion: str = ""
    channel: str = ""
    placement: str = ""
    excluded: tuple[str, ...] = ()
    defer_activation: bool = False
