"""Random portfolios, catalogues and customers that get in each other's way, for the laws of the funnel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from random import Random

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignState, CampaignType, Pin, Treatment
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.consent import Consent, ConsentState, GivenConsent
from banditsvc.core.contact import Contact
from banditsvc.core.contact_policy import (
    CampaignSelector,
    Capacity,
    CapacityPeriod,
    ContactCap,
    ContactExclusion,
    ContactPolicy,
    ContactScope,
    QuietTime,
)
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.organization import Organization
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import LearnerSpec, Portfolio, RewardSpec, RewardWeight, TrainSpec
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.rule import Rule
from banditsvc.core.time_zones import zone
from banditsvc.core.times import DAY_US, HOUR_US

LEARNER = LearnerSpec(
    reward=RewardSpec(weights=(RewardWeight(type=OutcomeType.CLICK, weight=1.0),), window_us=DAY_US),
    train=TrainSpec(bits=10),
)
IDS = ("a", "b", "c", "d", "e")
TIMES_US = tuple(place * 6 * HOUR_US for place in range(5))
_EXPRESSIONS = ("recency_days < 30", 'segment == "new"', 'channel != "sms"', "monetary > 10 * campaign.value", "r >= 2")
_STAGES = (FunnelStage.ELIGIBILITY, FunnelStage.APPLICABILITY, FunnelStage.SUITABILITY)
_EITHER = ContactExclusion(
    name="either",
    first=CampaignSelector(campaign_ids=("a",)),
    second=CampaignSelector(campaign_ids=("b", "c")),
)
_NIGHT = QuietTime(name="night", channels=("sms",), start=time(20), end=time(5))


@dataclass(frozen=True, kw_only=True)
class Customer:
    """One request, and what is on record of who it is for."""

    asked: RankInput
    contacts: tuple[Contact, ...]
    consents: tuple[Consent, ...]


@dataclass(frozen=True, kw_only=True)
class World:
    """A portfolio with its customers."""

    organization: Organization
    portfolio: Portfolio
    catalogue: dict[str, Campaign]
    customers: list[Customer]
    taken: list[Contact]
    """What capacity has been used for."""

    def ledgers(self) -> list[CapacityLedger]:
        """Returns what capacity is left, read anew."""
        ledgers = []
        for capacities in (self.organization.capacities, self.portfolio.capacities):
            ledger = CapacityLedger(capacities, zone("UTC"))
            for time_us in TIMES_US:
                for from_us, to_us in ledger.periods(time_us):
                    ledger.load(from_us, to_us, [])
            for contact in self.taken:
                ledger.take(contact)
            ledgers.append(ledger)
        return ledgers


def random_world(seed: int, customers: int) -> World:
    """Returns the world of a seed with so many customers."""
    return _Maker(Random(seed)).world(customers)


class _Maker:
    def __init__(self, random: Random) -> None:
        self._random = random

    def world(self, customers: int) -> World:
        return World(
            organization=Organization(
                organization_id="default",
                default_purpose="marketing" if self._chance(0.3) else "",
                contact_policy=self._policy(),
                capacities=self._capacities("volume"),
            ),
            portfolio=Portfolio(
                portfolio_id="shop",
                currency="EUR",
                learner=LEARNER,
                allow_no_contact=self._chance(0.5),
                time_zone=self._random.choice(("", "America/New_York")),
                rules=self._rules(0.3),
                contact_policy=self._policy(),
                capacities=self._capacities("budget"),
            ),
            catalogue={campaign_id: self._campaign(campaign_id) for campaign_id in IDS},
            customers=[self._customer() for _ in range(customers)],
            taken=[self._contact() for _ in range(self._random.randrange(4))],
        )

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _channel(self) -> str:
        return self._random.choice(("", "", "email", "sms"))

    def _edge_us(self) -> int | None:
        return self._random.choice(TIMES_US) if self._chance(0.15) else None

    def _rules(self, share: float) -> tuple[Rule, ...]:
        count = self._random.choice((1, 2)) if self._chance(share) else 0
        return tuple(
            Rule(
                name=self._random.choice("pqrst"),
                expression=self._random.choice(_EXPRESSIONS),
                stage=self._random.choice(_STAGES),
            )
            for _ in range(count)
        )

    def _pins(self) -> tuple[Pin, ...]:
        if self._chance(0.9):
            return ()
        expression = self._random.choice(("", 'segment == "new"', "recency_days < 30"))
        name = self._random.choice("xyz")
        return (Pin(name=name, expression=expression, start_time_us=self._edge_us(), end_time_us=self._edge_us()),)

    def _campaign(self, campaign_id: str) -> Campaign:
        return Campaign(
            campaign_id=campaign_id,
            type=self._random.choice((None, CampaignType.CLM, CampaignType.CLM, CampaignType.TRANSACTIONAL)),
            channel=self._channel(),
            fixed_priority=self._random.choice((None, 1, 2)),
            start_time_us=self._edge_us(),
            end_time_us=self._edge_us(),
            state=CampaignState.PAUSED if self._chance(0.1) else CampaignState.LIVE,
            value=self._random.choice((0.0, 5.0)),
            cost=self._random.choice((0.0, 1.0)),
            lever=self._random.choice((1.0, 1.0, 1.5)),
            purpose="marketing" if self._chance(0.1) else "",
            placements=("top",) if self._chance(0.2) else (),
            rules=self._rules(0.5),
            pins=self._pins(),
            treatments=tuple(Treatment(treatment_id=str(place)) for place in range(self._random.choice((0, 0, 2)))),
        )

    def _policy(self) -> ContactPolicy:
        cap = ContactCap(
            name="cap",
            per=self._random.choice(list(ContactScope)),
            max_contacts=1,
            window_us=self._random.choice(TIMES_US[1:]),
        )
        return ContactPolicy(
            caps=(cap,) if self._chance(0.5) else (),
            exclusions=(_EITHER,) if self._chance(0.3) else (),
            quiet_times=(_NIGHT,) if self._chance(0.3) else (),
        )

    def _capacities(self, name: str) -> tuple[Capacity, ...]:
        if self._chance(0.5):
            return ()
        return (
            Capacity(
                name=name,
                per=self._random.choice((ContactScope.CAMPAIGN, ContactScope.CHANNEL, ContactScope.OVERALL)),
                max_contacts=2,
                max_cost=self._random.choice((None, 1.0)),
                period=self._random.choice((CapacityPeriod.TOTAL, CapacityPeriod.DAY)),
            ),
        )

    def _contact(self) -> Contact:
        return Contact(
            organization_id="default",
            portfolio_id=self._random.choice(("shop", "shop", "other")),
            customer_id="c1",
            campaign=CampaignLabels(
                campaign_id=self._random.choice(IDS), channel=self._channel(), cost=self._random.choice((0.0, 1.0))
            ),
            contact_time_us=self._random.choice(TIMES_US),
        )

    def _customer(self) -> Customer:
        return Customer(
            asked=self._asked(),
            contacts=tuple(self._contact() for _ in range(self._random.choice((0, 0, 1, 2)))),
            consents=tuple(self._consent() for _ in range(self._random.choice((0, 1, 2)))),
        )

    def _consent(self) -> Consent:
        return Consent(
            organization_id="default",
            customer_id="c1",
            purpose="marketing",
            channel=self._channel(),
            state=self._said(),
            consent_time_us=self._random.choice(TIMES_US),
        )

    def _said(self) -> ConsentState:
        return ConsentState.DENIED if self._chance(0.2) else ConsentState.GRANTED

    def _asked(self) -> RankInput:
        given = GivenConsent(purpose="marketing", channel=self._channel(), state=self._said())
        return RankInput(
            portfolio_id="shop",
            customer_id="c1",
            send_time_us=self._random.choice(TIMES_US),
            context=self._context(),
            candidates=self._candidates(),
            excluded=tuple(self._random.sample((*IDS, "gone", NO_CONTACT), 2)) if self._chance(0.3) else (),
            channel=self._channel(),
            placement=self._random.choice(("", "", "top", "side")),
            consents=(given,) if self._chance(0.4) else (),
            forced_campaign_id=self._random.choice(("a", "gone", "mine")) if self._chance(0.1) else "",
            force_reason="because",
        )

    def _candidates(self) -> tuple[str | Campaign, ...]:
        if self._chance(0.5):
            return ()
        named = self._random.sample((*IDS, "gone", NO_CONTACT), self._random.randint(1, 5))
        return (*named, self._campaign("mine")) if self._chance(0.3) else tuple(named)

    def _context(self) -> CustomerContext:
        return CustomerContext(
            recency_days=self._random.choice((None, 10.0, 40.0)),
            monetary=self._random.choice((None, 20.0, 80.0)),
            r=self._random.choice((None, 1, 5)),
            segment=self._random.choice((None, "new", "old")),
            time_zone=self._random.choice((None, None, "Asia/Tokyo")),
        )
