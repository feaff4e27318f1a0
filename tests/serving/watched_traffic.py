"""Random traffic that guardrails watch, and what they should have counted, told from the whole log at once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.outcome import Feed, FeedMark, Outcome, OutcomeType
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import DecisionLog, LogRecord, Recorded

PORTFOLIO_ID, ORGANIZATION_ID = "shop", "default"
HARMS = (OutcomeType.UNSUBSCRIBE, OutcomeType.COMPLAINT)
_CUSTOMERS = 8
_PMFS = ((1.0, 0.0), (0.5, 0.5), (0.9, 0.1))


def decided(decision_id: str, customer_id: str, time_us: int, **changes: Any) -> Decision:
    """Returns a decision of the policy for a contact, or what the changes make of it."""
    asked = {name: changes.pop(name) for name in ("defer_activation", "is_test", "channel") if name in changes}
    made: dict[str, Any] = {
        "result": Result.CAMPAIGN,
        "decided_by": DecidedBy.POLICY,
        "campaign_id": "news",
        "eligible": ("news", "sale"),
        "selection_probabilities": (0.5, 0.5),
    }
    asked_for = RankInput(portfolio_id=PORTFOLIO_ID, customer_id=customer_id, send_time_us=time_us, **asked)
    return Decision(decision_id=decision_id, input=asked_for, **(made | changes))


def outcome(outcome_id: str, kind: OutcomeType, time_us: int, **changes: Any) -> Outcome:
    """Returns an outcome of the portfolio."""
    return Outcome(portfolio_id=PORTFOLIO_ID, outcome_id=outcome_id, type=kind, occur_time_us=time_us, **changes)


def mark(time_us: int) -> FeedMark:
    """Returns a feed mark of the portfolio."""
    return FeedMark(portfolio_id=PORTFOLIO_ID, feed=Feed(type=OutcomeType.UNSUBSCRIBE), complete_through_us=time_us)


def activation(decision_id: str, state: ActivationState, time_us: int) -> Activation:
    """Returns what became of a decision of the portfolio."""
    return Activation(decision_id=decision_id, portfolio_id=PORTFOLIO_ID, state=state, activate_time_us=time_us)


@dataclass
class Traffic:
    """Commits of random records, a few hours apart."""

    seed: int
    decision_ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Starts the random numbers."""
        self._random = random.Random(self.seed)
        self._time_us = 40 * DAY_US
        self._count = 0

    def play(self, log: DecisionLog, commits: int) -> None:
        """Appends commits to a log."""
        for _ in range(commits):
            self._time_us += self._random.randrange(1, 8 * HOUR_US)
            log.append([self._record() for _ in range(self._random.randrange(1, 12))], self._time_us)

    def _record(self) -> LogRecord:
        self._count += 1
        pick = self._random.random()
        if pick < 0.5 or not self.decision_ids:
            return self._decision()
        if pick < 0.7:
            states = (ActivationState.SENT, ActivationState.SENT, ActivationState.NOT_SENT, ActivationState.SUPERSEDED)
            return activation(self._random.choice(self.decision_ids), self._random.choice(states), self._time_us)
        if pick < 0.72:
            return mark(self._time_us)
        if pick < 0.74:
            merged, surviving = self._random.sample(range(_CUSTOMERS), 2)
            return CustomerMerge(
                organization_id=ORGANIZATION_ID,
                merged_customer_id=f"c{merged}",
                surviving_customer_id=f"c{surviving}",
            )
        return self._outcome()

    def _decision(self) -> Decision:
        decision_id = f"d{self._count}"
        self.decision_ids.append(decision_id)
        kinds = (DecidedBy.POLICY,) * 6 + (DecidedBy.FALLBACK, DecidedBy.BUSINESS_AS_USUAL, DecidedBy.FORCED)
        decided_by = self._random.choice(kinds)
        is_usual = decided_by is DecidedBy.BUSINESS_AS_USUAL
        changes: dict[str, Any] = {
            "decided_by": decided_by,
            "group": AssignmentGroup.BUSINESS_AS_USUAL if is_usual else AssignmentGroup.OPTIMIZED,
            "selection_probabilities": self._random.choice(_PMFS),
            "defer_activation": self._random.random() < 0.3,
            "is_test": self._random.random() < 0.1,
            "channel": self._random.choice(("", "email", "push")),
        }
        if self._random.random() < 0.1:
            changes |= {"result": Result.NO_ELIGIBLE, "campaign_id": "", "eligible": (), "selection_probabilities": ()}
        time_us = self._time_us - self._random.randrange(2 * DAY_US)
        return decided(decision_id, f"c{self._random.randrange(_CUSTOMERS)}", time_us, **changes)

    def _outcome(self) -> Outcome:
        subject: dict[str, Any] = {"customer_id": f"c{self._random.randrange(_CUSTOMERS)}"}
        if self._random.random() < 0.3:
            subject = {"decision_id": self._random.choice(self.decision_ids)}
        elif self._random.random() < 0.2:
            subject["channel"] = "email"
        return outcome(
            f"o{self._random.randrange(60)}",
            self._random.choice((*HARMS, OutcomeType.CLICK)),
            self._time_us - self._random.randrange(3 * DAY_US),
            revision=self._random.randrange(1000),
            machine=self._random.random() < 0.1,
            **subject,
        )


