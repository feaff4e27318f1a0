"""Blamed contacts: which contact of the policy an unsubscribe or a complaint is put down to."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.merges import Merges
from banditsvc.core.outcome import Outcome
from banditsvc.core.times import DAY_US
from banditsvc.ports import DecisionLog, Recorded

BLAME_US = 30 * DAY_US
"""How long after a contact what a customer does is still put down to it, where no decision is named."""


@dataclass(frozen=True, slots=True)
class BlamedContact:
    """A contact and what became of it, as far as the log knows."""

    decision: Recorded[Decision]
    activation: Recorded[Activation] | None


def is_policy_contact(decision: Decision) -> bool:
    """Says whether a decision is for a contact that the policy chose, or a share of equal draws before it, sent or not."""
    is_policy = decision.decided_by is DecidedBy.POLICY or decision.decided_by is DecidedBy.RANDOM_SHARE
    return is_policy and decision.result is Result.CAMPAIGN and not decision.input.is_test


class BlamedContacts:
    """Finds contacts in the log. What is found depends on what stood in the log before the outcome, and on that alone."""

    def __init__(self, log: DecisionLog, portfolio_id: str, organization_id: str) -> None:
        self._log = log
        self._portfolio_id = portfolio_id
        self._organization_id = organization_id
        self._merges = Merges()
        self._merges_position = 0

    def find(self, recorded: Recorded[Outcome]) -> BlamedContact | None:
        """Returns the contact of the decision that an outcome names, else the customer's latest before it.

        None where that decision is no contact of the policy or was not sent, or no contact went out in BLAME_US. A
        contact that waits to be activated comes after those that went out.
        """
        outcome = recorded.value
        if outcome.decision_id:
            named = self._log.get_outline(outcome.decision_id)
            decisions = [] if named is None or named.value.input.portfolio_id != self._portfolio_id else [named]
        else:
            time_us = outcome.occur_time_us
            customers = self._family(outcome.customer_id, recorded.record_time_us)
            found = self._log.outlines_of_customers(self._portfolio_id, customers, time_us - BLAME_US, time_us + 1)
            decisions = [decision for decision in found if _fits(outcome, decision.value)]
        known = [one for one in decisions if one.position < recorded.position and is_policy_contact(one.value)]
        words = {
            word.value.decision_id: word for word in self._log.activations_of([one.value.decision_id for one in known])
        }
        ranked: list[tuple[bool, int, int, BlamedContact]] = []
        for decision in known:
            word = words.get(decision.value.decision_id)
            told = word is not None and word.position < recorded.position
            state = word.value.state if word is not None and told else None
            if state is None or state is ActivationState.SENT:
                went_out = state is ActivationState.SENT or not decision.value.input.defer_activation
                contact = BlamedContact(decision, word)
                ranked.append((went_out, decision.value.input.send_time_us, decision.position, contact))
        return max(ranked, key=lambda one: one[:3])[3] if ranked else None

    def _family(self, customer_id: str, as_of_us: int) -> tuple[str, ...]:
        """Returns all ids of a customer, as known when the outcome came."""
        for merge in self._log.read_merges(self._organization_id, self._merges_position):
            self._merges.add(merge.record_time_us, merge.value)
            self._merges_position = merge.position
        return self._merges.family(customer_id, as_of_us)


def _fits(outcome: Outcome, decision: Decision) -> bool:
    """Says whether an outcome that names a channel or a campaign can be of this decision."""
    if outcome.campaign_id and outcome.campaign_id != decision.campaign_id:
        return False
    channel = decision.contact.campaign.channel if decision.contact is not None else decision.input.channel
    return not outcome.channel or not channel or outcome.channel == channel
