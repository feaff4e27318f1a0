"""`banditsvc explain`: why a decision was made as it was."""

from __future__ import annotations

from typing import Annotated

import typer

from banditsvc.cli.connection import connected
from banditsvc.cli.explain_view import show_explanation
from banditsvc.cli.options import Config, Json, Server
from banditsvc.cli.output import write_json


def explain(
    decision_id: Annotated[str, typer.Argument(help="Id of the decision.")],
    every: Annotated[bool, typer.Option("--all", help="Show what adds up for every campaign.")] = False,
    features: Annotated[
        int | None,
        typer.Option("--features", min=0, help="Show so many features of a campaign. Default: those that count."),
    ] = None,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Says why this campaign was chosen and each other one was not, replayed from the log."""
    with connected(server, config) as client:
        answer = client.get_decision(decision_id, explain=True)
    if as_json:
        write_json(answer)
    else:
        show_explanation(answer, every=every, most=features)
