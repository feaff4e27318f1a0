"""Guardrail tally: what the guardrails of one portfolio read, as a fold of its log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.core.entropy import campaign_entropy
from banditsvc.core.guardrail_counter import GuardrailCounter
from banditsvc.core.guardrail_reading import CountStart, GuardrailReading, Seen
from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.core.outcome import FeedMark, Outcome, OutcomeType
from banditsvc.core.times import SECOND_US
from banditsvc.ports import DecisionLog, Recorded, Watermark
from banditsvc.serving.blamed_contacts import BlamedContacts, is_policy_contact

PAGE = 500
"""Records read at a time, so that requests are answered in between."""
_COUNTED: tuple[Guardrail, ...] = tuple(guardrail for guardrail in Guardrail if guardrail is not Guardrail.SILENCE)
_HARMS = {
    OutcomeType.UNSUBSCRIBE: Guardrail.UNSUBSCRIBE_RATE,
    OutcomeType.COMPLAINT: Guardrail.COMPLAINT_RATE,
}


@dataclass(slots=True)
class _Stream:
    """One kind of record, and how far it has been read."""

    read: Callable[[int], Sequence[Recorded[Any]]]
    take: Callable[[Recorded[Any]], None]
    position: int


class GuardrailTally:
    """Reads a portfolio's log up to a watermark, page by page, and what comes after it later.

    What it reads is a function of the log up to that watermark: it does not depend on how often it looked, so a service
    that starts again reads the same.
    """

    def __init__(
        self,
        log: DecisionLog,
        portfolio_id: str,
        organization_id: str,
        counting: Mapping[Guardrail, CountStart],
        policy_version: int | None = None,
    ) -> None:
        """Starts to read; with a policy_version it counts what that policy decided alone."""
        self.policy_version = policy_version
        self.counting = dict(counting)
        self.read_through: Watermark | None = None
        """How far everything has been read; None before that is so for the first time."""
        self._log = log
        self._target: Watermark | None = None
        self._contacts = BlamedContacts(log, portfolio_id, organization_id)
        self._counters: dict[Guardrail, GuardrailCounter] = {
            name: GuardrailCounter(name, start) for name, start in counting.items() if name in _COUNTED
        }
        self._blamed: set[tuple[Guardrail, str]] = set()
        """Contacts that something was put down to, counted or not. There are few."""
        self._outcome_ids: set[tuple[Guardrail, str]] = set()
        """Of what was put down to a contact or to none: a restatement is no second one."""
        self._heard_us = 0
        """When the newest outcome or feed mark was recorded."""
        self._waiting_us: int | None = None
        """When the first contact since then went out."""
        first = min(start.position for start in counting.values())
        # In this order: what an outcome is put down to is counted, or not, by the activations up to the watermark, and
        # contacts wait for an answer only if none has come since.
        self._streams = (
            _Stream(lambda after: log.read_activations(portfolio_id, after, PAGE), self._take_activation, first),
            _Stream(lambda after: log.read_outcomes(portfolio_id, after, PAGE), self._take_outcome, first),
            _Stream(lambda after: log.read_feed_marks(portfolio_id, after)[:PAGE], self._hear, first),
            _Stream(lambda after: log.read_decisions(portfolio_id, after, PAGE), self._take_decision, first),
        )

    def count_from(self, counting: Mapping[Guardrail, CountStart]) -> bool:
        """Takes other starts over; False where the log has to be read again for that, by another tally.

        What has no other start goes on counting.
        """
        read_position = max(stream.position for stream in self._streams)
        if self._target is not None:
            read_position = max(read_position, self._target.position)
        if any(start.position < read_position for name, start in counting.items() if start != self.counting.get(name)):
            return False
        for name in _COUNTED:
            start = counting.get(name)
            if start == self.counting.get(name):
                continue
            self._counters.pop(name, None)
            self._blamed = {key for key in self._blamed if key[0] is not name}
            self._outcome_ids = {key for key in self._outcome_ids if key[0] is not name}
            if start is not None:
                self._counters[name] = GuardrailCounter(name, start)
        if counting.get(Guardrail.SILENCE) != self.counting.get(Guardrail.SILENCE):
            self._waiting_us = None
        self.counting = dict(counting)
        return True

    def advance(self) -> bool:
        """Reads on for a page or so; returns whether all is read up to a watermark of now, or of a moment ago.

        Raises:
            BanditError: The log cannot be read.
        """
        if self._target is None:
            self._target = self._log.watermark()
        through = self._target.position
        for stream in self._streams:
            if stream.position < through:
                page = stream.read(stream.position)
                for recorded in page:
                    if recorded.position > through:
                        break
                    # Whatever takes one looks things up before it counts: what failed is taken again.
                    stream.take(recorded)
                    stream.position = recorded.position
                if len(page) == PAGE and stream.position < through:
                    return False
                stream.position = through
        self.read_through, self._target = self._target, None
        return True

    def readings(self, false_alarm_chance: float) -> list[GuardrailReading]:
        """Returns what each guardrail reads as of read_through, which must be there."""
        return [
            self._silence(start) if name is Guardrail.SILENCE else self._counters[name].reading(false_alarm_chance)
            for name, start in sorted(self.counting.items())
        ]

    def _silence(self, start: CountStart) -> GuardrailReading:
        assert self.read_through is not None
        waited_us = 0 if self._waiting_us is None else max(0, self.read_through.time_us - self._waiting_us)
        seen = Seen(since_us=self._waiting_us or start.time_us, observed=waited_us / SECOND_US)
        return GuardrailReading(
            guardrail=Guardrail.SILENCE, start=start, seen=seen, evidence=seen.observed / start.limit, strongest=seen
        )

    def _take_decision(self, recorded: Recorded[Decision]) -> None:
        decision, position, time_us = recorded.value, recorded.position, recorded.record_time_us
        if decision.input.is_test or not self._is_counted(decision):
            return
        if is_policy_contact(decision):
            if not decision.input.defer_activation:
                for harm in _HARMS.values():
                    if (counter := self._counters.get(harm)) is not None:
                        # What it is to blame for was counted with the outcome, and that has been read already.
                        counter.count(position, time_us, 0.0)
            self._wait(recorded)
        is_policy = decision.decided_by is DecidedBy.POLICY
        counter = self._counters.get(Guardrail.FALLBACK_SHARE)
        was_to_decide = is_policy or decision.decided_by is DecidedBy.FALLBACK
        is_target = decision.group is AssignmentGroup.OPTIMIZED and bool(decision.eligible)
        if counter is not None and was_to_decide and is_target:
            counter.count(position, time_us, float(not is_policy))
        counter = self._counters.get(Guardrail.ENTROPY)
        if counter is not None and is_policy and (entropy := campaign_entropy(decision)) is not None:
            counter.count(position, time_us, entropy)

    def _take_activation(self, recorded: Recorded[Activation]) -> None:
        """Counts a contact that waited to be sent, and takes one back that was not sent."""
        if not any(name in self._counters for name in _HARMS.values()):
            return
        decision = self._log.get_outline(recorded.value.decision_id)
        if decision is None or not is_policy_contact(decision.value) or not self._is_counted(decision.value):
            return
        is_sent, waited = recorded.value.state is ActivationState.SENT, decision.value.input.defer_activation
        for harm in _HARMS.values():
            counter = self._counters.get(harm)
            if counter is None:
                continue
            value = float((harm, decision.value.decision_id) in self._blamed)
            if waited and is_sent:
                counter.count(decision.position, recorded.record_time_us, value)
            elif not waited and not is_sent:
                counter.take_back(decision.position, decision.record_time_us, value)

    def _take_outcome(self, recorded: Recorded[Outcome]) -> None:
        self._hear(recorded)
        outcome = recorded.value
        harm = _HARMS.get(outcome.type)
        counter = None if harm is None else self._counters.get(harm)
        # As for rewards, what software did is not what the customer did.
        if harm is None or counter is None or outcome.machine or recorded.position <= counter.start.position:
            return
        if (harm, outcome.outcome_id) in self._outcome_ids:
            return
        contact = self._contacts.find(recorded)
        self._outcome_ids.add((harm, outcome.outcome_id))
        if contact is None or (harm, contact.decision.value.decision_id) in self._blamed:
            return
        if not self._is_counted(contact.decision.value):
            return
        decision = contact.decision
        self._blamed.add((harm, decision.value.decision_id))
        word = contact.activation
        assert self._target is not None
        if word is not None and word.position > self._target.position:
            word = None  # it is yet to be read
        if decision.value.input.defer_activation:
            if word is not None and word.value.state is ActivationState.SENT:
                counter.restate(decision.position, word.record_time_us)
        elif word is None or word.value.state is ActivationState.SENT:
            counter.restate(decision.position, decision.record_time_us)

    def _is_counted(self, decision: Decision) -> bool:
        return self.policy_version is None or decision.policy_version == self.policy_version

    def _hear(self, recorded: Recorded[Outcome] | Recorded[FeedMark]) -> None:
        """Ends the silence: all contacts read so far were recorded before this."""
        self._heard_us = max(self._heard_us, recorded.record_time_us)
        self._waiting_us = None

    def _wait(self, contact: Recorded[Decision]) -> None:
        start = self.counting.get(Guardrail.SILENCE)
        if start is None or contact.position <= start.position or contact.record_time_us <= self._heard_us:
            return
        time_us = max(contact.record_time_us, contact.value.input.send_time_us)
        self._waiting_us = time_us if self._waiting_us is None else min(self._waiting_us, time_us)
