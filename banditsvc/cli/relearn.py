"""`banditsvc relearn`: learn again from the log, or check that the log gives the live model."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.app import LOG_FILE, REGISTRY_FILE
from banditsvc.cli.connection import connected
from banditsvc.cli.failure import CommandFailure, reported
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import notes, write_fields, write_json
from banditsvc.client import Client
from banditsvc.config import load_settings
from banditsvc.v1 import model_pb2

POLL_SECONDS = 0.5


def relearn(
    portfolio: PortfolioId,
    as_settled: Annotated[
        bool,
        typer.Option("--as-settled", help="Change nothing: recompute the stored model from the log and compare."),
    ] = False,
    data: Annotated[Path | None, typer.Option(help="With --as-settled: the data directory.")] = None,
    timeout_seconds: Annotated[float, typer.Option(min=0, help="How long to wait for the new model.")] = 3600.0,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Ask, and do not wait.")] = False,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Learns again from the log, with everything that came late; the new model then takes over."""
    if as_settled:
        with reported():
            directory = data or load_settings(config).store.data_dir
            _check_as_settled(directory, portfolio, as_json=as_json)
        return
    with connected(server, config) as client:
        before = _newest_lineage(client.list_models(portfolio))
        position = client.relearn_model(portfolio)
        if no_wait:
            notes.print(f"asked for at position {position} of the log")
            return
        model = _wait(client, portfolio, before, timeout_seconds)
    if as_json:
        write_json(model)
    else:
        write_fields([("model", model.model_version), ("learned", f"{model.learned_count:,}")])


def _wait(client: Client, portfolio: str, before: int, timeout_seconds: float) -> model_pb2.Model:
    deadline = time.monotonic() + timeout_seconds
    with notes.status("relearning"):
        while True:
            models = client.list_models(portfolio)
            if models and _newest_lineage(models) > before:
                return max(models, key=lambda model: _order(model.model_version))
            if time.monotonic() > deadline:
                raise CommandFailure(f"the relearn has not taken over within {timeout_seconds:g} seconds; it goes on")
            time.sleep(POLL_SECONDS)


def _newest_lineage(models: list[model_pb2.Model]) -> int:
    return max((_order(model.model_version)[0] for model in models), default=0)


def _order(model_version: str) -> tuple[int, int]:
    """Returns lineage and learned count, which a model_version is made of."""
    lineage, _, count = model_version.partition(".")
    return (int(lineage), int(count)) if lineage.isdecimal() and count.isdecimal() else (0, 0)


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
