"""Audience runs: one after another the parts of an audience are decided, while a lease keeps the contact counters still."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from banditsvc.core.run_terms import RunTerms


class AudienceRunState(IntEnum):
    """Where a run stands."""

    HELD = 1
    """It holds the lease."""
    LAPSED = 2
    """It has not renewed its lease in time: others go on, and it may take the lease again."""
    ENDED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceRun:
    """A run as it stands from one record of the log on; the newest of a run_id counts."""

    terms: RunTerms
    """As of its first beginning."""
    state: AudienceRunState
    begin_position: int = 0
    """Of the first record of the run, as of which settings hold; 0 in that record itself."""
    organization_version: int
    portfolio_version: int
    """Version of the settings that it decides with, likewise those that follow."""
    policy_version: int
    catalogue_version: int
    model_version: str

    @property
    def portfolio_id(self) -> str:
        """Returns the portfolio."""
        return self.terms.portfolio_id

    @property
    def run_id(self) -> str:
        """Returns the run."""
        return self.terms.run_id
