"""`banditsvc relearn`: learn again from the log, or check that the log gives the live model."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.app import LOG_FILE, REGISTRY_FILE
from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.connection import connected
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.failure import reported
from banditsvc.cli.options import Config, Data, Json, PortfolioId, Server
from banditsvc.cli.output import notes, write_fields, write_json
from banditsvc.cli.pinned import held_model, lineage_and_count, newest_model
from banditsvc.cli.portfolio_of_log import portfolio_of_log
from banditsvc.client import Client
from banditsvc.v1 import model_pb2

POLL_SECONDS = 0.5


def relearn(
    portfolio: PortfolioId = "",
    as_settled: Annotated[
        bool,
        typer.Option("--as-settled", help="Change nothing: recompute the stored model from the log and compare."),
    ] = False,
    data: Data = None,
    timeout_seconds: Annotated[float, typer.Option(min=0, help="How long to wait for the new model.")] = 3600.0,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Ask, and do not wait.")] = False,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Learns again from the log, with everything that came late; the new model then takes over."""
    if as_settled:
        with reported():
            directory = data_directory(data, config)
            _check_as_settled(directory, portfolio_of_log(directory, portfolio), as_json=as_json)
        return
    if data is not None:
        raise CommandFailure("--data is for --as-settled; without it the service relearns", USAGE)
    with connected(server, config) as client:
        chosen = chosen_portfolio(client, portfolio)
        before = _newest_lineage(client.list_models(chosen))
        position = client.relearn_model(chosen)
        if no_wait:
            notes.print(f"asked for at position {position} of the log")
            return
        model = _wait(client, chosen, before, timeout_seconds)
        held = held_model(client, chosen)
    if held is not None:
        _tell_held(chosen, held)
    if as_json:
        write_json(model)
    else:
        write_fields([("model", model.model_version), ("learned", f"{model.learned_count:,}")])


def _wait(client: Client, portfolio: str, before: int, timeout_seconds: float) -> model_pb2.Model:
    deadline = time.monotonic() + timeout_seconds
    with notes.status("relearning"):
        while True:
            models = client.list_models(portfolio)
            newest = newest_model(models)
            if newest is not None and _newest_lineage(models) > before:
                return newest
            if time.monotonic() > deadline:
                raise CommandFailure(f"the relearn has not taken over within {timeout_seconds:g} seconds; it goes on")
            time.sleep(POLL_SECONDS)


def _newest_lineage(models: list[model_pb2.Model]) -> int:
    newest = newest_model(models)
    return lineage_and_count(newest.model_version)[0] if newest else 0


def _tell_held(portfolio: str, held: str) -> None:
    notes.print(
        f"Model {held} keeps serving, not the new one: a roll-back holds it, or the service's log says why the new one "
        f"was refused. End a roll-back with: banditsvc models roll-back -p {portfolio} --newest",
        markup=False,
        soft_wrap=True,
    )


def _check_as_settled(directory: Path, portfolio: str, *, as_json: bool) -> None:
    # Loaded here: replaying trains, and asking a service to relearn should not load Vowpal Wabbit.
    from banditsvc.cli.replay_check import check_replay  # noqa: PLC0415

    with notes.status("replaying the log"):
        check = check_replay(directory / LOG_FILE, directory / REGISTRY_FILE, portfolio)
    if as_json:
        write_json(
            {
                "portfolio_id": portfolio,
                "model_version": check.model_version,
                "learned_count": check.learned_count,
                "equal": check.is_equal,
                "differing_weights": check.differing_weights,
            }
        )
    else:
        verdict = "equal bit for bit" if check.is_equal else f"DIFFERENT: {check.difference}"
        write_fields(
            [
                ("model", check.model_version),
                ("learned", f"{check.learned_count:,}"),
                ("replayed from the log", verdict),
            ]
        )
    if not check.is_equal:
        raise typer.Exit(1)
