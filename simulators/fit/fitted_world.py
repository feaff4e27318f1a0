"""The world that a fit comes to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.special import expit

from simulators.fit.delays import Delays
from simulators.fit.drawn_population import drawn_population
from simulators.fit.fit_errors import FitError
from simulators.fit.fit_rows import FitCampaign, FitRows
from simulators.fit.logistic import intercept_for
from simulators.fit.order_values import OrderValues
from simulators.fit.response_model import ResponseModel
from simulators.table_faults import fault_lines, faults_of
from simulators.worlds.campaign_spec import CampaignSpec
from simulators.worlds.delay_spec import DelaySpec
from simulators.worlds.order_value import OrderValue
from simulators.worlds.population_spec import FeatureSpec, OrganicSpec, PopulationSpec, SegmentSpec
from simulators.worlds.reward_terms import RewardOf, RewardTerms
from simulators.worlds.without_contact_spec import WithoutContactSpec
from simulators.worlds.world_spec import VisitSpec, WorldSpec

DAYS = 91
"""Of a run where the data have no times: it then has as many decisions as the data have rows."""
_ODDS_DIGITS, _DIGITS = 3, 6
"""Decimals of odds, and significant digits of all other numbers."""
_MOST_CHANCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSize:
    """How much goes on in a fitted world."""

    days: int
    customers: int
    """A day."""


def size_of(rows: FitRows) -> WorldSize:
    """Returns the median number of rows a day over the days that had any, where they are known, and the span of days."""
    if rows.days is None or not len(rows):
        return WorldSize(days=DAYS, customers=max(round(len(rows) / DAYS), 1))
    _, counts = np.unique(rows.days, return_counts=True)
    return WorldSize(days=int(np.ptp(rows.days)) + 1, customers=max(int(np.median(counts)), 1))


def fitted_world(
    name: str,
    rows: FitRows,
    model: ResponseModel,
    values: OrderValues | None,
    delays: Delays,
    *,
    description: str = "",
    size: WorldSize | None = None,
) -> WorldSpec:
    """Returns a stateless world with the fitted chances, order values and delays, and the population of the rows.

    The base rates are set so that, in the world's own population (parts of the context independent of each other), the
    mean chance of each campaign is its mean over the rows; a share of the responses comes after the window, which the
    chances make up for.

    Raises:
        FitError: A name or a number of the data is none that a world may have.
    """
    try:
        return _world(name, rows, model, values, delays, description=description, size=size or size_of(rows))
    except ValidationError as error:
        # Names and numbers come from the data as they are.
        faults = faults_of(error, WorldSpec)
        raise FitError("\n".join(fault_lines(faults, None, "the data make no world"))) from None


def _world(
    name: str,
    rows: FitRows,
    model: ResponseModel,
    values: OrderValues | None,
    delays: Delays,
    *,
    description: str,
    size: WorldSize,
) -> WorldSpec:
    chances = _Chances(rows, model, delays)
    common: dict[str, object] = {
        "name": name,
        "description": description,
        "days": size.days,
        "customers": size.customers,
        "stateless": True,
        "currency": rows.currency,
        "visits": VisitSpec(every_days=1),
        "reward": RewardTerms(
            of=RewardOf.CONVERSION if values is None else RewardOf.REVENUE,
            window_days=rows.window_days,
            greatest=rows.greatest,
        ),
        "no_contact": any(campaign.sends_nothing for campaign in rows.campaigns),
        "population": _population(rows, values),
        "delay": DelaySpec(mean_days=_rounded(delays.mean_days)),
    }
    for arm, campaign in enumerate(rows.campaigns):
        if campaign.sends_nothing:
            common["without_contact"] = WithoutContactSpec(
                base_rate=chances.base_rate(arm),
                odds=chances.odds(arm),
                delay=_delay(delays, arm),
                order_value=None if values is None or values.factors[arm] == 1.0 else _law(values, values.factors[arm]),
            )
    campaigns = [
        _campaign(campaign, arm, chances, delays, values)
        for arm, campaign in enumerate(rows.campaigns)
        if not campaign.sends_nothing
    ]
    return WorldSpec.model_validate({**common, "campaigns": tuple(campaigns)})


class _Chances:
    """Base rates and odds as a world states them, rounded, the base rates such that the means are right."""

    def __init__(self, rows: FitRows, model: ResponseModel, delays: Delays) -> None:
        self._rows = rows
        self._delays = delays
        self._odds = np.round(np.exp(model.effects), _ODDS_DIGITS)
        self._means = rows.per_arm(model.chances(rows)) / rows.arm_rows
        self._drawn = drawn_population(rows.parts)

    def odds(self, arm: int) -> Mapping[str, Mapping[str, float]]:
        """Returns the odds of an arm by part and value, without those that are 1."""
        found: dict[str, dict[str, float]] = {}
        place = 0
        for name, column in self._rows.parts.items():
            own = self._odds[arm, place : place + len(column.names)]
            place += len(column.names)
            of_value = {value: float(times) for value, times in zip(column.names, own, strict=True) if times != 1.0}
            if of_value:
                found[name] = of_value
        return found

    def base_rate(self, arm: int) -> float:
        """Returns the chance of a response, within the window or later, where all odds are 1."""
        mean = min(float(self._means[arm]) / self._delays.within(arm, self._rows.window_days), _MOST_CHANCE)
        logits = np.log(self._odds[arm])[self._drawn.codes].sum(axis=1)
        return _rounded(float(expit(intercept_for(mean, logits, self._drawn.count))))


def _campaign(
    campaign: FitCampaign, arm: int, chances: _Chances, delays: Delays, values: OrderValues | None
) -> CampaignSpec:
    return CampaignSpec(
        campaign_id=campaign.campaign_id,
        category=campaign.category,
        offer_kind=campaign.offer_kind,
        family=campaign.family,
        fixed_priority=campaign.fixed_priority,
        cost=campaign.cost,
        base_rate=chances.base_rate(arm),
        odds=chances.odds(arm),
        value_factor=1.0 if values is None else _rounded(values.factors[arm]),
        delay=_delay(delays, arm),
    )


def _population(rows: FitRows, values: OrderValues | None) -> PopulationSpec:
    segments = {"all": SegmentSpec(share=1.0)}
    features = {}
    for name, column in rows.parts.items():
        shares = dict(zip(column.names, _exact_shares(column.shares), strict=True))
        if name == "segment":
            segments = {value: SegmentSpec(share=share) for value, share in shares.items()}
        else:
            features[name.removeprefix("features.")] = FeatureSpec(shares=shares)
    categories = tuple(sorted({campaign.category for campaign in rows.campaigns if campaign.category}))
    known: dict[str, object] = {"categories": categories} if categories else {}
    if values is not None:
        known["order_value"] = _law(values, 1.0)
    # Nobody has a history of its own making: what the data say of it stands in the features.
    return PopulationSpec.model_validate(
        {
            **known,
            "segments": segments,
            "features": features,
            "organic": OrganicSpec(rate_factor=0.0, prospect_share=1.0),
        }
    )


def _exact_shares(shares: NDArray[np.float64]) -> list[float]:
    """Returns shares with six decimals that sum to 1."""
    rounded = np.round(shares, _DIGITS)
    rounded[np.argmax(rounded)] += 1.0 - rounded.sum()
    return [float(share) for share in np.round(rounded, _DIGITS)]


def _law(values: OrderValues, factor: float) -> OrderValue:
    law = values.law
    return OrderValue(
        median=_rounded(law.median * factor),
        sigma=_rounded(law.sigma),
        tail_share=_rounded(law.tail_share),
        tail_alpha=_rounded(law.tail_alpha),
    )


def _delay(delays: Delays, arm: int) -> DelaySpec | None:
    own = delays.by_arm[arm]
    return None if own is None else DelaySpec(mean_days=_rounded(own))


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else value
