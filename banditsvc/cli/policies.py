"""`banditsvc policies`: list, deploy, shadow, check, promote."""

from __future__ import annotations

from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.option_names import fields_named
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import write_fields, write_json, write_table
from banditsvc.cli.policies_check import check_policy
from banditsvc.cli.policies_promote import promote_policy
from banditsvc.cli.policy_standing_view import certification_words
from banditsvc.plain import exploration_text, json_values, number_text
from banditsvc.v1 import policy_pb2

_OPTIONS = {"override_reason": "--override-reason", "traffic_share": "--traffic-share"}
"""Options by the fields that they give."""

commands = typer.Typer(help="Exploration settings, versioned.", no_args_is_help=True)


@commands.command("list")
def list_policies(
    portfolio: PortfolioId = "", as_json: Json = False, server: Server = None, config: Config = None
) -> None:
    """Lists the policy versions of a portfolio, oldest first."""
    with connected(server, config) as client:
        chosen = chosen_portfolio(client, portfolio)
        policies = client.list_policies(chosen)
        at_work = client.get_policy(chosen)
    deployed = at_work.policy.policy_version
    if as_json:
        write_json(
            {
                "deployed_policy_version": deployed,
                "challenger_policy_version": at_work.challenger_policy_version,
                "challenger_share": at_work.challenger_share,
                "shadow_policy_version": at_work.shadow_policy_version,
                "shadow_model_version": at_work.shadow_model_version,
                "policies": [json_values(policy) for policy in policies],
            }
        )
        return
    rows = [
        (
            policy.policy_version,
            _share_of(policy.policy_version, at_work),
            "yes" if policy.policy_version == at_work.shadow_policy_version else "",
            enum_name(policy_pb2.Certification, policy.standing.certification),
            exploration_text(policy),
            number_text(policy.floor),
            len(policy.limits),
            policy.create_time.ToJsonString(),
            policy.description,
        )
        for policy in policies
    ]
    write_table(
        [">version", "deployed", "shadow", "live by", "exploration", ">floor", ">limits", "created", "description"],
        rows,
    )


@commands.command("deploy")
def deploy_policy(
    version: Annotated[int, typer.Argument(help="policy_version to put to work.")],
    traffic_share: Annotated[
        float, typer.Option(help="Share of the optimized customers. Below 1 it is on trial beside the one at work.")
    ] = 1.0,
    override_reason: Annotated[
        str, typer.Option(help="Why it goes live without a certificate; it goes into the log and is shown.")
    ] = "",
    portfolio: PortfolioId = "",
    server: Server = None,
    config: Config = None,
) -> None:
    """Puts a policy version to work from the next Rank on. The model is kept."""
    with connected(server, config) as client, fields_named(_OPTIONS):
        answer = client.deploy_policy(
            chosen_portfolio(client, portfolio), version, traffic_share=traffic_share, override_reason=override_reason
        )
    write_fields(
        [
            ("deployed", _share_words(answer.policy.policy_version, traffic_share)),
            ("before", answer.previous_policy_version),
            ("live by", certification_words(answer.policy)),
        ]
    )


@commands.command("shadow")
def set_shadow(
    version: Annotated[int, typer.Argument(help="policy_version; 0 means the one at work.")] = 0,
    model: Annotated[str, typer.Option("--model", help="Model version. Default: the one that Rank uses.")] = "",
    portfolio: PortfolioId = "",
    server: Server = None,
    config: Config = None,
) -> None:
    """Lets a policy or a model decide alongside: logged with each decision, never answered. Without either it ends."""
    with connected(server, config) as client:
        answer = client.set_shadow(chosen_portfolio(client, portfolio), version, model)
    policy_version = answer.policy_version or "none"
    write_fields([("shadow policy", policy_version), ("shadow model", answer.model_version or "the one of Rank")])


def _share_of(version: int, at_work: policy_pb2.GetPolicyResponse) -> str:
    if version == at_work.challenger_policy_version:
        return f"on trial, {at_work.challenger_share:.3g}"
    return "yes" if version == at_work.policy.policy_version else ""


def _share_words(version: int, share: float) -> str:
    return str(version) if share >= 1.0 else f"{version}, on trial for {share:.3g} of the customers"


commands.command("check")(check_policy)
commands.command("promote")(promote_policy)
