"""`banditsvc models`: list, show, roll back."""

from __future__ import annotations

from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.connection import connected
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import write_fields, write_json, write_table
from banditsvc.plain import json_values, plain_fields

commands = typer.Typer(help="Trained weights, versioned.", no_args_is_help=True)

Version = Annotated[str, typer.Argument(help="model_version; empty means the one that Rank uses.")]


@commands.command("list")
def list_models(
    portfolio: PortfolioId = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most models to show.")] = 20,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Lists the models of a portfolio, newest first."""
    with connected(server, config) as client:
        models = client.list_models(chosen_portfolio(client, portfolio))[:limit]
    if as_json:
        write_json([json_values(model) for model in models])
        return
    columns = ["model", "serving", ">learned", ">mean reward", "published", ">position", "weights kept"]
    rows = [
        (
            model.model_version,
            "yes" if model.is_serving else "",
            f"{model.learned_count:,}",
            f"{model.mean_reward:.6g}",
            model.publish_time.ToJsonString() if model.HasField("publish_time") else "-",
            model.log_position,
            "yes" if model.has_weights else "no",
        )
        for model in models
    ]
    write_table(columns, rows)


@commands.command("show")
def show_model(
    portfolio: PortfolioId = "",
    version: Version = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Shows one model."""
    with connected(server, config) as client:
        model = client.get_model(chosen_portfolio(client, portfolio), version)
    if as_json:
        write_json(model)
    else:
        write_fields(plain_fields(model, unset=True).items())


@commands.command("roll-back")
def roll_back_model(
    portfolio: PortfolioId = "",
    version: Annotated[str, typer.Argument(help="model_version to serve.")] = "",
    newest: Annotated[bool, typer.Option("--newest", help="Follow the newest model again.")] = False,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Serves an older model until told otherwise with --newest. Learning goes on."""
    if bool(version) == newest:
        raise typer.BadParameter("name a version, or say --newest")
    with connected(server, config) as client:
        model = client.roll_back_model(chosen_portfolio(client, portfolio), version)
    if as_json:
        write_json(model)
    else:
        write_fields([("serving", model.model_version), ("learned", f"{model.learned_count:,}")])
