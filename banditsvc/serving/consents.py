"""Consents: what customers have agreed to and refused, on record for all portfolios of an organization."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from banditsvc.core.consent import Consent
from banditsvc.core.errors import BanditError, LogUnavailable
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import DecisionLog
from banditsvc.serving.contact_book import ContactBook
from banditsvc.serving.resources import Resources


class Consents:
    """Answers BatchRecordConsents and GetConsents. What is recorded holds from the next Rank on."""

    def __init__(self, resources: Resources, log: DecisionLog, committer: GroupCommitter, *, book: ContactBook) -> None:
        self._resources = resources
        self._log = log
        self._committer = committer
        self._book = book

    async def record(self, words: Sequence[Consent]) -> list[BanditError | None]:
        """Stores words; one that is on record already, with its time, is not stored again.

        Errors, one per word: NotFound (organization), RecordDamaged, LogUnavailable.
        """
        return await asyncio.shield(asyncio.ensure_future(self._record(words)))

    def on_record(self, organization_id: str, customer_id: str) -> list[Consent]:
        """Returns the latest word on each purpose and channel, by purpose, then by channel.

        Raises:
            NotFound: There is no such organization.
            RecordDamaged: A record cannot be read.
        """
        self._resources.organization(organization_id)
        latest: dict[tuple[str, str], Consent] = {}
        for recorded in self._log.consents_of(organization_id, [customer_id]):
            word = recorded.value
            known = latest.setdefault((word.purpose, word.channel), word)
            if (word.consent_time_us, word.state) > (known.consent_time_us, known.state):
                latest[word.purpose, word.channel] = word
        return [latest[key] for key in sorted(latest)]

    async def _record(self, words: Sequence[Consent]) -> list[BanditError | None]:
        answers: list[BanditError | None] = [None] * len(words)
        fresh: list[tuple[int, Consent]] = []
        for index, word in enumerate(words):
            try:
                self._resources.organization(word.organization_id)
                known = self._log.consents_of(word.organization_id, [word.customer_id])
            except BanditError as error:
                answers[index] = error
            else:
                if word not in [recorded.value for recorded in known] and word not in [one for _, one in fresh]:
                    fresh.append((index, word))
        if fresh:
            await self._store(fresh, answers)
        return answers

    async def _store(self, fresh: Sequence[tuple[int, Consent]], answers: list[BanditError | None]) -> None:
        try:
            await self._committer.append([word for _, word in fresh])
        except LogUnavailable as error:
            for index, _ in fresh:
                answers[index] = error
        # Also after a failure: it may not be known whether the commit was made.
        for _, word in fresh:
            self._book.forget_customer((word.organization_id, word.customer_id))
