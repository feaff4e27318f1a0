"""A shop with everything that stands around the bandit switched on, and customers who come again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, chisquare

from banditsvc.core.assignment import mixture_shares
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.campaign import NO_CONTACT_CAMPAIGN, Campaign, CampaignType, Treatment
from banditsvc.core.contact_policy import (
    CampaignSelector,
    Capacity,
    CapacityPeriod,
    ContactCap,
    ContactExclusion,
    ContactPolicy,
    ContactScope,
)
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import Decision, LearnedState
from banditsvc.core.errors import BanditError
from banditsvc.core.exploration import SquareCB
from banditsvc.core.ghost import as_if_sent
from banditsvc.core.model import Model
from banditsvc.core.organization import DEFAULT_ORGANIZATION
from banditsvc.core.policy import ExplorationLimit, Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.reproduce import is_reproduced, is_shadow_reproduced
from banditsvc.core.rule import FeatureType, Rule
from banditsvc.core.times import DAY_US
from banditsvc.ports import DecisionLog, RunningSums, ShadowSetting
from banditsvc.serving.ranking import RankCall
from tests.core.test_sampling import statistic
from tests.serving.checkpoints import save_model
from tests.serving.grouped_shop import stored_shop
from tests.serving.shop import PORTFOLIO, START_US, Shop, rank_input

BATCH = 1_000
DAYS = 20
"""Days over which the decisions are spread."""
ENTRIES = (
    ("anniversary", ""),
    ("flash", "calm"),
    ("flash", "loud"),
    ("news", "long"),
    ("news", "medium"),
    ("news", "short"),
    ("sale", ""),
    ("winback", "plain"),
    ("winback", "voucher"),
)
"""Every pair of campaign and treatment of the shop but NO_CONTACT, which comes last among the columns."""
COLUMNS = (*ENTRIES, ("NO_CONTACT", ""))
KINDS = ("high value", "others")
"""Of customers: with those of high value nothing is explored."""
UNIVERSAL = AssignmentSpec(holdout=0.05, assignment_version=1, start_time_us=START_US)
DIVIDED = AssignmentSpec(
    uniform_random=0.15, business_as_usual=0.15, holdout=0.15, assignment_version=1, start_time_us=START_US
)


@dataclass(frozen=True, slots=True)
class Played:
    """What was decided, by row; of a held-out customer the ghost is looked at."""

    decisions: list[Decision]
    """All of them, also those for which nothing was left to choose, which have no row."""
    probabilities: NDArray[np.float64]
    """Logged probability of each column, 0 where it was not eligible."""
    chosen: NDArray[np.intp]
    """Column that was chosen."""
    kind: NDArray[np.intp]
    """Place in KINDS of the customer's."""
    group: NDArray[np.intp]
    """AssignmentGroup of the customer."""
    reproduced: int
    """Decisions that follow bit for bit from what was logged, their shadows included."""


def _campaigns() -> list[Campaign]:
    def campaign(campaign_id: str, **fields: object) -> Campaign:
        names = tuple(treatment_id for known, treatment_id in ENTRIES if known == campaign_id and treatment_id)
        treatments = tuple(Treatment(treatment_id=name, tone=name) for name in names)
        values = {"channel": "email", "type": CampaignType.GTM, "treatments": treatments, "family": "f", **fields}
        return replace(Campaign(campaign_id=campaign_id), **values)  # type: ignore[arg-type]  # fields of a campaign

    no_issue = Rule(name="open-issue", expression="not open_issue", stage=FunnelStage.SUITABILITY)
    recent = Rule(name="recent", expression="recency_days < 300")
    lapsed = Rule(name="lapsed", expression="recency_days >= 60", stage=FunnelStage.APPLICABILITY)
    return [
        campaign("anniversary", type=CampaignType.CLM, lever=1.3, channel="sms", cost=0.08),
        campaign("flash", rules=(no_issue, recent), cost=0.01, value=5.0),
        campaign("news", rules=(no_issue,), fixed_priority=2),
        campaign("sale", rules=(no_issue,), lever=0.8, cost=0.02),
        campaign("winback", rules=(lapsed,), type=CampaignType.CLM, fixed_priority=1, value=20.0, channel="sms"),
    ]


