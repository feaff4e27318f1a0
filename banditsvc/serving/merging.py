"""Merging: two ids of an organization turn out to be one customer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.errors import BanditError, FailedPrecondition
from banditsvc.core.merges import Merges
from banditsvc.group_commit import GroupCommitter
from banditsvc.serving.contact_book import ContactBook


@dataclass(frozen=True, slots=True)
class MergeAnswer:
    """What a merge came to."""

    surviving_customer_id: str
    """Customer that the merged id stands for now."""
    is_repeat: bool
    """Whether it had been made before."""


MOST_IDS = 100
"""Ids of one customer. Whoever asks for a customer looks for what was decided and ordered under each of them."""


class Merger:
    """Answers MergeCustomers. From the answer on, everything that names a merged id means the surviving customer."""

    def __init__(self, committer: GroupCommitter, *, book: ContactBook) -> None:
        self._committer = committer
        self._book = book
        self._turn = asyncio.Lock()
        """One call at a time: what one has checked, no other may change before it is stored."""

    async def merge(self, organization_id: str, merges: Sequence[CustomerMerge]) -> list[MergeAnswer | BanditError]:
        """Makes merges, which are all of one organization, in one commit. They behave like calls in a row.

        Errors, one per merge: FailedPrecondition (the id was merged into another customer, or the surviving one into
        it, or they would be too many), LogUnavailable, RecordDamaged. What is refused changes nothing.
        """
        return await asyncio.shield(asyncio.ensure_future(self._merge(organization_id, merges)))

    async def _merge(self, organization_id: str, merges: Sequence[CustomerMerge]) -> list[MergeAnswer | BanditError]:
        async with self._turn:
            try:
                draft = _Draft(self._book.merges.of(organization_id))
            except BanditError as error:
                return [error] * len(merges)
            answers = [draft.take(merge) for merge in merges]
            if not draft.fresh:
                return answers
            try:
                await self._committer.append(draft.fresh)
            except BanditError as error:
                # Repeats and refusals too may rest on what was not stored.
                answers = [error] * len(merges)
            # Also after a failure: it may not be known whether the commit was made.
            ids = {name for one in draft.fresh for name in (one.merged_customer_id, one.surviving_customer_id)}
            self._book.merged(organization_id, ids)
            return answers


class _Draft:
    """Merges that are on record, and those that are about to be."""

    def __init__(self, merges: Merges) -> None:
        self._merges = merges
        self.fresh: list[CustomerMerge] = []
        """What is to be stored."""
        self._into: dict[str, str] = {}
        """Surviving id of each."""
        self._counts: dict[str, int] = {}
        """Ids of each survivor of them, itself included."""

    def take(self, merge: CustomerMerge) -> MergeAnswer | BanditError:
        """Notes a merge to be stored, unless it stands already or cannot be made; returns its answer."""
        merged = merge.merged_customer_id
        survivor = self._survivor(merge.surviving_customer_id)
        stands_for = self._survivor(merged)
        if survivor == merged:
            return FailedPrecondition(
                "MERGED_THE_OTHER_WAY",
                f"customer {merge.surviving_customer_id!r} is merged into {merged!r} already, which stays the survivor",
            )
        if stands_for == survivor:
            return MergeAnswer(survivor, is_repeat=True)
        if stands_for != merged:
            return FailedPrecondition(
                "ALREADY_MERGED",
                f"customer {merged!r} is merged into {stands_for!r} already; if all are one customer, merge"
                f" {stands_for!r} and {survivor!r}",
            )
        count = self._count(merged) + self._count(survivor)
        if count > MOST_IDS:
            return FailedPrecondition(
                "TOO_MANY_IDS",
                f"customer {survivor!r} would have {count:,} ids and may have {MOST_IDS}: so many are hardly one person",
            )
        self._counts[survivor] = count
        self._into[merged] = survivor
        self.fresh.append(
            CustomerMerge(
                organization_id=merge.organization_id,
                merged_customer_id=merged,
                surviving_customer_id=survivor,
                reason=merge.reason,
            )
        )
        return MergeAnswer(survivor, is_repeat=False)

    def _count(self, survivor: str) -> int:
        return self._counts.get(survivor) or len(self._merges.family(survivor))

    def _survivor(self, customer_id: str) -> str:
        customer_id = self._merges.survivor(customer_id)
        while customer_id in self._into:
            customer_id = self._merges.survivor(self._into[customer_id])
        return customer_id
