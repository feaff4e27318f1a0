"""Logs of divided customers, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.assignment import AssignedGroup, AssignmentOwner
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.campaign import NO_CONTACT, CampaignType
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.ghost import held_out
from banditsvc.core.organization import Organization
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.portfolio import LearnerSpec, Portfolio, RewardSpec, RewardWeight
from banditsvc.core.times import DAY_US
from banditsvc.lift_tables import LiftTables, organization_scope, portfolio_scope, read_tables
from banditsvc.ports import DecisionLog, LogRecord

START_US = 1_760_000_000 * 1_000_000
OPTIMIZED, HOLDOUT = AssignmentGroup.OPTIMIZED, AssignmentGroup.HOLDOUT
SPEC = AssignmentSpec(holdout=0.5, assignment_version=1, start_time_us=START_US, salt="salt")
PORTFOLIO = Portfolio(
    portfolio_id="shop",
    currency="EUR",
    organization_id="acme",
    learner=LearnerSpec(
        reward=RewardSpec(weights=(RewardWeight(type=OutcomeType.CONVERSION, weight=1.0),), window_us=7 * DAY_US)
    ),
    assignments=(SPEC,),
)
ORGANIZATION = Organization(organization_id="acme", organization_version=1, assignments=(SPEC,))


def draw(
    group: AssignmentGroup = OPTIMIZED,
    *,
    owner: AssignmentOwner = AssignmentOwner.PORTFOLIO,
    channel: str = "",
    version: int = 1,
    holdout: float = 0.5,
) -> AssignedGroup:
    """Returns what a division says of a customer."""
    return AssignedGroup(
        owner=owner,
        channel=channel,
        assignment_version=version,
        group=group,
        shares=(1.0 - holdout, 0.0, 0.0, holdout),
        horizon_us=90 * DAY_US,
    )


def of_organization(group: AssignmentGroup = OPTIMIZED) -> AssignedGroup:
    """Returns what the organization's division says of a customer."""
    return draw(group, owner=AssignmentOwner.ORGANIZATION)


def decided(
    customer_id: str,
    *draws: AssignedGroup,
    decision_id: str = "",
    day: float = 0.0,
    campaign_id: str = "sale",
    family: str = "",
    kind: CampaignType | None = None,
    decided_by: DecidedBy = DecidedBy.POLICY,
    portfolio_id: str = "shop",
    context: CustomerContext | None = None,
    **asked: Any,
) -> Decision:
    """Returns a decision for a campaign to be sent some days after START_US; of a held-out customer it is the ghost's."""
    send_time_us = START_US + round(day * DAY_US)
    labels = CampaignLabels(campaign_id=campaign_id, family=family, type=0 if kind is None else kind.value)
    is_contact = campaign_id != NO_CONTACT
    contact = Contact(
        organization_id="acme",
        portfolio_id=portfolio_id,
        customer_id=customer_id,
        campaign=labels,
        contact_time_us=send_time_us,
    )
    found = Decision(
        decision_id=decision_id or f"{portfolio_id}-{customer_id}-{day}",
        input=RankInput(
            portfolio_id=portfolio_id,
            customer_id=customer_id,
            send_time_us=send_time_us,
            context=context or CustomerContext(),
            **asked,
        ),
        result=Result.CAMPAIGN if is_contact else Result.NO_CONTACT,
        decided_by=decided_by,
        campaign_id=campaign_id,
        eligible=(campaign_id,),
        selection_probabilities=(1.0,),
        contact=contact if is_contact and not asked.get("is_test") else None,
        group=next((one.group for one in draws if one.group is not OPTIMIZED), OPTIMIZED),
        draws=draws,
    )
    return held_out(found) if found.group is HOLDOUT else found


def enrolled(customer_id: str, *draws: AssignedGroup, **more: Any) -> Enrollment:
    """Returns the enrollment of a customer."""
    return Enrollment(organization_id="acme", portfolio_id="shop", customer_id=customer_id, draws=draws, **more)


def ordered(
    outcome_id: str, customer_id: str = "", *, day: float = 1.0, amount: float | None = 10.0, **more: Any
) -> Outcome:
    """Returns an order some days after START_US."""
    values: dict[str, Any] = {"portfolio_id": "shop", "type": OutcomeType.CONVERSION, **more}
    return Outcome(
        outcome_id=outcome_id,
        customer_id=customer_id,
        occur_time_us=START_US + round(day * DAY_US),
        amount=amount,
        **values,
    )


def refunded(outcome_id: str, of: str, amount: float | None = None, **more: Any) -> Outcome:
    """Returns a refund of an order."""
    refund = ordered(outcome_id, amount=amount, **more)
    return refund._replace(type=OutcomeType.REFUND, refunded_outcome_id=of)


def activated(
    decision_id: str, state: ActivationState = ActivationState.SENT, *, day: float = 0.0, **more: Any
) -> Activation:
    """Returns what became of a decision."""
    return Activation(
        decision_id=decision_id,
        portfolio_id="shop",
        state=state,
        activate_time_us=START_US + round(day * DAY_US),
        **more,
    )


def put(log: DecisionLog, *records: LogRecord, day: float = 0.0) -> None:
    """Appends records some days after START_US."""
    log.append(list(records), START_US + round(day * DAY_US))


def shop_tables(log: DecisionLog, *, channel: str = "", version: int | None = None) -> LiftTables:
    """Returns the tables of the shop's own division."""
    return read_tables(log, portfolio_scope(log.read_resources(0), "shop", channel=channel, version=version))


def acme_tables(log: DecisionLog) -> LiftTables:
    """Returns the tables of the organization's division."""
    return read_tables(log, organization_scope(log.read_resources(0), "acme"))


def rows(tables: LiftTables) -> pd.DataFrame:
    """Returns those enrolled by customer."""
    return tables.enrolled.frame.set_index("customer_id")


def groups(tables: LiftTables) -> dict[str, str]:
    """Returns the group of each customer who is enrolled."""
    return {str(name): str(group) for name, group in rows(tables)["group"].items()}


def brought(tables: LiftTables) -> dict[str, float]:
    """Returns the revenue of each customer with orders."""
    revenue = tables.orders.groupby("customer_id")["amount"].sum()
    return {str(name): float(amount) for name, amount in revenue.items()}


def orders_of(tables: LiftTables) -> Sequence[tuple[str, float]]:
    """Returns outcome_id and amount of each order, by outcome_id."""
    pairs = zip(tables.orders["outcome_id"], tables.orders["amount"], strict=True)
    return sorted((str(name), float(amount)) for name, amount in pairs)
