"""Denials: what an outcome says of consent."""

from __future__ import annotations

from dataclasses import replace

from banditsvc.core.consent import Consent, ConsentState
from banditsvc.core.decision import Decision
from banditsvc.core.merges import Merges
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.ports import DecisionLog
from banditsvc.serving.resources import Resources

DENYING = (OutcomeType.UNSUBSCRIBE, OutcomeType.COMPLAINT)
"""Outcomes after which a customer is not contacted on the channel any more."""


def denial_of(log: DecisionLog, resources: Resources, merges: Merges, outcome: Outcome, now_us: int) -> Consent | None:
    """Returns the denial of every purpose on a channel that an outcome of a DENYING type makes.

    It is that of the customer for whom the outcome's id, or the decision's, stands by the organization's merges.

    The channel is the outcome's own, else that of what went out for the decision that it names, else that of the
    campaign, else every one. None where nobody is meant: the decision that it names does not exist, or is a test. None
    also where an earlier revision has made the same denial: to restate an outcome is not to unsubscribe again.

    Its time is now_us, when the service learns of it, and not when it occurred: a grant recorded in between, such as a
    nightly copy of an address list makes, may not know of it yet and must not take it back.
    """
    decision = _decision(log, outcome)
    if decision is not None and decision.input.is_test:
        return None
    customer_id = outcome.customer_id if decision is None else decision.input.customer_id
    if not customer_id:
        return None
    denial = Consent(
        organization_id=resources.organization_of(outcome.portfolio_id).organization_id,
        customer_id=merges.survivor(customer_id),
        channel=outcome.channel or _channel(log, resources, outcome, decision),
        state=ConsentState.DENIED,
        consent_time_us=now_us,
        cause=outcome.type.name,
    )
    return None if _is_made(log, merges, outcome, denial) else denial


def _is_made(log: DecisionLog, merges: Merges, outcome: Outcome, denial: Consent) -> bool:
    """Says whether a revision of the outcome is stored with the denial; both are of one commit."""
    stored_us = {recorded.record_time_us for recorded in log.get_outcome(outcome.portfolio_id, outcome.outcome_id)}
    if not stored_us:
        return False
    return any(
        recorded.record_time_us in stored_us
        and replace(recorded.value, customer_id=denial.customer_id, consent_time_us=denial.consent_time_us) == denial
        for recorded in log.consents_of(denial.organization_id, merges.family(denial.customer_id))
    )


def _decision(log: DecisionLog, outcome: Outcome) -> Decision | None:
    recorded = log.get_outline(outcome.decision_id) if outcome.decision_id else None
    if recorded is None or recorded.value.input.portfolio_id != outcome.portfolio_id:
        return None
    return recorded.value


def _channel(log: DecisionLog, resources: Resources, outcome: Outcome, decision: Decision | None) -> str:
    if decision is not None:
        activation = log.get_activation(decision.decision_id)
        if activation is not None and activation.value.contact is not None:
            # Another campaign went out; where nobody knows on which channel, every one is meant.
            return activation.value.contact.campaign.channel
    if decision is not None and decision.contact is not None and decision.contact.campaign.channel:
        return decision.contact.campaign.channel
    campaign_id = outcome.campaign_id or (decision.campaign_id if decision is not None else "")
    version = resources.state(outcome.portfolio_id).campaigns.get(campaign_id)
    if version is not None and version.campaign.channel:
        return version.campaign.channel
    return decision.input.channel if decision is not None else ""
