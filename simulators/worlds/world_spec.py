"""A world as it is declared: the file's whole content."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from banditsvc.core.campaign import NO_CONTACT
from simulators.worlds.campaign_spec import CampaignSpec
from simulators.worlds.delay_spec import DelaySpec
from simulators.worlds.feed_spec import FaultSpec, FeedSpec, LoggingFaultSpec
from simulators.worlds.population_spec import PopulationSpec
from simulators.worlds.reward_terms import RewardTerms
from simulators.worlds.table import Share, Table

DAYS_A_WEEK = 7


def _monday(day: date) -> date:
    if day.weekday() != 0:
        raise ValueError(f"{day} is no Monday")
    return day


class VisitSpec(Table):
    """Who is decided for on a day: every customer once in every_days, on a day of the customer's own."""

    every_days: int = Field(default=DAYS_A_WEEK, ge=1)


class ContactCapSpec(Table):
    """At most max_contacts in any span of window_days, of all campaigns together."""

    max_contacts: int = Field(ge=1)
    window_days: int = Field(ge=1)


class WorldSpec(Table):
    """One world."""

    name: str = Field(min_length=1, pattern=r"^[a-z0-9][a-z0-9-]*$")
    description: str = ""
    days: int = Field(default=182, ge=1)
    customers: int = Field(default=2000, ge=1)
    """Of a stateless world: fresh ones each day."""
    stateless: bool = False
    """Every day has new customers and nothing that is done to one has any later effect: the optimum is exact."""
    currency: str = "EUR"
    start_date: Annotated[date, AfterValidator(_monday)] = date(2026, 1, 5)
    """Day 0, a Monday."""
    visits: VisitSpec = VisitSpec()
    reward: RewardTerms = RewardTerms()
    margin: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """Share of the revenue that is profit, before the cost of contacts."""
    no_contact: bool = False
    """Whether a policy may choose to send nothing."""
    population: PopulationSpec = PopulationSpec()
    delay: DelaySpec = DelaySpec()
    feed: FeedSpec = FeedSpec()
    faults: FaultSpec = FaultSpec()
    logging_faults: LoggingFaultSpec = LoggingFaultSpec()
    caps: tuple[ContactCapSpec, ...] = ()
    max_contacts_a_day: int | None = Field(default=None, ge=0)
    """Volume limit of all campaigns together."""
    response_limit: Share = 1.0
    """No chance of a response is above it, whatever the odds."""
    campaigns: tuple[CampaignSpec, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_campaigns(self) -> Self:
        seen: set[str] = set()
        for campaign in self.campaigns:
            where = f"campaign {campaign.campaign_id!r}"
            if campaign.campaign_id in seen or campaign.campaign_id == NO_CONTACT:
                raise ValueError(f"{where}: the id is taken")
            seen.add(campaign.campaign_id)
            self._check_names(campaign, where)
        if self.stateless:
            self._check_stateless()
        return self

    def _check_names(self, campaign: CampaignSpec, where: str) -> None:
        known = self.population
        if campaign.category and campaign.category not in known.categories:
            raise ValueError(f"{where}: {campaign.category!r} is none of the categories")
        named = {name for drift in campaign.drift for name in drift.segments} | set(campaign.odds.get("segment", {}))
        if named - set(known.segments):
            raise ValueError(f"{where}: {min(named - set(known.segments))!r} is no segment")
        for part, of_value in campaign.odds.items():
            if not part.startswith("features."):
                continue
            feature = known.features.get(part.removeprefix("features."))
            if feature is None:
                raise ValueError(f"{where}: odds.{part}: there is no such feature")
            if set(of_value) - set(feature.shares):
                raise ValueError(f"{where}: odds.{part}: {min(set(of_value) - set(feature.shares))!r} is no value")

    def _check_stateless(self) -> None:
        tiring = self.population.fatigue.response_sensitivity > 0.0 or self.population.fatigue.opt_out_growth > 0.0
        acting = any(one.opt_out_rate > 0.0 or one.organic_factor != 1.0 or one.trigger for one in self.campaigns)
        if tiring or acting or self.caps or self.population.organic.rate_factor > 0.0:
            raise ValueError(
                "a stateless world has no fatigue, opt-outs, triggers, caps, effects on organic purchases, or organic "
                "purchases (population.organic.rate_factor = 0)"
            )
