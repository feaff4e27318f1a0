"""Laws of prepared sets: what is shared between requests is what each would have got alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core.campaign import Campaign, Pin, Treatment
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.capacity_ledger import CapacityLedger
from banditsvc.core.contact import Contact
from banditsvc.core.contact_policy import CampaignSelector, Capacity
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.errors import InvalidRequest
from banditsvc.core.funnel import CompiledFunnel
from banditsvc.core.model import untrained_model
from banditsvc.core.organization import DEFAULT_ORGANIZATION, Organization
from banditsvc.core.policy import default_policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rule import Rule
from banditsvc.core.scoring import Scorer
from banditsvc.core.time_zones import zone
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.customer_standing import NOTHING_KNOWN, CustomerStanding
from banditsvc.serving.prepared_set import PreparedSet
from tests.core.funnel_worlds import LEARNER, Customer, World, random_world
from tests.core.naive_funnel import NaiveFunnel

PORTFOLIO = Portfolio(portfolio_id="shop", currency="EUR", learner=LEARNER)


def activated(
    campaigns: dict[str, Campaign], portfolio: Portfolio = PORTFOLIO, organization: Organization = DEFAULT_ORGANIZATION
) -> ActivePortfolio:
    """Returns a portfolio with an untrained model."""
    model = untrained_model("shop", 1, portfolio.learner)
    return ActivePortfolio(
        organization=organization,
        portfolio=portfolio,
        catalogue=campaigns,
        catalogue_version=1,
        funnel=CompiledFunnel(organization, portfolio, campaigns),
        policy=default_policy("shop"),
        model=model,
        encoder_version=1,
        scorer=Scorer(model),
    )


def prepared(active: ActivePortfolio, customer: Customer, ledgers: list[CapacityLedger]) -> PreparedSet:
    """Returns the set of a customer of a random world."""
    return active.prepared_set(customer.asked, CustomerStanding(customer.contacts, customer.consents), 0, ledgers)


def asked(*candidates: str | Campaign, segment: str | None = None, send_time_us: int = 0) -> RankInput:
    """Returns a request about some campaigns."""
    context = CustomerContext(segment=segment)
    return RankInput(
        portfolio_id="shop", customer_id="c1", send_time_us=send_time_us, context=context, candidates=candidates
    )


def of_list(*campaigns: Campaign) -> dict[str, Campaign]:
    """Returns a catalogue."""
    return {campaign.campaign_id: campaign for campaign in campaigns}


def alone(world: World, customer: Customer, ledgers: list[CapacityLedger]) -> tuple[list[str], list[str], str]:
    """Returns what a customer would get without anybody else: the campaigns, the dropped ones, why one is forced."""
    ids, drops, reason = NaiveFunnel(
        organization=world.organization,
        portfolio=world.portfolio,
        catalogue=world.catalogue,
        asked=customer.asked,
        contacts=customer.contacts,
        consents=customer.consents,
        ledgers=ledgers,
    ).left()
    return ids, [f"{campaign_id}:{stage.name}:{rule}" for campaign_id, stage, rule in drops], reason


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32))
def test_a_shared_set_is_what_each_customer_would_get_alone(seed: int) -> None:
    """Whatever was asked before, and while capacity runs out, each customer gets the set of the plain funnel."""
    world = random_world(seed, customers=12)
    active = activated(world.catalogue, world.portfolio, world.organization)
    ledgers = world.ledgers()
    for step, customer in enumerate(world.customers + world.customers):
        found = prepared(active, customer, ledgers)
        drops = [f"{drop.campaign_id}:{drop.stage.name}:{drop.rule}" for drop in found.rejections]
        assert alone(world, customer, ledgers) == (sorted(set(found.ids)), drops, found.force_reason)
        if found.labels and step % 3 == 0:
            for ledger in ledgers:
                ledger.take(
                    Contact(
                        organization_id="default",
                        portfolio_id="shop",
                        customer_id="c1",
                        campaign=found.labels[0],
                        contact_time_us=customer.asked.send_time_us,
                    )
                )


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32))
def test_entries_are_pairs_in_order_with_all_that_drawing_needs(seed: int) -> None:
    """Entries are sorted pairs, their equal shares sum to 1, equal over campaigns, and ranks go by priority, then ids."""
    world = random_world(seed, customers=6)
    active = activated(world.catalogue, world.portfolio, world.organization)
    for customer in world.customers:
        found = prepared(active, customer, world.ledgers())
        pairs = list(zip(found.ids, found.treatments or ("",) * len(found.ids), strict=True))
        expected = [
            (campaign.campaign_id, treatment_id)
            for campaign in {c.campaign_id: c for c in found.campaigns}.values()
            for treatment_id in ([t.treatment_id for t in campaign.treatments] or [""])
        ]
        assert sorted(expected) == pairs
        assert any(treatment_id for _, treatment_id in pairs) == bool(found.treatments)
        shares = {
            i: sum(s for j, s in zip(found.ids, (1.0 / found.equal_parts).tolist(), strict=True) if j == i)
            for i in found.ids
        }
        assert pytest.approx(dict.fromkeys(shares, 1 / max(1, len(shares)))) == shares
        priorities = [(c.fixed_priority is None, c.fixed_priority or 0) for c in found.campaigns]
        assert [rank for *_, rank in sorted(zip(priorities, pairs, found.fixed_rank.tolist(), strict=True))] == list(
            range(len(pairs))
        )
        levers = [campaign.lever for campaign in found.campaigns]
        assert levers == ([1.0] * len(levers) if found.levers is None else found.levers.tolist())
        assert list(found.ids) == [labels.campaign_id for labels in found.labels]
        assert len(found.encoded) == len(found.ids)


def test_equal_circumstances_share_one_set() -> None:
    """Customers whom no rule tells apart get the same object; one whom a rule drops gets another."""
    only_new = Campaign(campaign_id="a", rules=(Rule(name="new", expression='segment == "new"'),))
    active = activated(of_list(only_new, Campaign(campaign_id="b")))
    sets = [active.prepared_set(asked(segment=s), NOTHING_KNOWN, 0, []) for s in ("new", "old", "new", None)]
    assert [("a", "b"), ("b",)] == [found.ids for found in sets[:2]]
    assert (sets[0], sets[1]) == (sets[2], sets[3])


def test_a_set_holds_as_long_as_no_date_passes() -> None:
    """A set is shared between send times until a campaign or a pin starts or ends, and then it is another."""
    pinned = Campaign(campaign_id="p", pins=(Pin(name="x", start_time_us=30, end_time_us=40),))
    active = activated(of_list(Campaign(campaign_id="a", start_time_us=10, end_time_us=20), pinned))
    times = (0, 9, 10, 19, 20, 29, 30, 39, 40)
    found = [active.prepared_set(asked(send_time_us=time), NOTHING_KNOWN, 0, []) for time in times]
    assert [("p",), ("p",), ("a", "p"), ("a", "p"), ("p",), ("p",), ("p",), ("p",), ("p",)] == [f.ids for f in found]
    assert [""] * 6 + ["pin:x"] * 2 + [""] == [f.force_reason for f in found]
    assert [True, False, True, False, True, False, True, False] == [a is b for a, b in pairwise(found)]


def test_a_ledger_that_was_read_anew_counts() -> None:
    """Another ledger with as many changes behind it is not taken for the one before."""
    active = activated(of_list(Campaign(campaign_id="a"), Campaign(campaign_id="b")))
    left = []
    for campaign_id in ("a", "b"):
        ledger = CapacityLedger([_once(campaign_id)], zone("UTC"))
        for from_us, to_us in ledger.periods(0):
            ledger.load(from_us, to_us, [])
        ledger.take(_contact(campaign_id))
        left.append(active.prepared_set(asked(), NOTHING_KNOWN, 0, [ledger]).ids)
    assert [("b",), ("a",)] == left


def test_requests_with_many_names_are_kept_for_less_long() -> None:
    """The names that a request excludes weigh like campaigns: of requests that are never alike few are kept."""
    active = activated(of_list(Campaign(campaign_id="a")))
    for number in range(400):
        excluded = tuple(f"{number}-{place}" for place in range(500))
        active.prepared_set(structs.replace(asked(), excluded=excluded), NOTHING_KNOWN, 0, [])
    assert 0 < len(active._sets._offers) <= 300


def _once(campaign_id: str) -> Capacity:
    return Capacity(name="once", campaigns=CampaignSelector(campaign_ids=(campaign_id,)), max_contacts=1)


def _contact(campaign_id: str) -> Contact:
    return Contact(
        organization_id="default",
        portfolio_id="shop",
        customer_id="c2",
        campaign=CampaignLabels(campaign_id=campaign_id),
        contact_time_us=0,
    )


def test_inline_campaigns_are_encoded_as_given() -> None:
    """A campaign given inline has its own treatments and features, whatever the catalogue has under its id."""
    active = activated(of_list(Campaign(campaign_id="a", category="shoes")))
    inline = Campaign(
        campaign_id="a", treatments=(Treatment(treatment_id="t2"), Treatment(treatment_id="t1")), lever=2.0
    )
    found = active.prepared_set(asked(inline), NOTHING_KNOWN, 0, [])
    assert (("a", "a"), ("t1", "t2")) == (found.ids, found.treatments)
    assert found.levers is not None
    assert [2.0, 2.0] == found.levers.tolist()
    encoder = active.scorer.encoder
    assert [encoder.campaign(inline, inline.treatments[1]), encoder.campaign(inline, inline.treatments[0])] == list(
        found.encoded
    )
    assert np.array_equal(np.array([2.0, 2.0]), found.equal_parts)


def test_faults_of_inline_campaigns_are_all_named() -> None:
    """Rules and pins of inline campaigns that do not fit are refused by the path of each, every time."""
    active = activated({})
    fine = Campaign(campaign_id="fine", rules=(Rule(name="r", expression="recency_days < 9"),))
    wrong = Campaign(
        campaign_id="wrong",
        rules=(fine.rules[0], Rule(name="typo", expression="recency < 9")),
        pins=(Pin(name="all"), Pin(name="p", expression="campaign.value > 1")),
    )
    for _ in range(2):
        active.check_inline(asked("gone", fine))
        with pytest.raises(InvalidRequest) as caught:
            active.check_inline(asked("gone", fine, wrong))
        paths = [violation.field for violation in caught.value.violations]
        assert ["candidates[2].inline.rules[1].expression", "candidates[2].inline.pins[1].expression"] == paths
