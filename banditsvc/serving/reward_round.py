"""A round of outcomes: those of one call, which are stored together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from banditsvc.core.consent import Consent
from banditsvc.core.errors import BanditError, LogUnavailable
from banditsvc.core.outcome import Outcome, OutcomeStatus
from banditsvc.serving.joining import JOINING
from banditsvc.serving.pending import OutcomeKey, Pending, PostedOutcomes
from banditsvc.serving.reward_call import RewardAnswer, RewardCall

_STRETCH_WEIGHT = 250
"""Weight of the outcomes that are looked at before others get their turn."""
_CUSTOMER_WEIGHT = 50
"""Weight of an outcome that names no decision: its customer may have many to look through. Any other has 1."""
# What its own _make does, without a Python function for each.
_answer_of: Callable[[tuple[Any, ...]], RewardAnswer] = partial(tuple.__new__, RewardAnswer)


@dataclass(slots=True)
class RewardRound:
    """What became of them so far."""

    answers: list[RewardAnswer | BanditError | None]
    """One for each, None until it is known."""
    pending: Pending
    """Gets the fresh ones, until they are stored or could not be."""
    posted: PostedOutcomes
    """The fresh ones, as they are pending."""
    fresh: list[Outcome] = field(default_factory=list)
    """Those to be stored, in order."""
    fresh_places: list[int] = field(default_factory=list)
    """Theirs among the answers."""
    may_be_known: bool = False
    """Whether some of these may be in the log already, of which its commit tells."""
    denials: list[Consent] = field(default_factory=list)
    """What they say of consent."""
    repeats: list[tuple[int, asyncio.Future[None]]] = field(default_factory=list)
    """Places of those that are the same as others on their way to the log, and what they wait for."""

    def add(self, index: int, key: OutcomeKey, outcome: Outcome, answer: RewardAnswer) -> None:
        """Takes a fresh outcome in."""
        posted = self.posted
        if key not in posted.revisions:
            self.pending.outcomes[key] = (*self.pending.outcomes.get(key, ()), posted)
        posted.revisions[key] = (*posted.revisions.get(key, ()), outcome)
        self.fresh.append(outcome)
        self.fresh_places.append(index)
        self.answers[index] = answer

    def add_plain(
        self,
        places: range,
        keys: Sequence[OutcomeKey],
        outcomes: Sequence[Outcome],
        statuses: Sequence[OutcomeStatus | None],
    ) -> None:
        """Takes outcomes in that are plain, none of them pending, with their statuses: see RewardTerms."""
        self.pending.outcomes.update(dict.fromkeys(keys, (self.posted,)))
        self.posted.revisions.update(zip(keys, zip(outcomes, strict=True), strict=True))
        self.fresh += outcomes
        self.fresh_places += places
        ids = [outcome_id for _, outcome_id in keys]
        joined = [
            (outcome.decision_id,) if status in JOINING else ()
            for outcome, status in zip(outcomes, statuses, strict=True)
        ]
        self.answers[places.start : places.stop] = map(_answer_of, zip(statuses, ids, joined, strict=True))

    def settle(self, failure: LogUnavailable | None) -> None:
        """Tells those who wait for the fresh ones that they are stored, or why they are not."""
        pending, stored = self.pending.outcomes, self.posted.stored
        for key in self.posted.revisions:
            posted = pending.pop(key)
            if len(posted) > 1:
                pending[key] = tuple(one for one in posted if one is not self.posted)
        if failure is None:
            stored.set_result(None)
            return
        for index in self.fresh_places:
            self.answers[index] = failure
        stored.set_exception(failure)
        stored.exception()


def stretches(calls: Sequence[RewardCall]) -> Iterator[range]:
    """Gives the places of the outcomes that are looked at before others get their turn."""
    start = weight = 0
    for place, call in enumerate(calls):
        weight += 1 if call.outcome.decision_id else _CUSTOMER_WEIGHT
        if weight >= _STRETCH_WEIGHT:
            yield range(start, place + 1)
            start, weight = place + 1, 0
    if start < len(calls):
        yield range(start, len(calls))
