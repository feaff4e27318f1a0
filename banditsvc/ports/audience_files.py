"""The files of audiences: where runs put their parts."""

from __future__ import annotations

from typing import Protocol

from banditsvc.core.audience_part import AudiencePart


class AudienceFiles(Protocol):
    """The part files of a data directory, before they are in the log."""

    def describe(self, run_id: str, number: int, organization_id: str) -> AudiencePart:
        """Returns what the log is to say of a part, from its file, which was looked through and is on disk (fsync).

        Raises:
            FailedPrecondition: There is no such file, or it is no part of this run: PART_MISSING, PART_DAMAGED.
        """
        ...
