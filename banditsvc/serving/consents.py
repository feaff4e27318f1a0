"""Consents: what customers have agreed to and refused, on record for all portfolios of an organization."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from banditsvc.core.consent import Consent
from banditsvc.core.errors import BanditError, LogUnavailable, RecordDamaged
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Clock, DecisionLog
from banditsvc.serving.contact_book import ContactBook, Customer
from banditsvc.serving.resources import Resources

_READ_AT_ONCE = 20
"""Customers whose words are read at a stretch; in between others have their turn."""


class Consents:
    """Answers BatchRecordConsents and GetConsents. What is recorded holds from the next Rank on."""

    def __init__(
        self, resources: Resources, log: DecisionLog, committer: GroupCommitter, clock: Clock, *, book: ContactBook
    ) -> None:
        self._resources = resources
        self._log = log
        self._committer = committer
        self._clock = clock
        self._book = book

    async def record(self, words: Sequence[Consent]) -> list[BanditError | None]:
        """Stores words; one that is on record already, with its time, is not stored again.

        A time ahead of the service's clock is taken as now: until then, the word would beat every later one.

        Errors, one per word: NotFound (organization), RecordDamaged, LogUnavailable.
        """
        return await asyncio.shield(asyncio.ensure_future(self._record(words)))

    def on_record(self, organization_id: str, customer_id: str) -> list[Consent]:
        """Returns the latest word on each purpose and channel, by purpose, then by channel.

        Words under an id that was merged are the surviving customer's.

        Raises:
            NotFound: There is no such organization.
            RecordDamaged: A record cannot be read.
        """
        self._resources.organization(organization_id)
        latest: dict[tuple[str, str], Consent] = {}
        for recorded in self._log.consents_of(
            organization_id, self._book.merges.of(organization_id).family(customer_id)
        ):
            word = self._named(recorded.value)
            known = latest.setdefault((word.purpose, word.channel), word)
            if (word.consent_time_us, word.state) > (known.consent_time_us, known.state):
                latest[word.purpose, word.channel] = word
        return [latest[key] for key in sorted(latest)]

    async def _record(self, words: Sequence[Consent]) -> list[BanditError | None]:
        now_us = self._clock.now_us()
        words = [word if word.consent_time_us <= now_us else replace(word, consent_time_us=now_us) for word in words]
        try:
            words = [self._named(word) for word in words]
        except BanditError as error:
            return [error] * len(words)
        customers = dict.fromkeys((word.organization_id, word.customer_id) for word in words)
        known: dict[Customer, set[Consent] | BanditError] = {}
        for start in range(0, len(customers), _READ_AT_ONCE):
            if start:
                await asyncio.sleep(0)
            known |= self._known(list(customers)[start : start + _READ_AT_ONCE])
        answers: list[BanditError | None] = [None] * len(words)
        fresh: list[tuple[int, Consent]] = []
        for index, word in enumerate(words):
            on_record = known[word.organization_id, word.customer_id]
            if isinstance(on_record, BanditError):
                answers[index] = on_record
            elif word not in on_record:
                on_record.add(word)
                fresh.append((index, word))
        if fresh:
            await self._store(fresh, answers)
        return answers

    def _named(self, word: Consent) -> Consent:
        """Returns a word as that of the customer whom the id in it stands for."""
        survivor = self._book.merges.of(word.organization_id).survivor(word.customer_id)
        return word if survivor == word.customer_id else replace(word, customer_id=survivor)

    def _known(self, customers: Sequence[Customer]) -> dict[Customer, set[Consent] | BanditError]:
        """Returns what is on record for each customer, or why that cannot be said."""
        ids: dict[str, list[str]] = {}
        for organization_id, customer_id in customers:
            ids.setdefault(organization_id, []).append(customer_id)
        known: dict[Customer, set[Consent] | BanditError] = {}
        for organization_id, customer_ids in ids.items():
            known |= self._read(organization_id, customer_ids)
        return known

    def _read(self, organization_id: str, customer_ids: Sequence[str]) -> dict[Customer, set[Consent] | BanditError]:
        found: dict[Customer, set[Consent]] = {(organization_id, customer_id): set() for customer_id in customer_ids}
        try:
            self._resources.organization(organization_id)
            merges = self._book.merges.of(organization_id)
            ids = [one for customer_id in customer_ids for one in merges.family(customer_id)]
            for recorded in self._log.consents_of(organization_id, ids):
                word = self._named(recorded.value)
                found[organization_id, word.customer_id].add(word)
        except BanditError as error:
            if not isinstance(error, RecordDamaged) or len(customer_ids) == 1:
                return dict.fromkeys(found, error)
        else:
            return dict(found)
        # Somebody's record is damaged, which is to harm nobody else.
        each = [self._read(organization_id, [customer_id]) for customer_id in customer_ids]
        return {customer: answer for one in each for customer, answer in one.items()}

    async def _store(self, fresh: Sequence[tuple[int, Consent]], answers: list[BanditError | None]) -> None:
        try:
            await self._committer.append([word for _, word in fresh])
        except LogUnavailable as error:
            for index, _ in fresh:
                answers[index] = error
        # Also after a failure: it may not be known whether the commit was made.
        for _, word in fresh:
            self._book.consented((word.organization_id, word.customer_id))
