"""What a policy on trial has brought over the one at work, from the log."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from banditsvc.core.errors import FailedPrecondition
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.log_file import read_log_file
from banditsvc.reports.joined_between import joined_between, merges_of
from banditsvc.serving.stored_settings import StoredSettings
from offline_eval.challenge import COLUMNS, Evidence, evidence_of, read_both


def challenge_of_log(
    path: str | Path,
    portfolio_id: str,
    *,
    budget: float,
    precision: float,
    least_decisions: int,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> tuple[TrafficSplit, Evidence]:
    """Returns the trial that is on, and its evidence at the present share; the service may go on meanwhile.

    Args:
        path: Data directory of the service, or its log file; read only.
        portfolio_id: The portfolio.
        budget: As for evidence_of, and so precision and least_decisions.
        precision: See budget.
        least_decisions: See budget.
        progress: Told again and again how many decisions were read, and how many there are at most.

    Raises:
        NotFound: There is no such portfolio.
        FailedPrecondition: No policy is on trial.
        StoreError: There is no log, or it cannot be read.
    """
    with closing(read_log_file(path)) as log:
        settings = StoredSettings()
        for recorded in log.read_resources(0):
            settings.fold(recorded)
        state = settings.state(portfolio_id)
        if state.split is None or state.challenge is None:
            raise FailedPrecondition("NO_TRIAL", f"no policy of portfolio {portfolio_id!r} is on trial")
        merges = merges_of(log, state.portfolio.value.organization_id)
        since_us = state.challenge.record_time_us
        batches = joined_between(log, portfolio_id, since_us, None, columns=COLUMNS, progress=progress)
        both = read_both(batches, state.split, customer_of=merges.survivor)
    return state.split, evidence_of(both, budget=budget, precision=precision, least_decisions=least_decisions)
