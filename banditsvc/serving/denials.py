"""Denials: what an outcome says of consent."""

from __future__ import annotations

from banditsvc.core.consent import Consent, ConsentState
from banditsvc.core.decision import Decision
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.ports import DecisionLog
from banditsvc.serving.resources import Resources

DENYING = frozenset({OutcomeType.UNSUBSCRIBE, OutcomeType.COMPLAINT})
"""Outcomes after which a customer is not contacted on the channel any more."""


def denial_of(log: DecisionLog, resources: Resources, outcome: Outcome) -> Consent | None:
    """Returns the denial of every purpose on a channel that an outcome of a DENYING type makes.

    The channel is the outcome's own, else that of the decision or of the campaign that it names, else every one. None
    where nobody knows whose outcome it is: the decision that it names does not exist.
    """
    decision = _decision(log, outcome)
    customer_id = outcome.customer_id if decision is None else decision.input.customer_id
    if not customer_id:
        return None
    return Consent(
        organization_id=resources.organization_of(outcome.portfolio_id).organization_id,
        customer_id=customer_id,
        channel=outcome.channel or _channel(resources, outcome, decision),
        state=ConsentState.DENIED,
        consent_time_us=outcome.occur_time_us,
        cause=outcome.type.name,
    )


def _decision(log: DecisionLog, outcome: Outcome) -> Decision | None:
    recorded = log.get_decision(outcome.decision_id) if outcome.decision_id else None
    if recorded is None or recorded.value.input.portfolio_id != outcome.portfolio_id:
        return None
    return recorded.value


def _channel(resources: Resources, outcome: Outcome, decision: Decision | None) -> str:
    if decision is not None and decision.contact is not None and decision.contact.campaign.channel:
        return decision.contact.campaign.channel
    campaign_id = outcome.campaign_id or (decision.campaign_id if decision is not None else "")
    version = resources.state(outcome.portfolio_id).campaigns.get(campaign_id)
    if version is not None and version.campaign.channel:
        return version.campaign.channel
    return decision.input.channel if decision is not None else ""
