"""Known merges: which customer each id stands for, as the log has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from banditsvc.core.errors import BanditError
from banditsvc.core.merges import Merges
from banditsvc.ports import DecisionLog


@dataclass(slots=True)
class _Known:
    """The merges of one organization."""

    merges: Merges = field(default_factory=Merges)
    position: int = 0
    """Of the last one that was read."""
    is_outdated: bool = True
    """Whether the log may have more."""


class KnownMerges:
    """A view of the log's merges: those of an organization are read when first asked for, and held in memory.

    Whoever commits more makes it outdated, and who asks next has the new ones read.
    """

    def __init__(self, log: DecisionLog) -> None:
        self._log = log
        self._known: dict[str, _Known] = {}
        self.has_any = False
        """Whether any merge was read at all, of whatever organization: where none was, nobody need look."""

    def of(self, organization_id: str) -> Merges:
        """Returns the merges of an organization.

        Raises:
            BanditError: They cannot be read now.
        """
        known = self._known.get(organization_id)
        if known is None or known.is_outdated:
            known = self._read(organization_id)
        return known.merges

    def load(self, organization_ids: Iterable[str]) -> dict[str, BanditError]:
        """Brings the merges of organizations up to date; returns what went wrong, by organization."""
        failed: dict[str, BanditError] = {}
        for organization_id in organization_ids:
            try:
                self.of(organization_id)
            except BanditError as error:
                failed[organization_id] = error
        return failed

    def survivor(self, organization_id: str, customer_id: str) -> str:
        """Returns the customer that an id stands for, by the merges that were read; reads none."""
        known = self._known.get(organization_id)
        return customer_id if known is None or not known.merges else known.merges.survivor(customer_id)

    def outdate(self, organization_id: str) -> None:
        """Makes the next one who asks have further merges read: some were committed, or may have been."""
        self._known.setdefault(organization_id, _Known()).is_outdated = True

    def _read(self, organization_id: str) -> _Known:
        known = self._known.setdefault(organization_id, _Known())
        for recorded in self._log.read_merges(organization_id, known.position):
            known.merges.add(recorded.record_time_us, recorded.value)
            self.has_any = True
            known.position = recorded.position
        known.is_outdated = False
        return known
