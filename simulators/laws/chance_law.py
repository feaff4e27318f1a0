"""The law of chances: the chance of a response is what the world file says of this customer, campaign and day."""

from __future__ import annotations

import math

import numpy as np

from banditsvc.core.context import CustomerContext
from simulators.engine.campaign_calendar import LiveCampaign
from simulators.laws.customer_history import CustomerHistory, histories
from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Play, spread_rows
from simulators.worlds.campaign_spec import CampaignSpec
from simulators.worlds.drift_spec import DriftKind, DriftSpec

_TOLERANCE = 1e-9
_MOST_SPREADS = 6.0
"""A week's campaign is no further from its family than so many standard deviations (2 in 10^9)."""


def check_chances(played: Play) -> None:
    """Checks chances of some customers of each day one by one, by the odds of the world file, drift and fatigue.

    How far a week's campaign is from its family is not declared, but it is the same for all customers.

    Raises:
        LawBroken: A chance is another.
    """
    offsets: dict[tuple[int, str], float] = {}
    pending = "pending_time"
    for day, of_customers in histories(played):
        if day.probabilities[np.isfinite(np.asarray(day.state[pending], dtype=np.float64))].any():
            raise LawBroken(f"On day {day.day} a contact can cause a purchase while another one is under way.")
        for place in spread_rows(day):
            row, context = int(day.rows[place]), day.contexts.context(place)
            is_under_way = math.isfinite(float(np.asarray(day.state[pending])[place]))
            for column, entry in enumerate(day.live.entries):
                found = float(day.probabilities[place, column])
                if entry.effect is None or is_under_way:
                    wanted = 0.0
                else:
                    log_odds = _log_odds(played, entry.effect, context, of_customers[row], day.day)
                    key = row // played.spec.customers, entry.campaign.campaign_id
                    if entry.effect.id_spread > 0.0 and key not in offsets:
                        offsets[key] = _offset(played, entry, found, log_odds)
                    wanted = _chance(played, entry.effect, log_odds + offsets.get(key, 0.0))
                if not math.isclose(found, wanted, rel_tol=1e-6, abs_tol=_TOLERANCE):
                    raise LawBroken(
                        f"On day {day.day} customer {row} has the chance {found:.6f} to respond to "
                        f"{entry.campaign.campaign_id!r}, and {wanted:.6f} by the world file."
                    )


def _log_odds(played: Play, spec: CampaignSpec, context: CustomerContext, of: CustomerHistory, day: int) -> float:
    total = math.log(spec.base_rate / (1.0 - spec.base_rate))
    for part, of_value in spec.odds.items():
        total += math.log(of_value.get(_value(part, spec, context), 1.0))
    for drift in spec.drift:
        if not drift.segments or context.segment in drift.segments:
            total += _drift(drift, day)
    tiring = played.spec.population.fatigue
    fatigue = math.fsum([0.5 ** ((day - one) / tiring.half_life_days) for one in of.contact_days])
    return total - tiring.response_sensitivity * fatigue


def _value(part: str, spec: CampaignSpec, context: CustomerContext) -> str:
    if part == "segment":
        return context.segment or ""
    if part == "lifecycle_stage":
        return context.lifecycle_stage.name if context.lifecycle_stage is not None else ""
    if part == "favourite":
        return "match" if spec.category in context.favourites else ""
    if part.startswith("features."):
        return str(context.features[part.removeprefix("features.")])
    return str(getattr(context, part))


def _drift(drift: DriftSpec, day: int) -> float:
    if day < drift.from_day:
        return 0.0
    share = 1.0
    if drift.kind is DriftKind.LINEAR and drift.to_day is not None:
        share = min(1.0, (day - drift.from_day) / (drift.to_day - drift.from_day))
    elif drift.kind is DriftKind.SEASONAL:
        share = math.sin(2.0 * math.pi * (day - drift.from_day) / drift.period_days)
    return share * math.log(drift.odds)


def _chance(played: Play, spec: CampaignSpec, log_odds: float) -> float:
    never = (spec.delay or played.spec.delay).never_share
    return min(played.spec.response_limit, 1.0 / (1.0 + math.exp(-log_odds))) * (1.0 - never)


def _offset(played: Play, entry: LiveCampaign, found: float, log_odds: float) -> float:
    """Returns how far a campaign of a week is from its family, by the first customer who is met."""
    assert entry.effect is not None
    answered = found / (1.0 - (entry.effect.delay or played.spec.delay).never_share)
    offset = math.log(answered / (1.0 - answered)) - log_odds
    if abs(offset) > _MOST_SPREADS * entry.effect.id_spread:
        raise LawBroken(
            f"Campaign {entry.campaign.campaign_id!r} is {offset:+.2f} in log-odds from its family, whose spread is "
            f"{entry.effect.id_spread:g}."
        )
    return offset
