"""Enrolling: customers enter the groups of a portfolio and of its organization, whether they are ranked or not."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from banditsvc.core.assignment import AssignedGroup
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.errors import BanditError, FailedPrecondition
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import DecisionLog
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.contact_book import ContactBook

_Entry = tuple[str, str, tuple[AssignedGroup, ...]]
"""assignment_key, channel and draws: who has entered by these has done so for good."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An enrollment with its draws, and the group that follows."""

    place: int
    enrollment: Enrollment
    group: AssignmentGroup

    @property
    def entry(self) -> _Entry:
        return _entry(self.enrollment)


class Enroller:
    """Answers EnrollCustomers. Enrolling again is harmless: as long as the groups stand, nothing more is stored."""

    def __init__(
        self, active: ActivePortfolios, log: DecisionLog, committer: GroupCommitter, *, book: ContactBook
    ) -> None:
        self._active = active
        self._log = log
        self._committer = committer
        self._book = book
        self._turn = asyncio.Lock()
        """One call at a time: what one has found to be new, no other may store before it."""

    async def enroll(self, enrollments: Sequence[Enrollment]) -> list[AssignmentGroup | BanditError]:
        """Draws the group of each customer, the same that Rank draws, and stores who is new.

        Args:
            enrollments: Customers of one portfolio, with an assignment_key or without, and without draws.

        Errors, one per customer: NotFound (portfolio), InvalidRequest (no channel where groups are by channel),
        FailedPrecondition (nobody is divided into groups), LogUnavailable, RecordDamaged.
        """
        return await asyncio.shield(asyncio.ensure_future(self._enroll(enrollments)))

    async def _enroll(self, enrollments: Sequence[Enrollment]) -> list[AssignmentGroup | BanditError]:
        answers: list[AssignmentGroup | BanditError | None] = [None] * len(enrollments)
        drawn: list[_Drawn] = []
        for place, enrollment in enumerate(enrollments):
            try:
                drawn.append(self._draw(place, enrollment))
                answers[place] = drawn[-1].group
            except BanditError as error:
                answers[place] = error
        try:
            async with self._turn:
                fresh = self._fresh(drawn)
                if fresh:
                    await self._committer.append(fresh)
        except BanditError as error:
            for one in drawn:
                answers[one.place] = error
        return [answer for answer in answers if answer is not None]

    def _draw(self, place: int, enrollment: Enrollment) -> _Drawn:
        active = self._active.get(enrollment.portfolio_id)
        given = enrollment.customer_id
        customer_id = self._book.merges.of(enrollment.organization_id).survivor(given)
        key = "" if enrollment.assignment_key in (given, customer_id) else enrollment.assignment_key
        assigned = active.assign(key or customer_id, enrollment.channel)
        if not assigned.draws:
            scope = f" on channel {enrollment.channel!r}" if enrollment.channel else ""
            raise FailedPrecondition(
                "NO_GROUPS",
                f"neither portfolio {enrollment.portfolio_id!r} nor its organization divides customers into groups"
                f"{scope}: set assignments first",
            )
        named = replace(enrollment, customer_id=customer_id, assignment_key=key, draws=assigned.draws)
        return _Drawn(place, named, assigned.group)

    def _fresh(self, drawn: Sequence[_Drawn]) -> list[Enrollment]:
        """Returns those that are not on record, each once."""
        if not drawn:
            return []
        portfolio_id = drawn[0].enrollment.portfolio_id
        known: defaultdict[str, set[_Entry]] = defaultdict(set)
        for recorded in self._log.enrollments_of(portfolio_id, [one.enrollment.customer_id for one in drawn]):
            known[recorded.value.customer_id].add(_entry(recorded.value))
        fresh: list[Enrollment] = []
        for one in drawn:
            entries = known[one.enrollment.customer_id]
            if one.entry not in entries:
                entries.add(one.entry)
                fresh.append(one.enrollment)
        return fresh


def _entry(enrollment: Enrollment) -> _Entry:
    return enrollment.assignment_key, enrollment.channel, enrollment.draws
