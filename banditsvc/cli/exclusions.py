"""`banditsvc exclusions`: list, revoke."""

from __future__ import annotations

from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.exclusion_view import campaign_words, number_of_decisions, span_words
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import notes, write_fields, write_json, write_table
from banditsvc.plain import json_values
from banditsvc.v1 import exclusion_pb2 as pb

commands = typer.Typer(help="What is neither learned from nor evaluated; `exclude` adds to it.", no_args_is_help=True)


@commands.command("list")
def list_exclusions(
    portfolio: PortfolioId = "", as_json: Json = False, server: Server = None, config: Config = None
) -> None:
    """Lists the exclusions of a portfolio, revoked ones too, newest first."""
    with connected(server, config) as client:
        found = client.list_exclusions(chosen_portfolio(client, portfolio))
    if as_json:
        write_json({"exclusions": [json_values(one) for one in found]})
    elif found:
        columns = [">exclusion", "state", "send time", "campaigns", ">decisions", "reason", "since", "ended"]
        write_table(columns, map(_row, found))
    else:
        notes.print("nothing is excluded", markup=False)


@commands.command("revoke")
def revoke(
    exclusion: Annotated[int, typer.Argument(help="Number of the exclusion, as `exclusions list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why its decisions count again; it goes into the log.")],
    author: Annotated[str, typer.Option(help="Who says so, for the log.")] = "",
    portfolio: PortfolioId = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Ends an exclusion: its decisions are learned from and evaluated again, after a relearn that follows by itself."""
    with connected(server, config) as client:
        ended = client.revoke_exclusion(chosen_portfolio(client, portfolio), exclusion, reason, author=author)
    if as_json:
        write_json(ended)
    else:
        state = enum_name(pb.ExclusionState, ended.state)
        write_fields(
            [
                ("portfolio", ended.portfolio_id),
                ("exclusion", f"{ended.exclusion_id}, {state}"),
                ("count again", number_of_decisions(ended)),
            ]
        )


def _row(one: pb.Exclusion) -> list[str]:
    return [
        str(one.exclusion_id),
        enum_name(pb.ExclusionState, one.state),
        span_words(one),
        campaign_words(one),
        f"{one.decision_count:,}",
        one.reason,
        _said(one.create_time.ToJsonString(), one.author),
        _said(one.revoke_time.ToJsonString(), one.revoke_author, one.revoke_reason) if one.revoke_reason else "",
    ]


def _said(time: str, author: str, reason: str = "") -> str:
    words = f"{time} by {author}" if author else time
    return f"{words}: {reason}" if reason else words
