"""`banditsvc policies`: list, deploy."""

from __future__ import annotations

from typing import Annotated

import typer

from banditsvc.cli.connection import connected
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import plain_json, write_fields, write_json, write_table
from banditsvc.plain import plain_fields
from banditsvc.v1 import policy_pb2

commands = typer.Typer(help="Exploration settings, versioned.", no_args_is_help=True)


@commands.command("list")
def list_policies(portfolio: PortfolioId, as_json: Json = False, server: Server = None, config: Config = None) -> None:
    """Lists the policy versions of a portfolio, oldest first."""
    with connected(server, config) as client:
        policies = client.list_policies(portfolio)
        deployed = client.get_policy(portfolio).policy.policy_version
    if as_json:
        write_json({"deployed_policy_version": deployed, "policies": [plain_json(policy) for policy in policies]})
        return
    rows = [
        (
            policy.policy_version,
            "yes" if policy.policy_version == deployed else "",
            _exploration(policy),
            f"{policy.floor:g}",
            policy.create_time.ToJsonString(),
            policy.description,
        )
        for policy in policies
    ]
    write_table([">version", "deployed", "exploration", ">floor", "created", "description"], rows)


@commands.command("deploy")
def deploy_policy(
    portfolio: PortfolioId,
    version: Annotated[int, typer.Argument(help="policy_version to put to work.")],
    server: Server = None,
    config: Config = None,
) -> None:
    """Puts a policy version to work from the next Rank on. The model is kept."""
    with connected(server, config) as client:
        answer = client.deploy_policy(portfolio, version)
    write_fields([("deployed", answer.policy.policy_version), ("before", answer.previous_policy_version)])


def _exploration(policy: policy_pb2.Policy) -> str:
    kind = policy.WhichOneof("exploration")
    if kind is None:
        return "-"
    settings = ", ".join(f"{name}={value}" for name, value in plain_fields(getattr(policy, kind)).items())
    return f"{kind}({settings})" if settings else kind