def counted_by_hand(log: DecisionLog, harm: OutcomeType, after: int) -> tuple[int, int]:
    """Returns the contacts of the policy that count, and of how many something was put down to them."""
    decisions = [one for one in log.read_decisions(PORTFOLIO_ID, 0, 10**6) if _is_contact(one.value)]
    words = {word.value.decision_id: word for word in log.read_activations(PORTFOLIO_ID, 0, 10**6)}
    blamed, seen = set(), set()
    for one in log.read_outcomes(PORTFOLIO_ID, after, 10**6):
        if one.value.type is not harm or one.value.machine or one.value.outcome_id in seen:
            continue
        seen.add(one.value.outcome_id)
        contacts = [contact for contact in decisions if _may_answer(log, one, contact, words)]
        if contacts:
            blamed.add(max(contacts, key=lambda contact: _standing(contact, words, one.position)).value.decision_id)
    counting = [one.value.decision_id for one in decisions if one.position > after and _counts(one.value, words)]
    return len(counting), len(blamed.intersection(counting))


def _is_contact(decision: Decision) -> bool:
    return (decision.decided_by, decision.result, decision.input.is_test) == (DecidedBy.POLICY, Result.CAMPAIGN, False)


def _counts(decision: Decision, words: dict[str, Recorded[Activation]]) -> bool:
    word = words.get(decision.decision_id)
    if word is None:
        return not decision.input.defer_activation
    return word.value.state is ActivationState.SENT


def _standing(contact: Recorded[Decision], words: dict[str, Recorded[Activation]], by: int) -> tuple[bool, int, int]:
    word = words.get(contact.value.decision_id)
    is_known = word is not None and word.position < by
    return is_known or not contact.value.input.defer_activation, contact.value.input.send_time_us, contact.position


def _may_answer(
    log: DecisionLog, one: Recorded[Outcome], contact: Recorded[Decision], words: dict[str, Recorded[Activation]]
) -> bool:
    outcome, asked = one.value, contact.value.input
    word = words.get(contact.value.decision_id)
    if contact.position > one.position:
        return False
    if word is not None and word.position < one.position and word.value.state is not ActivationState.SENT:
        return False
    if outcome.decision_id:
        return outcome.decision_id == contact.value.decision_id
    if outcome.channel and asked.channel and outcome.channel != asked.channel:
        return False
    same = _customer(log, outcome.customer_id, one) == _customer(log, asked.customer_id, one)
    return same and outcome.occur_time_us - 30 * DAY_US <= asked.send_time_us <= outcome.occur_time_us


def _customer(log: DecisionLog, customer_id: str, at: Recorded[Outcome]) -> str:
    """Returns whom an id stands for, by the merges recorded by then; the first word on an id stands."""
    into: dict[str, str] = {}
    for merge in log.read_merges(ORGANIZATION_ID, 0):
        if merge.record_time_us <= at.record_time_us:
            merged, surviving = merge.value.merged_customer_id, merge.value.surviving_customer_id
            if merged not in into and merged not in _chain(into, surviving):
                into[merged] = surviving
    return _chain(into, customer_id)[-1]


def _chain(into: dict[str, str], customer_id: str) -> Sequence[str]:
    chain = [customer_id]
    while chain[-1] in into:
        chain.append(into[chain[-1]])
    return chain
