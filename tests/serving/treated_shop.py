"""An active portfolio with treatments and levers, without the service around it."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from banditsvc.core.audience_limit import AudienceLimit, LimitKind, LimitOwner, LimitSettings
from banditsvc.core.campaign import NO_CONTACT_CAMPAIGN, Campaign, Pin, Treatment
from banditsvc.core.contact_policy import CampaignSelector, ContactScope
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import Decision, LearnedState, RankInput
from banditsvc.core.exploration import ExclusiveRules, TargetRule
from banditsvc.core.funnel import CompiledFunnel
from banditsvc.core.model import Model
from banditsvc.core.organization import DEFAULT_ORGANIZATION
from banditsvc.core.policy import ExplorationLimit, Policy
from banditsvc.core.portfolio import EncoderSpec, Portfolio, TrainSpec
from banditsvc.core.portfolio_prices import LimitPrice, PortfolioPrices
from banditsvc.core.rule import FeatureType
from banditsvc.core.scoring import Scorer
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.customer_standing import NOTHING_KNOWN
from banditsvc.serving.deciding import ToDecide, decide_all
from banditsvc.serving.shadow import Shadow
from tests.serving.shop import PORTFOLIO, START_US, rank_input

CATALOGUE = {
    campaign.campaign_id: campaign
    for campaign in (
        Campaign(campaign_id="flash", lever=0.5, pins=(Pin(name="vip", expression="segment == 'vip'"),)),
        Campaign(
            campaign_id="news",
            category="shoes",
            fixed_priority=2,
            treatments=tuple(Treatment(treatment_id=tone, tone=tone) for tone in ("calm", "loud", "warm")),
        ),
        Campaign(
            campaign_id="sale",
            lever=2.0,
            channel="email",
            fixed_priority=1,
            treatments=tuple(Treatment(treatment_id=tone, tone=tone) for tone in ("calm", "loud")),
        ),
    )
}
ENTRIES = (
    ("NO_CONTACT", ""),
    ("flash", ""),
    ("news", "calm"),
    ("news", "loud"),
    ("news", "warm"),
    ("sale", "calm"),
    ("sale", "loud"),
)
EXCLUSIVE = ExclusiveRules(
    rules=(
        TargetRule(campaign_id="sale", expression="segment == 'family'"),
        TargetRule(campaign_id="flash", expression="recency_days > 200 and not open_issue"),
    )
)
LIMITS = (
    ExplorationLimit(lifecycle_stages=(LifecycleStage.HIGH_VALUE,), max_share=0.0),
    ExplorationLimit(campaign_ids=("news", "sale"), max_share=0.1),
    ExplorationLimit(segments=("family",), max_share=0.2),
)
POLICY = Policy(portfolio_id="shop", policy_version=3, floor=0.05, limits=LIMITS)
_LIMITS = (
    AudienceLimit(
        owner=LimitOwner.ORGANIZATION,
        name="email",
        kind=LimitKind.MOST_CONTACTS,
        campaigns=CampaignSelector(),
        per=ContactScope.CHANNEL,
        value="email",
    ),
    AudienceLimit(
        owner=LimitOwner.PORTFOLIO,
        name="flash",
        kind=LimitKind.LEAST_CONTACTS,
        campaigns=CampaignSelector(campaign_ids=("flash",)),
    ),
    AudienceLimit(
        owner=LimitOwner.PORTFOLIO,
        name="shoes",
        kind=LimitKind.LEAST_SHARE,
        campaigns=CampaignSelector(categories=("shoes",)),
        share=0.25,
    ),
)
PRICES = PortfolioPrices(
    portfolio_id="shop",
    run_id="monday",
    settings=LimitSettings(),
    limits=tuple(
        LimitPrice(limit=limit, price=price, bound=10.0, expected=10.0, is_met=True)
        for limit, price in zip(_LIMITS, (0.02, 0.03, 0.04), strict=True)
    ),
)
"""Of 3 limits: contacts by email cost, the flash is wanted, and so is a share of shoes."""
SHOP = replace(
    PORTFOLIO,
    salt="salt",
    allow_no_contact=True,
    context_schema={"open_issue": FeatureType.FLAG},
    business_as_usual=EXCLUSIVE,
    learner=replace(PORTFOLIO.learner, train=TrainSpec(bits=12)),
)


def model(seed: int, encoder: EncoderSpec | None = None, spread: float = 0.05) -> Model:
    """Returns a model that tells entries apart."""
    learner = SHOP.learner if encoder is None else replace(SHOP.learner, encoder=encoder)
    weights = np.random.default_rng(seed).normal(0.0, spread, 1 << learner.train.bits).astype(np.float32)
    return Model(
        portfolio_id="shop",
        model_version=f"1.{seed}",
        learner_version=1,
        learner=learner,
        learned=LearnedState(100 * seed, 3.0, 10.0),
        weights=weights,
    )


def activated(
    policy: Policy = POLICY,
    *,
    portfolio: Portfolio = SHOP,
    shadow: Shadow | None = None,
    seed: int = 1,
    prices: PortfolioPrices | None = None,
) -> ActivePortfolio:
    """Returns the shop with a trained model."""
    served = model(seed)
    return ActivePortfolio(
        organization=DEFAULT_ORGANIZATION,
        portfolio=portfolio,
        catalogue=CATALOGUE,
        catalogue_version=7,
        funnel=CompiledFunnel(DEFAULT_ORGANIZATION, portfolio, CATALOGUE),
        policy=policy,
        model=served,
        encoder_version=2,
        scorer=Scorer(served),
        shadow=shadow,
        prices=prices,
    )


def shadow_of(policy: Policy, seed: int = 2, encoder: EncoderSpec | None = None) -> Shadow:
    """Returns a shadow with a model of its own."""
    other = model(seed, encoder)
    return Shadow(policy=policy, model=other, scorer=Scorer(other))


def to_decide(active: ActivePortfolio, decision_id: str, asked: RankInput) -> ToDecide:
    """Returns a request that nothing is known against."""
    return ToDecide(decision_id, asked, active.prepared_set(asked, NOTHING_KNOWN, START_US, ()))


def decided(active: ActivePortfolio, requests: Sequence[RankInput]) -> list[Decision]:
    """Returns the decisions of a batch, d0, d1 and so on."""
    return decide_all(active, [to_decide(active, f"d{place}", asked) for place, asked in enumerate(requests)])


def asked_by(customer_id: str = "c", **changes: Any) -> RankInput:
    """Returns a request; changes are of RankInput, or of its context."""
    of_context = {name: changes.pop(name) for name in list(changes) if name not in RankInput.__struct_fields__}
    return rank_input(customer_id, context=CustomerContext(**of_context), **changes)


def random_requests(seed: int, count: int) -> list[RankInput]:
    """Returns requests of all kinds: with pins, forced, about some campaigns, and with contexts that break scores."""
    rng = random.Random(seed)
    return [
        asked_by(
            f"c{number}",
            recency_days=rng.choice([None, rng.uniform(0.0, 400.0)]),
            segment=rng.choice([None, "family", "gold", "vip"]),
            lifecycle_stage=rng.choice([None, *LifecycleStage]),
            favourites={"shoes": math.inf if rng.random() < 0.1 else rng.random()},
            features={"open_issue": rng.random() < 0.5},
            candidates=rng.choice([(), ("sale", "news"), ("flash",), ("news", Campaign(campaign_id="inline"))]),
            forced_campaign_id=(forced := rng.choice(["", "", "", "news"])),
            force_reason="a test of tones" if forced else "",
            is_test=rng.random() < 0.1,
        )
        for number in range(count)
    ]


def campaigns_of(decision: Decision, catalogue: Mapping[str, Campaign] = CATALOGUE) -> list[Campaign]:
    """Returns the campaign of each entry of a decision."""
    inline = {one.campaign_id: one for one in decision.input.candidates if isinstance(one, Campaign)}
    known = {**catalogue, **inline, "NO_CONTACT": NO_CONTACT_CAMPAIGN}
    return [known[campaign_id] for campaign_id in decision.eligible]
