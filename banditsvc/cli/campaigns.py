"""`banditsvc campaigns`: list, show, pause."""

from __future__ import annotations

from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import notes, results, write_json, write_table
from banditsvc.plain import json_values, plain_fields
from banditsvc.v1 import campaign_pb2

commands = typer.Typer(help="The catalogue of a portfolio.", no_args_is_help=True)

CampaignId = Annotated[str, typer.Argument(help="Id of the campaign.")]


@commands.command("list")
def list_campaigns(
    portfolio: PortfolioId = "", as_json: Json = False, server: Server = None, config: Config = None
) -> None:
    """Lists the campaigns of a portfolio by id."""
    with connected(server, config) as client:
        campaigns = client.list_campaigns(chosen_portfolio(client, portfolio))
    if as_json:
        write_json({"campaigns": [json_values(campaign) for campaign in campaigns]})
        return
    rows = [
        (
            campaign.campaign_id,
            enum_name(campaign_pb2.CampaignState, campaign.state),
            enum_name(campaign_pb2.CampaignType, campaign.type) if campaign.type else "",
            campaign.channel,
            _time(campaign.start_time) if campaign.HasField("start_time") else "",
            _time(campaign.end_time) if campaign.HasField("end_time") else "",
            len(campaign.treatments),
        )
        for campaign in campaigns
    ]
    write_table(["campaign", "state", "type", "channel", "start", "end", ">treatments"], rows)


@commands.command("show")
def show_campaign(
    campaign: CampaignId,
    portfolio: PortfolioId = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Shows every field of a campaign that is set."""
    with connected(server, config) as client:
        found = client.get_campaign(chosen_portfolio(client, portfolio), campaign)
    if as_json:
        write_json(found)
        return
    out = results()
    for name, value in plain_fields(found).items():
        out.print(f"{name} = {value}", markup=False, soft_wrap=True)


@commands.command("pause")
def pause_campaign(
    campaign: CampaignId,
    portfolio: PortfolioId = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Pauses a campaign from the next Rank on, and lists the decisions for it that wait to be sent."""
    with connected(server, config) as client:
        answer = client.pause_campaign(chosen_portfolio(client, portfolio), campaign)
    if as_json:
        write_json(answer)
        return
    out = results()
    for decision_id in answer.unsent_decision_ids:
        out.print(decision_id, markup=False, soft_wrap=True)
    waiting = "1 decision waits" if answer.unsent_count == 1 else f"{answer.unsent_count} decisions wait"
    left_out = answer.unsent_count - len(answer.unsent_decision_ids)
    more = f", {left_out} of them not listed" if left_out else ""
    notes.print(f"Paused {campaign}: {waiting} to be sent{more}.", markup=False, soft_wrap=True)


def _time(moment: Timestamp) -> str:
    return moment.ToJsonString()
