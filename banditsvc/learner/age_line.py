"""Age line: the decisions that come to one age, in log order, as far as they are closed there."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import compress

from banditsvc.core.choice import Choice
from banditsvc.core.settle import SettleTerms
from banditsvc.learner.lessons import DecisionLesson, Lessons
from banditsvc.maturing import aged_batch, ages_of, terms_at
from banditsvc.ports import DecisionLog, Lineage, Recorded
from banditsvc.settling import SettledDecision, SettleLimit, is_open

Taught = tuple[SettledDecision, DecisionLesson | None]
"""A decision and what is learned of it: None where that is nothing."""


class AgeLine:
    """A place in the log at one age, and what comes next there."""

    def __init__(self, log: DecisionLog, lineage: Lineage, lessons: Lessons, age: int, position: int) -> None:
        self._log = log
        self._portfolio_id = lineage.portfolio_id
        self._learner = lineage.learner
        self._lessons = lessons
        self.age = age
        """Place among the ages."""
        self.position = position
        """Of the decision taken last."""
        self._waiting: deque[Taught] = deque()
        self._open_head: Recorded[Choice] | None = None
        self._ends_at: SettleLimit | None = None
        """Limit at which nothing more was closed."""

    def look(self, terms: SettleTerms, limit: SettleLimit, count: int) -> None:
        """Sees to it that the next decision is known, if one is closed at the limit; reads at most count at a time."""
        if self._waiting or self._ends_at == limit:
            return
        mine = terms_at(terms, ages_of(self._learner)[self.age])
        if self._open_head is not None and is_open(self._log, mine, self._open_head, limit):
            self._ends_at = limit
            return
        batch = aged_batch(
            self._log,
            self._portfolio_id,
            self._learner,
            terms,
            age=self.age,
            after=self.position,
            limit=limit,
            count=count,
        )
        self._waiting.extend(self._taught(batch.settled))
        self._open_head = batch.open_head
        if not batch.settled:
            self._ends_at = limit

    def peek(self) -> SettledDecision | None:
        """Returns the next decision, None where it is not closed."""
        return self._waiting[0][0] if self._waiting else None

    def take(self, count: int = 1) -> list[Taught]:
        """Returns the next decisions that are known, at most count, and moves on."""
        taken = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
        if taken:
            self.position = taken[-1][0].recorded.position
        return taken

    def _taught(self, decisions: Sequence[SettledDecision]) -> list[Taught]:
        learned = [_is_learned(aged) for aged in decisions]
        lessons = iter(self._lessons.of([aged.recorded for aged in compress(decisions, learned)]))
        return [
            (aged, next(lessons) if is_learned else None) for aged, is_learned in zip(decisions, learned, strict=True)
        ]


def _is_learned(aged: SettledDecision) -> bool:
    """Returns whether something of it is learned, or taken back."""
    return aged.reward is not None or (len(aged.gains) > 1 and aged.gains[-2] is not None)


def next_line(lines: list[AgeLine]) -> AgeLine | None:
    """Returns the line whose next decision is first in order of due time, the youngest age first; None without any.

    Due times are functions of the log, and what is open at a moment is due after it. So the order in which decisions
    are taken from the lines is one and the same, however often somebody looks: and in it each decision comes to an age
    before it comes to the next one.
    """
    first, first_us = None, 0
    for line in lines:
        aged = line.peek()
        if aged is None:
            continue
        due_us = aged.settlement.due_us
        if first is None or due_us < first_us or (due_us == first_us and line.age < first.age):
            first, first_us = line, due_us
    return first
