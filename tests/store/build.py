"""Small builders of records for the store tests."""

from __future__ import annotations

import numpy as np
from msgspec import structs

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.assignment import AssignedGroup, AssignmentOwner
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.consent import Consent, ConsentState
from banditsvc.core.contact import Contact
from banditsvc.core.context import CustomerContext
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import DecidedBy, Decision, LearnedState, RankInput, Result
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.model import Model
from banditsvc.core.outcome import Feed, FeedMark, Outcome, OutcomeType
from banditsvc.core.portfolio import LearnerSpec, Portfolio, RewardSpec, RewardWeight
from banditsvc.core.times import DAY_US
from banditsvc.ports import Checkpoint, Lineage, RunningSums
from banditsvc.store.stored_weights import weights_sha256

SHOP = "shop"
ACME = "acme"
LEARNER = LearnerSpec(
    reward=RewardSpec(weights=(RewardWeight(type=OutcomeType.CONVERSION, weight=1.0),), window_us=3 * DAY_US)
)


def contact(
    campaign_id: str = "a",
    *,
    customer_id: str = "c1",
    time_us: int = 0,
    hold_until_us: int | None = None,
    portfolio_id: str = SHOP,
    organization_id: str = ACME,
    cost: float = 0.0,
    channel: str = "",
) -> Contact:
    return Contact(
        organization_id=organization_id,
        portfolio_id=portfolio_id,
        customer_id=customer_id,
        campaign=CampaignLabels(campaign_id=campaign_id, type=2, channel=channel, cost=cost),
        contact_time_us=time_us,
        hold_until_us=hold_until_us,
    )


def contacting(decision_id: str, made: Contact | None) -> Decision:
    return structs.replace(decision(decision_id), contact=made)


def consent(
    state: ConsentState, *, customer_id: str = "c1", organization_id: str = ACME, channel: str = "", time_us: int = 0
) -> Consent:
    return Consent(
        organization_id=organization_id,
        customer_id=customer_id,
        channel=channel,
        state=state,
        consent_time_us=time_us,
    )


def decision(
    decision_id: str, *, portfolio_id: str = SHOP, customer_id: str = "c1", send_time_us: int = 0, is_test: bool = False
) -> Decision:
    return Decision(
        decision_id=decision_id,
        input=RankInput(portfolio_id=portfolio_id, customer_id=customer_id, send_time_us=send_time_us, is_test=is_test),
        result=Result.CAMPAIGN,
        decided_by=DecidedBy.POLICY,
        campaign_id="a",
        eligible=("a", "b"),
        selection_probabilities=(0.75, 0.25),
        predicted_rewards=((0.1, 1 / 3),),
    )


def outcome(
    outcome_id: str,
    *,
    portfolio_id: str = SHOP,
    decision_id: str = "",
    customer_id: str = "",
    revision: int = 0,
    occur_time_us: int = 0,
) -> Outcome:
    return Outcome(
        portfolio_id=portfolio_id,
        outcome_id=outcome_id,
        type=OutcomeType.CONVERSION,
        occur_time_us=occur_time_us,
        revision=revision,
        decision_id=decision_id,
        customer_id=customer_id,
    )


def refund(outcome_id: str, refunded: str, *, revision: int = 0) -> Outcome:
    return outcome(outcome_id, revision=revision)._replace(type=OutcomeType.REFUND, refunded_outcome_id=refunded)


def activation(
    decision_id: str,
    *,
    state: ActivationState = ActivationState.SENT,
    time_us: int = 0,
    contact: Contact | None = None,
) -> Activation:
    return Activation(
        decision_id=decision_id, portfolio_id=SHOP, state=state, activate_time_us=time_us, contact=contact
    )


def merge(merged: str, surviving: str, organization_id: str = ACME, reason: str = "") -> CustomerMerge:
    return CustomerMerge(
        organization_id=organization_id,
        merged_customer_id=merged,
        surviving_customer_id=surviving,
        reason=reason,
    )


def enrollment(customer_id: str, portfolio_id: str = SHOP) -> Enrollment:
    draw = AssignedGroup(
        owner=AssignmentOwner.PORTFOLIO,
        channel="email",
        assignment_version=2,
        group=AssignmentGroup.HOLDOUT,
        shares=(0.75, 0.0, 0.0, 0.25),
        horizon_us=30 * DAY_US,
    )
    return Enrollment(
        organization_id=ACME,
        portfolio_id=portfolio_id,
        customer_id=customer_id,
        assignment_key="household 7",
        channel="email",
        context=CustomerContext(segment="new", recency_days=3.0, favourites={"shoes": 0.5}, features={"x": ("a", "b")}),
        draws=(draw,),
    )


def feed_mark(complete_through_us: int, *, portfolio_id: str = SHOP) -> FeedMark:
    feed = Feed(type=OutcomeType.CONVERSION)
    return FeedMark(portfolio_id=portfolio_id, feed=feed, complete_through_us=complete_through_us)


def portfolio(portfolio_id: str = SHOP) -> Portfolio:
    return Portfolio(portfolio_id=portfolio_id, currency="EUR", learner=LEARNER)


def checkpoint(
    lineage: Lineage, position: int, *, version: str = "", weights: list[float] | None = None, publish_time_us: int = 0
) -> Checkpoint:
    values = np.array(weights or [0.0, float(position), 0.0, 0.1], dtype=np.float32)
    values.flags.writeable = False
    model_version = version or f"{lineage.lineage_id}-{position}"
    return Checkpoint(
        lineage=lineage,
        model_version=model_version,
        position=position,
        settled_through_us=position * 10,
        sums=RunningSums(learned_count=position, reward_sum=position / 3),
        learner_state=f"state at {position}".encode(),
        model=Model(
            portfolio_id=lineage.portfolio_id,
            model_version=model_version,
            learner_version=lineage.learner_version,
            learner=lineage.learner,
            learned=LearnedState(position, 0.25, 0.5),
            weights=values,
            log_position=position,
            publish_time_us=publish_time_us,
        ),
        weights_sha256=weights_sha256(values),
    )
