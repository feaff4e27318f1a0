"""Which portfolio a command is about."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.client import Client


def chosen_portfolio(client: Client, given: str) -> str:
    """Returns the portfolio given, or else the only one that the service has.

    Raises:
        CommandFailure: None is given, and the service has none or several.
    """
    return given or only_one([portfolio.portfolio_id for portfolio in client.list_portfolios()])


def only_one(portfolio_ids: Sequence[str]) -> str:
    """Returns the only portfolio.

    Raises:
        CommandFailure: There is none, or there are several.
    """
    if not portfolio_ids:
        raise CommandFailure("there is no portfolio: make one with `banditsvc apply`", USAGE)
    if len(portfolio_ids) > 1:
        raise CommandFailure(f"say which --portfolio: {', '.join(sorted(portfolio_ids))}", USAGE)
    return portfolio_ids[0]
