"""Which organization a command is about."""

from __future__ import annotations

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.output import notes
from banditsvc.client import Client
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID


def chosen_organization(client: Client, given: str) -> str:
    """Returns the organization given, or else the only one that the service has, and says which it is.

    Organizations are those that are set up, and those that portfolios belong to.

    Raises:
        CommandFailure: None is given, and there are several.
    """
    organization_id = given or _only_one(client)
    notes.print(f"organization: {organization_id}", markup=False, soft_wrap=True)
    return organization_id


def _only_one(client: Client) -> str:
    known = {one.organization_id for one in client.list_organizations() if one.organization_version}
    known |= {portfolio.organization_id or DEFAULT_ORGANIZATION_ID for portfolio in client.list_portfolios()}
    if len(known) > 1:
        raise CommandFailure(f"say which --organization: {', '.join(sorted(known))}", USAGE)
    return next(iter(known), DEFAULT_ORGANIZATION_ID)
