"""Response: the chance that a contact causes a purchase, and what it is worth; the truth of a world.

The log-odds of a response are those of the campaign's base rate, plus the logarithms of all odds that its
specification gives for the customer's context, plus those of its drift on that day, plus how far a week's campaign is
from its family, less what fatigue takes. The chance is at most response_limit, and 0 while a purchase is under way
that an earlier contact has caused: then more contacts come before one purchase.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.context import LifecycleStage
from banditsvc.core.context_columns import Coded, ContextColumns
from simulators.engine.campaign_calendar import CampaignCalendar, LiveCampaigns
from simulators.engine.organic import organic_change
from simulators.engine.population import Population
from simulators.worlds.campaign_spec import CampaignSpec
from simulators.worlds.drift_spec import DriftKind, DriftSpec
from simulators.worlds.reward_terms import RewardOf
from simulators.worlds.world_spec import WorldSpec

_SCORES = range(6)
_STAGES = ("", *(stage.name for stage in LifecycleStage))


class ResponseModel:
    """The truth about the responses of one world and its seeds."""

    def __init__(self, spec: WorldSpec, calendar: CampaignCalendar, seeds: Sequence[int]) -> None:
        self._spec = spec
        self._segments = tuple(spec.population.segments)
        self._segment_value = np.array([one.value_factor for one in spec.population.segments.values()])
        self._offsets = calendar.id_offsets(seeds)
        self._has_offsets = bool(self._offsets.any())

    def probabilities(
        self,
        live: LiveCampaigns,
        contexts: ContextColumns,
        *,
        customers: Population,
        rows: NDArray[np.intp],
        seed_places: NDArray[np.intp],
        day: int,
    ) -> NDArray[np.float64]:
        """Returns the chance of a response to each live campaign, shape (rows, campaigns).

        That of NO_CONTACT is 0 but where the world says what customers do without contact.
        """
        specs = [entry.effect for entry in live.entries]
        log_odds = _segment_table(specs, self._segments, day)[customers.segment[rows]]
        for part, names, codes in _coded_parts(contexts):
            table = _part_table(specs, part, names)
            if table is not None:
                log_odds += table[codes]
        matches = np.array([_log(_odds(one, "favourite", "match")) for one in specs])
        if matches.any() and contexts.favourites is not None:
            log_odds += _matching(specs, contexts) * matches
        if self._has_offsets:
            log_odds += self._offsets[seed_places[:, None], live.places]
        tired = self._spec.population.fatigue.response_sensitivity
        if tired > 0.0:
            log_odds -= (tired * customers.fatigue[rows])[:, None]
        chance: NDArray[np.float64] = np.exp(np.negative(log_odds, out=log_odds), out=log_odds)
        chance += 1.0
        np.divide(1.0, chance, out=chance)
        np.minimum(chance, self._spec.response_limit, out=chance)
        # Of those under way nothing more is caused. NO_CONTACT causes nothing, and some responses come to nothing.
        answered = np.array(
            [0.0 if one is None else 1.0 - (one.delay or self._spec.delay).never_share for one in specs]
        )
        chance *= answered
        chance[np.isfinite(customers.pending_time[rows])] = 0.0
        return chance

    def mean_amounts(self, live: LiveCampaigns, segments: NDArray[np.int8]) -> NDArray[np.float64]:
        """Returns the mean worth of a purchase that each campaign causes, refunds taken off, shape (rows, campaigns)."""
        kept = 1.0 - self._spec.faults.refunded_share
        means = np.array(
            [
                0.0
                if entry.effect is None
                else (entry.effect.order_value or self._spec.population.order_value).mean
                * entry.effect.value_factor
                * kept
                for entry in live.entries
            ]
        )
        worth: NDArray[np.float64] = self._segment_value[segments][:, None] * means
        return worth

    def expected(
        self,
        live: LiveCampaigns,
        probabilities: NDArray[np.float64],
        customers: Population,
        rows: NDArray[np.intp],
        day: int,
    ) -> NDArray[np.float64]:
        """Returns the immediate expected reward of each campaign, in units of the reward terms.

        It is what the contact causes, whenever it comes, less the organic purchases that it takes away in its effect_days,
        less the cost that the reward terms take off. Windows, clipping and later effects, such as fatigue, are left out.
        """
        spec, terms = self._spec, self._spec.reward
        is_money = terms.of is RewardOf.REVENUE
        worth = probabilities * self.mean_amounts(live, customers.segment[rows]) if is_money else probabilities.copy()
        if any(one.organic_factor != 1.0 for one in spec.campaigns):
            worth += self._organic_worth(live, customers, rows, day)
        if terms.cost > 0.0:
            worth -= np.array([0.0 if one.spec is None else terms.cost for one in live.entries])
        return worth

    def _organic_worth(
        self, live: LiveCampaigns, customers: Population, rows: NDArray[np.intp], day: int
    ) -> NDArray[np.float64]:
        """Returns what each campaign changes about organic purchases, in units of the reward terms."""
        spec = self._spec
        of_contact = [column for column, one in enumerate(live.entries) if one.spec is not None]
        factors = [one.spec.organic_factor for one in live.entries if one.spec is not None]
        change = np.zeros((len(rows), len(live.entries)))
        change[:, of_contact] = organic_change(spec.population, customers, rows, day, factors)
        if spec.reward.of is RewardOf.REVENUE:
            kept = spec.population.order_value.mean * (1.0 - spec.faults.refunded_share)
            change *= (self._segment_value[customers.segment[rows]] * kept)[:, None]
        return change


def _segment_table(specs: Sequence[CampaignSpec | None], segments: tuple[str, ...], day: int) -> NDArray[np.float64]:
    """Returns the log-odds by segment and campaign on a day, base rate and drift included."""
    table = np.zeros((len(segments), len(specs)))
    for column, spec in enumerate(specs):
        if spec is None:
            continue
        base = math.log(spec.base_rate) - math.log1p(-spec.base_rate)
        for row, segment in enumerate(segments):
            drift = sum([_drift(one, day) for one in spec.drift if not one.segments or segment in one.segments])
            table[row, column] = base + _log(_odds(spec, "segment", segment)) + drift
    return table


def _drift(drift: DriftSpec, day: int) -> float:
    """Returns what a drift adds to the log-odds on a day."""
    whole = math.log(drift.odds)
    if day < drift.from_day:
        return 0.0
    match drift.kind:
        case DriftKind.STEP:
            return whole
        case DriftKind.LINEAR:
            assert drift.to_day is not None
            return whole * min(1.0, (day - drift.from_day) / (drift.to_day - drift.from_day))
        case DriftKind.SEASONAL:
            return whole * math.sin(2.0 * math.pi * (day - drift.from_day) / drift.period_days)


def _coded_parts(contexts: ContextColumns) -> list[tuple[str, tuple[str, ...], NDArray[np.int64]]]:
    """Returns the parts of the contexts that odds may depend on: name, value of each code, code of each row."""
    scores = tuple([str(score) for score in _SCORES])
    found = [
        (name, scores, column)
        for name, column in (("r", contexts.r), ("f", contexts.f), ("m", contexts.m))
        if column is not None
    ]
    if contexts.lifecycle_stage is not None:
        found.append(("lifecycle_stage", _STAGES, contexts.lifecycle_stage))
    for name, column in contexts.features.items():
        if isinstance(column, Coded):
            found.append((f"features.{name}", column.names, column.codes))
    return found


def _part_table(specs: Sequence[CampaignSpec | None], part: str, names: tuple[str, ...]) -> NDArray[np.float64] | None:
    if not any(one is not None and one.odds.get(part) for one in specs):
        return None
    return np.array([[_log(_odds(one, part, name)) for one in specs] for name in names])


def _matching(specs: Sequence[CampaignSpec | None], contexts: ContextColumns) -> NDArray[np.float64]:
    """Returns 1 where the campaign's category is among the customer's favourites, else 0."""
    assert contexts.favourites is not None
    names = contexts.favourite_names
    matching = np.zeros((contexts.rows, len(specs)))
    for column, spec in enumerate(specs):
        if spec is not None and spec.category in names:
            matching[:, column] = contexts.favourites[:, names.index(spec.category)] > 0.0
    return matching


def _odds(spec: CampaignSpec | None, part: str, value: str) -> float:
    return 1.0 if spec is None else spec.odds.get(part, {}).get(value, 1.0)


def _log(odds: float) -> float:
    return math.log(odds)
