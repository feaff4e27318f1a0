"""A rehearsal as plain values, for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from simulators.rehearse.rehearsal import Rehearsal
from simulators.rehearse.rehearsal_words import assumptions, headline


def rehearsal_plain(rehearsal: Rehearsal) -> dict[str, Any]:
    """Returns the answers; money is per send but where a name says otherwise. What there is no answer to is None."""
    has_pilots = bool(rehearsal.pilots)
    return {
        "answer": headline(rehearsal),
        "provable": rehearsal.is_provable,
        "why": None if rehearsal.why is None else rehearsal.why.value,
        "too_little": rehearsal.too_little or None,
        "winner_week": rehearsal.winner_week,
        "winner_share": rehearsal.winner_share,
        "winner_weeks": [pilot.winner_week for pilot in rehearsal.pilots],
        "weeks": rehearsal.settings.weeks,
        "pilots": len(rehearsal.pilots),
        "currency": rehearsal.settings.currency,
        "sends": len(rehearsal.history.sends),
        "orders": len(rehearsal.history.orders),
        "customers": rehearsal.history.customer_count,
        "sends_a_week": rehearsal.sends_a_week if has_pilots else None,
        "exploration_cost": asdict(rehearsal.exploration_cost) if has_pilots else None,
        "left_on_table": asdict(rehearsal.left_on_table) if has_pilots else None,
        "gain": asdict(rehearsal.gain) if has_pilots else None,
        "controls": None if rehearsal.controls is None else asdict(rehearsal.controls),
        "reward_per_send": (
            {
                "fixed_priority": asdict(rehearsal.fixed_reward),
                "coin": asdict(rehearsal.coin_reward),
                "policy": asdict(rehearsal.policy_reward),
                "best": asdict(rehearsal.best_reward),
            }
            if has_pilots
            else None
        ),
        "rejected": rehearsal.history.rejected,
        "assumptions": list(assumptions(rehearsal)),
    }
