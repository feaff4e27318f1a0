"""On bad row: what a run does about a row that it cannot use."""

from __future__ import annotations

from enum import StrEnum


class OnBadRow(StrEnum):
    """What a run does about a row that it cannot use."""

    STOP = "stop"
    REJECT = "reject"
