"""`banditsvc policies`: list, deploy."""

from __future__ import annotations

from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.connection import connected
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import write_fields, write_json, write_table
from banditsvc.plain import exploration_text, json_values, number_text

commands = typer.Typer(help="Exploration settings, versioned.", no_args_is_help=True)


@commands.command("list")
def list_policies(
    portfolio: PortfolioId = "", as_json: Json = False, server: Server = None, config: Config = None
) -> None:
    """Lists the policy versions of a portfolio, oldest first."""
    with connected(server, config) as client:
        chosen = chosen_portfolio(client, portfolio)
        policies = client.list_policies(chosen)
        deployed = client.get_policy(chosen).policy.policy_version
    if as_json:
        write_json({"deployed_policy_version": deployed, "policies": [json_values(policy) for policy in policies]})
        return
    rows = [
        (
            policy.policy_version,
            "yes" if policy.policy_version == deployed else "",
            exploration_text(policy),
            number_text(policy.floor),
            policy.create_time.ToJsonString(),
            policy.description,
        )
        for policy in policies
    ]
    write_table([">version", "deployed", "exploration", ">floor", "created", "description"], rows)


@commands.command("deploy")
def deploy_policy(
    version: Annotated[int, typer.Argument(help="policy_version to put to work.")],
    portfolio: PortfolioId = "",
    server: Server = None,
    config: Config = None,
) -> None:
    """Puts a policy version to work from the next Rank on. The model is kept."""
    with connected(server, config) as client:
        answer = client.deploy_policy(chosen_portfolio(client, portfolio), version)
    write_fields([("deployed", answer.policy.policy_version), ("before", answer.previous_policy_version)])
