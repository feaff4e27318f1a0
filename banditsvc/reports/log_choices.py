"""Choices read from a log, for everything that evaluates decisions by their probabilities."""

from __future__ import annotations

from collections.abc import Callable

from banditsvc.open_log import Log
from banditsvc.ports import CampaignVersion, DecisionLog
from banditsvc.reports.joined_between import joined_between, merges_of
from banditsvc.store.sqlite_log import SqliteLog
from offline_eval.choices import COLUMNS, Choices, read_choices


def choices_of(
    log: SqliteLog,
    portfolio_id: str,
    since_us: int | None,
    until_us: int | None,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> Choices:
    """Returns the decisions recorded at since <= time < until, with what is known now of them and their rewards.

    Ids that were merged are one customer, and campaigns have the families that the catalogue gives them now.

    Args:
        log: The log; left open.
        portfolio_id: The portfolio.
        since_us: Log time; None means from the first decision.
        until_us: Log time; None means to the last.
        progress: Told again and again how many decisions were read, and how many there are at most.

    Raises:
        NotFound: There is no such portfolio.
    """
    merges = merges_of(log, Log(log).organization_id(portfolio_id))
    batches = joined_between(log, portfolio_id, since_us, until_us, columns=COLUMNS, progress=progress)
    return read_choices(batches, _families(log, portfolio_id), customer_of=merges.survivor)


def _families(log: DecisionLog, portfolio_id: str) -> dict[str, str]:
    """Returns the family now of each campaign of the catalogue."""
    families: dict[str, str] = {}
    for recorded in log.read_resources(0):
        match recorded.value:
            case CampaignVersion(portfolio_id=owner, campaign=campaign) if owner == portfolio_id:
                families[campaign.campaign_id] = campaign.family
    return families
