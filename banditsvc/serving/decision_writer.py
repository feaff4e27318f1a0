"""Writing decisions: into the log, with the words on what they supersede, and to those who wait for them."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.activation import Activation
from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.errors import BanditError, LogUnavailable
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Commit, DecisionLog, LogRecord, Recorded
from banditsvc.serving.pending import Pending
from banditsvc.serving.superseding import Superseder


class DecisionWriter:
    """Stores what the Ranker decides; from the moment an id is taken, one of its two methods gives it back."""

    def __init__(self, log: DecisionLog, committer: GroupCommitter, pending: Pending, superseder: Superseder) -> None:
        self._log = log
        self._committer = committer
        self._pending = pending
        self._superseder = superseder

    def fail(self, decision_id: str, asked: RankInput, error: BanditError) -> None:
        """Gives back the id of a request that was not decided, or whose decision was not stored."""
        self._pending.fail(decision_id, asked, error)
        if asked.supersedes:
            self._superseder.settle(asked.supersedes, error)

    async def store(self, decisions: Sequence[Decision]) -> list[Recorded[Decision] | BanditError]:
        """Logs decisions in one commit and returns those that stand: another one where the id was in the log already.

        Where that one cannot be read, what is wrong stands in its place, and the id is given back.

        Raises:
            LogUnavailable: They were not stored, or it is not known whether they were; all are given back.
        """
        records: list[LogRecord] = []
        places = []
        for decision in decisions:
            places.append(len(records))
            records.append(decision)
            if decision.input.supersedes:
                records.append(self._superseder.record(decision))
        try:
            commit = await self._committer.append(records)
        except LogUnavailable as error:
            for decision in decisions:
                self.fail(decision.decision_id, decision.input, error)
            raise
        return [
            self._stored(decision, records, commit, place) for decision, place in zip(decisions, places, strict=True)
        ]

    def _stored(
        self, decision: Decision, records: Sequence[LogRecord], commit: Commit, place: int
    ) -> Recorded[Decision] | BanditError:
        position = commit.positions[place]
        try:
            stored = (
                Recorded(position, commit.record_time_us, decision)
                if position is not None
                else self._log.get_decision(decision.decision_id)
            )
        except BanditError as error:
            self.fail(decision.decision_id, decision.input, error)
            return error
        assert stored is not None, "a record that was skipped is in the log"
        self._pending.give(decision.decision_id, decision.input, stored)
        if decision.input.supersedes:
            word = records[place + 1]
            assert isinstance(word, Activation)
            self._superseder.settle(
                decision.input.supersedes, Recorded(commit.positions[place + 1] or 0, commit.record_time_us, word)
            )
        return stored