def _portfolio(seed: int, decisions: int) -> Portfolio:
    affordable = Rule(
        name="affordable",
        expression="campaign.value <= 0.05 * monetary",
        stage=FunnelStage.SUITABILITY,
    )
    return replace(
        PORTFOLIO,
        salt=f"salt {seed}",
        assignments=(replace(DIVIDED, salt=f"division {seed}"),),
        allow_no_contact=True,
        context_schema={"open_issue": FeatureType.FLAG},
        rules=(affordable,),
        contact_policy=ContactPolicy(
            caps=(ContactCap(name="texts", campaigns=CampaignSelector(channels=("sms",)), min_gap_us=4 * DAY_US),),
            exclusions=(
                ContactExclusion(
                    name="flash-after-sale",
                    first=CampaignSelector(campaign_ids=("sale",)),
                    second=CampaignSelector(campaign_ids=("flash",)),
                    window_us=3 * DAY_US,
                ),
            ),
        ),
        capacities=(
            Capacity(
                name="flash-a-day",
                campaigns=CampaignSelector(campaign_ids=("flash",)),
                max_contacts=decisions // DAYS // 12,
                period=CapacityPeriod.DAY,
            ),
            Capacity(
                name="text-budget",
                campaigns=CampaignSelector(channels=("sms",)),
                max_cost=0.0005 * decisions,
                period=CapacityPeriod.WEEK,
            ),
        ),
    )


def _policy() -> Policy:
    return Policy(
        portfolio_id="shop",
        exploration=SquareCB(gamma_scale=0.05),
        floor=0.1,
        limits=(
            ExplorationLimit(lifecycle_stages=(LifecycleStage.HIGH_VALUE,), max_share=0.0),
            ExplorationLimit(campaign_ids=("winback",), max_share=0.05),
            ExplorationLimit(segments=("s1",), max_share=0.1),
        ),
    )


async def _opened(log: DecisionLog, seed: int, decisions: int) -> Shop:
    """Returns a shop with everything on; its salts follow from the seed, where the service would draw them."""
    caps = (ContactCap(name="all", max_contacts=3, window_us=7 * DAY_US, per=ContactScope.OVERALL),)
    organization = replace(
        DEFAULT_ORGANIZATION,
        contact_policy=ContactPolicy(caps=caps),
        assignments=(replace(UNIVERSAL, salt=f"universal {seed}"),),
    )
    shop = stored_shop(_portfolio(seed, decisions), _campaigns(), policy=_policy(), organization=organization, log=log)
    shadow = await shop.resources.create_policy(Policy(portfolio_id="shop", floor=0.5))
    await shop.resources.set_shadow(ShadowSetting(portfolio_id="shop", policy_version=shadow.value.policy_version))
    weights = np.random.default_rng(seed).normal(0.0, 0.01, 1 << PORTFOLIO.learner.train.bits).astype(np.float32)
    model = Model(
        portfolio_id="shop",
        model_version=f"1.{seed}",
        learner_version=1,
        learner=PORTFOLIO.learner,
        learned=LearnedState(5_000, 3.0, 10.0),
        weights=weights,
    )
    save_model(shop.registry, model, RunningSums(learned_count=5_000))
    await shop.active.poll()
    return shop


def _calls(rng: np.random.Generator, number: int, customers: int, send_time_us: int) -> list[RankCall]:
    calls = []
    for place in range(BATCH):
        customer = int(rng.integers(customers))
        # What is known of a customer is the same each time, but for what changes by itself.
        known = np.random.default_rng(customer)
        stage = LifecycleStage.HIGH_VALUE if known.random() < 0.3 else LifecycleStage.ACTIVE
        asked = rank_input(
            f"c{customer}",
            send_time_us=send_time_us,
            context=CustomerContext(
                recency_days=float(rng.integers(400)),
                monetary=float(known.integers(50, 1_000)),
                segment=f"s{known.integers(3)}",
                lifecycle_stage=stage,
                features={"open_issue": bool(rng.random() < 0.1)},
            ),
            excluded=("news",) if rng.random() < 0.05 else (),
        )
        calls.append(RankCall(input=asked, decision_id=f"d-{number}-{place}"))
    return calls


