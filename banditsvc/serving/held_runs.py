"""Held runs: which audiences' runs hold the counters of contacts, by organization."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from banditsvc.core.audience_run import AudienceRun, AudienceRunState
from banditsvc.core.errors import FailedPrecondition
from banditsvc.core.run_terms import RunTerms
from banditsvc.serving.resources import Resources


class HeldRuns:
    """A view of the log's runs, and ahead of it by one that is about to begin."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._held: dict[str, AudienceRun] = {}
        """By organization_id."""
        self._beginning: dict[str, RunTerms] = {}
        """By organization_id."""
        resources.watch(self._changed)

    def holds(self, organization_id: str) -> bool:
        """Returns whether the counters of an organization's contacts are a run's."""
        return organization_id in self._held or organization_id in self._beginning

    def holder(self, organization_id: str) -> AudienceRun | None:
        """Returns the run that holds the counters of an organization."""
        return self._held.get(organization_id)

    def all(self) -> list[AudienceRun]:
        """Returns all runs that hold counters."""
        return list(self._held.values())

    @contextmanager
    def beginning(self, organization_id: str, terms: RunTerms) -> Iterator[None]:
        """Holds the counters and the occasion of a run from now on, and on the way out as the log then says.

        What was decided before is on its way to the log already, and so before the record of a run that is appended within.
        """
        self._beginning[organization_id] = terms
        try:
            yield
        finally:
            del self._beginning[organization_id]

    def check_occasion(self, portfolio_id: str, occasion: str) -> None:
        """Refuses to decide for an occasion that a run is deciding for: a customer has one decision on an occasion.

        Raises:
            FailedPrecondition: A run of the portfolio has it, or is about to.
        """
        if not occasion:
            return
        for terms in (*[run.terms for run in self._held.values()], *self._beginning.values()):
            if (terms.portfolio_id, terms.occasion) == (portfolio_id, occasion):
                raise FailedPrecondition(
                    "OCCASION_IN_RUN",
                    f"run {terms.run_id!r} is deciding for occasion {occasion!r}: repeat the request when it has ended",
                )

    def _changed(self, portfolio_id: str) -> None:
        state = self._resources.state(portfolio_id)
        organization_id = state.portfolio.value.organization_id
        held = [
            records[-1].value
            for records in state.audience_runs.values()
            if records[-1].value.state is AudienceRunState.HELD
        ]
        known = self._held.get(organization_id)
        if held:
            self._held[organization_id] = held[-1]
        elif known is not None and known.portfolio_id == portfolio_id:
            del self._held[organization_id]
