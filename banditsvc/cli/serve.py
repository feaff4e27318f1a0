"""`banditsvc serve`: the service."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvloop

from banditsvc.app import App, StartError, serve_until_stopped
from banditsvc.apply import execute, make_plan, read_desired
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.connection import open_client
from banditsvc.cli.failure import reported
from banditsvc.cli.given_settings import given_settings
from banditsvc.cli.options import Config
from banditsvc.config import Settings, load_settings
from banditsvc.structured_logs import configure_logs

_log = structlog.get_logger(__name__)


def serve(
    config: Config = None,
    address: Annotated[str | None, typer.Option(help="Where to listen, host:port; port 0 takes any free port.")] = None,
    data: Annotated[Path | None, typer.Option(help="Directory of the log and of the learner's store.")] = None,
    metrics_address: Annotated[str | None, typer.Option(help="Where to serve metrics, host:port or off.")] = None,
    tls_certificate: Annotated[Path | None, typer.Option(help="PEM file with the certificate chain.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file with the key.")] = None,
    tls_client_ca: Annotated[Path | None, typer.Option(help="PEM file; clients must have a certificate by it.")] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Let other machines connect without TLS.")] = False,
    simulated_clock: Annotated[
        bool, typer.Option("--simulated-clock", help="Let callers move the clock. For simulations only.")
    ] = False,
    no_learner: Annotated[bool, typer.Option("--no-learner", help="Do not start the learner.")] = False,
    apply: Annotated[list[Path] | None, typer.Option(help="File to apply once the service answers.")] = None,
    port_file: Annotated[Path | None, typer.Option(help="File to write the address to once it answers.")] = None,
) -> None:
    """Runs the service until SIGTERM or SIGINT, then lets the requests in flight end."""
    options = {
        "server": {
            "address": address,
            "metrics_address": metrics_address,
            "tls_certificate": tls_certificate,
            "tls_key": tls_key,
            "tls_client_ca": tls_client_ca,
            "insecure": insecure or None,
        },
        "store": {"data_dir": data},
        "learner": {"embedded": False if no_learner else None},
    }
    with reported():
        settings = load_settings(
            config, {**given_settings(options), **({"simulated_clock": True} if simulated_clock else {})}
        )
        desired = read_desired(apply or [])
    if desired and settings.server.tls_certificate is not None:
        raise CommandFailure("--apply works without TLS only; run `banditsvc apply` beside the service", USAGE)
    configure_logs(settings.logs.level, settings.logs.format)

    async def started(app: App) -> None:
        await asyncio.to_thread(_apply, settings, app.address, apply or [])
        if port_file is not None:
            _write_whole(port_file, app.address + "\n")

    try:
        uvloop.run(serve_until_stopped(settings, started))
    except StartError as error:
        raise CommandFailure(str(error)) from error


def _apply(settings: Settings, address: str, files: list[Path]) -> None:
    if not files:
        return
    with reported(address), open_client(settings, address) as client:
        count = execute(client, make_plan(client, read_desired(files)))
    _log.info("applied", files=[str(file) for file in files], changes=count)


def _write_whole(path: Path, text: str) -> None:
    """Writes a file so that a reader sees all of it or none."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
