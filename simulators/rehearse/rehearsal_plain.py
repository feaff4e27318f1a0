"""A rehearsal as plain values, for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from simulators.rehearse.rehearsal import Ranged, Rehearsal
from simulators.rehearse.rehearsal_words import assumptions, headline


def rehearsal_plain(rehearsal: Rehearsal) -> dict[str, Any]:
    """Returns the answers; money is per send but where a name says otherwise. What there is no answer to is None."""
    has_pilots = bool(rehearsal.pilots)
    return {
        "answer": headline(rehearsal),
        "provable": rehearsal.is_provable if rehearsal.has_verdict else None,
        "why": None if rehearsal.why is None else rehearsal.why.value,
        "too_little": rehearsal.too_little or None,
        "winner_week": rehearsal.winner_week,
        "winner_share": rehearsal.winner_share if rehearsal.has_verdict else None,
        "winner_weeks": [pilot.winner_week for pilot in rehearsal.pilots],
        "weeks": rehearsal.settings.weeks,
        "pilots": len(rehearsal.pilots),
        "currency": rehearsal.settings.currency,
        "sends": len(rehearsal.history.sends),
        "orders": len(rehearsal.history.orders),
        "customers": rehearsal.history.customer_count,
        "sends_a_week": rehearsal.sends_a_week if has_pilots else None,
        "exploration_cost": _ranged(rehearsal.exploration_cost) if has_pilots else None,
        "left_on_table": _ranged(rehearsal.left_on_table) if has_pilots else None,
        "gain": _ranged(rehearsal.gain) if has_pilots else None,
        "controls": None if rehearsal.controls is None else asdict(rehearsal.controls),
        "reward_per_send": (
            {
                "fixed_priority": _ranged(rehearsal.fixed_reward),
                "coin": _ranged(rehearsal.coin_reward),
                "policy": _ranged(rehearsal.policy_reward),
                "best": _ranged(rehearsal.best_reward),
            }
            if has_pilots
            else None
        ),
        "rejected": rehearsal.history.rejected,
        "assumptions": list(assumptions(rehearsal)),
    }


def _ranged(answer: Ranged) -> dict[str, float | None]:
    has_interval = answer.has_interval
    return {
        "value": answer.value,
        "low": answer.low if has_interval else None,
        "high": answer.high if has_interval else None,
    }