async def play(log: DecisionLog, seed: int, decisions: int, on_batch: Callable[[], object] = lambda: None) -> Played:
    """Makes decisions for customers who come about five times each, and reproduces each from the log."""
    shop = await _opened(log, seed, decisions)
    rng = np.random.default_rng(seed)
    batches = decisions // BATCH
    for number in range(batches):
        # The log's stamps run a little ahead of a clock that is set.
        now_us = max(START_US + number * DAYS * DAY_US // batches, shop.log.watermark().time_us)
        shop.clock.set_us(now_us)
        answers = await shop.ranker.rank(_calls(rng, number, decisions // 5, now_us))
        failed = [answer for answer in answers if isinstance(answer, BanditError)]
        assert not failed, failed[0]
        on_batch()
    return _read(shop)


def _read(shop: Shop) -> Played:
    column = {entry: place for place, entry in enumerate(COLUMNS)}
    decisions, after = [], 0
    while batch := shop.log.read_decisions("shop", after, BATCH):
        decisions += [one.value for one in batch]
        after = batch[-1].position
    kept = [one for one in map(as_if_sent, decisions) if one.campaign_id]
    probabilities = np.zeros((len(kept), len(COLUMNS)))
    chosen = np.zeros(len(kept), dtype=np.intp)
    for row, decision in enumerate(kept):
        entries = zip(decision.eligible, decision.treatments or [""] * len(decision.eligible), strict=True)
        for entry, probability in zip(entries, decision.selection_probabilities, strict=True):
            probabilities[row, column[entry]] = probability
        chosen[row] = column[decision.campaign_id, decision.treatment_id]
    kind = [one.input.context.lifecycle_stage is not LifecycleStage.HIGH_VALUE for one in kept]
    reproduced = sum(_follows_from_the_log(shop, decision) for decision in decisions)
    group = [one.group for one in kept]
    return Played(decisions, probabilities, chosen, np.array(kind, dtype=np.intp), np.array(group), reproduced)


def _follows_from_the_log(shop: Shop, decision: Decision) -> bool:
    state = shop.resources.state("shop")
    policies = {one.value.policy_version: one.value for one in state.policies}
    campaigns = [
        shop.resources.campaign_at("shop", campaign_id, decision.catalogue_version) or NO_CONTACT_CAMPAIGN
        for campaign_id in decision.eligible
    ]
    portfolio = state.portfolio.value
    if not is_reproduced(decision, policies.get(decision.policy_version), portfolio, campaigns):
        return False
    if decision.shadow is None:
        # A ghost has no need of a second opinion.
        return not decision.eligible or decision.would_have_sent is not None
    return is_shadow_reproduced(decision, policies[decision.shadow.policy_version], portfolio, campaigns)


def p_value(probabilities: NDArray[np.float64], chosen: NDArray[np.intp]) -> float:
    """Returns the p-value of the choices under probabilities; where every choice was certain 1, or 0 if one came not."""
    if probabilities.max(axis=1).min() > 1.0 - 1e-9:
        return float(np.array_equal(probabilities.argmax(axis=1), chosen))
    value, rank = statistic(probabilities, np.bincount(chosen, minlength=probabilities.shape[1]).astype(np.float64))
    return float(chi2.sf(value, rank))


def p_value_of_groups(decisions: Sequence[Decision]) -> float:
    """Returns the p-value of how many customers are in each group under the logged shares; 0 where one is in two."""
    groups = {one.input.customer_id: one.group for one in decisions}
    if any(groups[one.input.customer_id] is not one.group for one in decisions):
        return 0.0
    counts = np.bincount(list(groups.values()), minlength=len(AssignmentGroup) + 1)[1:]
    return float(chisquare(counts, len(groups) * np.array(mixture_shares(decisions[0].draws))).pvalue)
