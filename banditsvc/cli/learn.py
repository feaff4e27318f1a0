"""`banditsvc learn`: the learner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.failure import reported
from banditsvc.cli.given_settings import given_settings
from banditsvc.cli.options import Config
from banditsvc.config import load_settings
from banditsvc.learner_main import run_learner
from banditsvc.structured_logs import configure_logs


def learn(
    data: Annotated[Path | None, typer.Option(help="Directory of the log and of the learner's store.")] = None,
    poll_seconds: Annotated[float | None, typer.Option(help="How often to look at the log.")] = None,
    publish_interval_seconds: Annotated[float | None, typer.Option(help="Time between two models.")] = None,
    publish_decisions: Annotated[int | None, typer.Option(help="Decisions after which a model comes sooner.")] = None,
    weights_retention_days: Annotated[float | None, typer.Option(help="How long weights are kept.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[str | None, typer.Option(help="auto, json or text.")] = None,
    until_input_closes: Annotated[
        bool, typer.Option("--until-input-closes", help="End when standard input closes.", hidden=True)
    ] = False,
    config: Config = None,
) -> None:
    """Runs the learner alone, beside a service started with --no-learner."""
    options = {
        "store": {"data_dir": data},
        "learner": {
            "poll_seconds": poll_seconds,
            "publish_interval_seconds": publish_interval_seconds,
            "publish_decisions": publish_decisions,
            "weights_retention_days": weights_retention_days,
        },
        "logs": {"level": log_level, "format": log_format},
    }
    with reported():
        settings = load_settings(config, given_settings(options))
        configure_logs(settings.logs.level, settings.logs.format)
        run_learner(settings, until_input_closes=until_input_closes)
