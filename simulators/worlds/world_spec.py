"""A world as it is declared: the file's whole content."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from simulators.table_faults import Place, TableFaults
from simulators.worlds.campaign_span import DAYS_A_WEEK
from simulators.worlds.campaign_spec import CampaignSpec
from simulators.worlds.delay_spec import DelaySpec
from simulators.worlds.feed_spec import FaultSpec, FeedSpec, LoggingFaultSpec
from simulators.worlds.population_spec import PopulationSpec
from simulators.worlds.reward_terms import RewardTerms
from simulators.worlds.table import Count, Number, Share, Table, Whole, WholeDays
from simulators.worlds.without_contact_spec import WithoutContactSpec
from simulators.worlds.world_names import name_faults, odds_faults


def _monday(day: date) -> date:
    if day.weekday() != 0:
        raise ValueError(f"{day} is no Monday")
    if not _FIRST_YEAR <= day.year < _END_YEAR:
        raise ValueError(f"{day} is not between the years {_FIRST_YEAR} and {_END_YEAR}")
    return day


_FIRST_YEAR, _END_YEAR = 1970, 2200
"""Times are microseconds since 1970, and the last day of the longest run has to have a date."""
MOST_CUSTOMERS = 10_000_000
"""They are held in memory, some hundred bytes each."""


class VisitSpec(Table):
    """Who is decided for on a day: every customer once in every_days, on a day of the customer's own."""

    every_days: WholeDays = DAYS_A_WEEK


class ContactCapSpec(Table):
    """At most max_contacts in any span of window_days, of all campaigns together."""

    max_contacts: Count
    window_days: Whole = Field(ge=1, le=64)


class WorldSpec(Table):
    """One world."""

    name: str = Field(min_length=1, pattern=r"^[a-z0-9][a-z0-9-]*$")
    description: str = ""
    days: WholeDays = 182
    customers: Whole = Field(default=2000, ge=1, le=MOST_CUSTOMERS)
    """Of a stateless world: fresh ones each day."""
    stateless: bool = False
    """Every day has new customers and nothing that is done to one has any later effect: the optimum is exact."""
    currency: str = "EUR"
    start_date: Annotated[date, AfterValidator(_monday)] = date(2026, 1, 5)
    """Day 0, a Monday."""
    visits: VisitSpec = VisitSpec()
    reward: RewardTerms = RewardTerms()
    margin: Annotated[Number, Field(gt=0.0, le=1.0)] = 1.0
    """Share of the revenue that is profit, before the cost of contacts."""
    no_contact: bool = False
    """Whether a policy may choose to send nothing."""
    population: PopulationSpec = PopulationSpec()
    delay: DelaySpec = DelaySpec()
    feed: FeedSpec = FeedSpec()
    faults: FaultSpec = FaultSpec()
    logging_faults: LoggingFaultSpec = LoggingFaultSpec()
    caps: tuple[ContactCapSpec, ...] = ()
    max_contacts_a_day: Count | None = None
    """Volume limit of all campaigns together."""
    response_limit: Share = 1.0
    """No chance of a response is above it, whatever the odds."""
    without_contact: WithoutContactSpec | None = None
    """Of a stateless world: what customers do to whom nothing is sent. None: nothing."""
    campaigns: tuple[CampaignSpec, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = list(name_faults(self.population, self.campaigns, self.days))
        if self.stateless:
            found += self._state_faults()
        found += self._without_contact_faults()
        if found:
            raise TableFaults(found)
        return self

    def _state_faults(self) -> Iterator[tuple[Place, str]]:
        """Yields what a stateless world has that would make one day's doings matter on another."""
        why = "a stateless world has none: its optimum would not be exact"
        if self.population.organic.rate_factor > 0.0:
            yield ("population", "organic", "rate_factor"), "must be 0 in a stateless world: nobody comes twice"
        for name in ("response_sensitivity", "opt_out_growth"):
            if getattr(self.population.fatigue, name) > 0.0:
                yield ("population", "fatigue", name), why
        if self.caps:
            yield ("caps",), why
        for number, campaign in enumerate(self.campaigns):
            for name, acts in (
                ("opt_out_rate", campaign.opt_out_rate > 0.0),
                ("organic_factor", campaign.organic_factor != 1.0),
                ("trigger", campaign.trigger is not None),
            ):
                if acts:
                    yield ("campaigns", number, name), why

    def _without_contact_faults(self) -> Iterator[tuple[Place, str]]:
        if self.without_contact is None:
            return
        if not self.stateless:
            yield ("without_contact",), "is of stateless worlds alone: others have population.organic"
        if not self.no_contact:
            yield ("no_contact",), "must be true where without_contact says what comes of sending nothing"
        if "favourite" in self.without_contact.odds:
            yield ("without_contact", "odds", "favourite"), "has no meaning: there is no campaign to match"
        for place, text in odds_faults(self.population, self.without_contact.odds):
            yield ("without_contact", *place), text
