"""A round of outcomes: those of one call, which are stored together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from banditsvc.core.consent import Consent
from banditsvc.core.errors import BanditError, LogUnavailable
from banditsvc.core.outcome import Outcome, OutcomeStatus
from banditsvc.serving.joining import JOINING
from banditsvc.serving.pending import Pending
from banditsvc.serving.reward_call import RewardAnswer
from banditsvc.serving.reward_terms import OutcomeKey


@dataclass(slots=True)
class RewardRound:
    """What became of them so far."""

    answers: list[RewardAnswer | BanditError | None]
    """One for each, None until it is known."""
    stored: asyncio.Future[None]
    """Done once the fresh ones are stored, or could not be."""
    pending: Pending
    """Gets the fresh ones, until they are stored or could not be."""
    fresh: list[tuple[int, OutcomeKey, Outcome]] = field(default_factory=list)
    """Those to be stored, with their places."""
    denials: list[Consent] = field(default_factory=list)
    """What they say of consent."""
    repeats: list[tuple[int, asyncio.Future[None]]] = field(default_factory=list)
    """Places of those that are the same as others on their way to the log, and what they wait for."""

    def add(self, index: int, key: OutcomeKey, outcome: Outcome, answer: RewardAnswer) -> None:
        """Takes a fresh outcome in."""
        self.pending.outcomes.setdefault(key, []).append((outcome, self.stored))
        self.fresh.append((index, key, outcome))
        self.answers[index] = answer

    def add_plain(
        self,
        places: range,
        keys: Sequence[OutcomeKey],
        outcomes: Sequence[Outcome],
        statuses: Sequence[OutcomeStatus | None],
    ) -> None:
        """Takes outcomes in that are plain, none of them pending, with their statuses: see RewardTerms."""
        stored = self.stored
        self.pending.outcomes.update({key: [(outcome, stored)] for key, outcome in zip(keys, outcomes, strict=True)})
        self.fresh += zip(places, keys, outcomes, strict=True)
        self.answers[places.start : places.stop] = [
            RewardAnswer(status, outcome.outcome_id, (outcome.decision_id,) if status in JOINING else ())
            for outcome, status in zip(outcomes, statuses, strict=True)
            if status is not None
        ]

    def settle(self, failure: LogUnavailable | None) -> None:
        """Tells those who wait for the fresh ones that they are stored, or why they are not."""
        pending = self.pending.outcomes
        for _, key, outcome in self.fresh:
            waiting = pending[key]
            if len(waiting) == 1:
                del pending[key]
            else:
                waiting.remove((outcome, self.stored))
        if failure is None:
            self.stored.set_result(None)
        else:
            self.stored.set_exception(failure)
            self.stored.exception()
