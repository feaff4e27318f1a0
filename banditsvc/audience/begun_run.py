"""Begun runs: what a run is held to by the service, and the calls that it makes there."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from banditsvc.audience.part_job import DecidedPart
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.core.run_terms import RunTerms
from banditsvc.serving.active_portfolio import ActivePortfolio


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunRun:
    """A run as the service has begun it, the first time or again."""

    terms: RunTerms
    position: int
    """Of the log, as of which settings hold."""
    counters_position: int
    """Of the log, up to which contacts and consents count."""
    model_version: str
    committed_parts: int = 0
    """Parts that are in the log already."""


class RunService(Protocol):
    """What enters the parts of a run in the log; a plan enters nothing."""

    @property
    def begun(self) -> BegunRun:
        """Returns what the run is held to."""
        ...

    def commit(self, part: DecidedPart) -> None:
        """Enters a part, whose file is in its place, in the log; again does nothing.

        Raises:
            BanditError: The service refuses it.
        """
        ...

    def put_prices(self, prices: PortfolioPrices, active: ActivePortfolio) -> None:
        """Puts the prices of the run to work in the service too, where its settings are still those of the run.

        Raises:
            BanditError: The service refuses them.
        """
        ...

    def renewed(self) -> AbstractContextManager[None]:
        """Holds the lease for as long as a block lasts."""
        ...
