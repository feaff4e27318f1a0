"""A shop that divides its customers into groups, with salts of its own choice so that every run draws alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.campaign import Campaign, CampaignType, Pin, Treatment
from banditsvc.core.decision import Decision, LearnedState
from banditsvc.core.model import Model
from banditsvc.core.organization import DEFAULT_ORGANIZATION, Organization
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio, TrainSpec
from banditsvc.ports import CampaignVersion, DecisionLog, Deployment, RunningSums
from banditsvc.serving.contact_book import ContactBook
from banditsvc.store.memory import MemoryLog
from tests.serving.checkpoints import save_model
from tests.serving.shop import PORTFOLIO, START_US, Shop

OPTIMIZED, UNIFORM_RANDOM = AssignmentGroup.OPTIMIZED, AssignmentGroup.UNIFORM_RANDOM
BUSINESS_AS_USUAL, HOLDOUT = AssignmentGroup.BUSINESS_AS_USUAL, AssignmentGroup.HOLDOUT

QUARTERS = AssignmentSpec(
    uniform_random=0.25,
    business_as_usual=0.25,
    holdout=0.25,
    assignment_version=1,
    start_time_us=START_US,
    salt="quarters",
)
HALF_HELD_OUT = AssignmentSpec(holdout=0.5, assignment_version=1, start_time_us=START_US, salt="halves")
CAMPAIGNS = (
    Campaign(
        campaign_id="news",
        fixed_priority=2,
        treatments=tuple(Treatment(treatment_id=tone, tone=tone) for tone in ("calm", "loud", "warm")),
    ),
    Campaign(campaign_id="receipt", type=CampaignType.TRANSACTIONAL, fixed_priority=9),
    Campaign(campaign_id="sale", category="shoes", fixed_priority=1, message_fields={"template": "sale-template"}),
    Campaign(campaign_id="winback", fixed_priority=3, pins=(Pin(name="vip", expression="segment == 'vip'"),)),
)
SHOP = replace(
    PORTFOLIO,
    salt="salt of the shop",
    assignments=(QUARTERS,),
    learner=replace(PORTFOLIO.learner, train=TrainSpec(bits=12)),
)


def stored_shop(
    portfolio: Portfolio = SHOP,
    campaigns: Sequence[Campaign] = CAMPAIGNS,
    *,
    policy: Policy | None = None,
    organization: Organization = DEFAULT_ORGANIZATION,
    log: DecisionLog | None = None,
    book_type: type[ContactBook] = ContactBook,
) -> Shop:
    """Returns a shop over a log with these settings, salts included, which the service would have drawn at random."""
    log = MemoryLog() if log is None else log
    log.append([organization, *records_of(portfolio, campaigns, policy)], START_US)
    return Shop(log, book_type=book_type)


def records_of(
    portfolio: Portfolio, campaigns: Sequence[Campaign], policy: Policy | None = None
) -> list[Portfolio | Policy | Deployment | CampaignVersion]:
    """Returns the records of a portfolio with its catalogue and a policy at work."""
    portfolio_id = portfolio.portfolio_id
    at_work = replace(policy or Policy(portfolio_id=portfolio_id), portfolio_id=portfolio_id, policy_version=1)
    return [
        portfolio,
        at_work,
        Deployment(portfolio_id=portfolio_id, policy_version=1),
        *(
            CampaignVersion(portfolio_id=portfolio_id, catalogue_version=version, campaign=campaign)
            for version, campaign in enumerate(campaigns, start=1)
        ),
    ]


def trained(seed: int = 1, spread: float = 0.05) -> Model:
    """Returns a model of the shop that tells entries apart."""
    weights = np.random.default_rng(seed).normal(0.0, spread, 1 << SHOP.learner.train.bits).astype(np.float32)
    return Model(
        portfolio_id="shop",
        model_version=f"1.{seed}",
        learner_version=1,
        learner=SHOP.learner,
        learned=LearnedState(5_000, 3.0, 10.0),
        weights=weights,
    )


async def serve_model(shop: Shop, seed: int = 1) -> None:
    """Publishes a model and swaps it in."""
    save_model(shop.registry, trained(seed), RunningSums(learned_count=seed))
    await shop.active.poll()


def of_group(decisions: Sequence[Decision], group: AssignmentGroup) -> list[Decision]:
    """Returns the decisions of a group."""
    return [decision for decision in decisions if decision.group is group]


def customer_in(shop: Shop, group: AssignmentGroup, number: int = 0) -> str:
    """Returns a customer of the shop who is in a group, each number another one."""
    assign = shop.active.get("shop").assign
    found = (name for name in (f"{group.name}-{k}" for k in range(10_000)) if assign(name, "").group is group)
    return next(name for place, name in enumerate(found) if place == number)
