"""`banditsvc prices`: show, end."""

from __future__ import annotations

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import notes, short_number, write_fields, write_json, write_table
from banditsvc.plain import json_values
from banditsvc.v1 import price_pb2 as pb

commands = typer.Typer(
    help="Prices by which limits over all customers are part of the score; runs over an audience find them.",
    no_args_is_help=True,
)


@commands.command("show")
def show(portfolio: PortfolioId = "", as_json: Json = False, server: Server = None, config: Config = None) -> None:
    """Shows what one more unit of each limit would earn, and what prices take from each campaign."""
    with connected(server, config) as client:
        portfolio_id = chosen_portfolio(client, portfolio)
        found = client.get_prices(portfolio_id)
    if as_json:
        write_json({"portfolio_id": portfolio_id, **json_values(found)})
        return
    if not found.HasField("prices"):
        notes.print("no prices: the next run over an audience finds them, where volumes are limited", markup=False)
        return
    prices = found.prices
    write_fields(
        [
            ("portfolio", portfolio_id),
            ("found by", f"{prices.run_id} at {found.set_time.ToJsonString()}, for {prices.customers:,} customers"),
            ("in force", "yes" if found.in_force else "NO: a limit has changed since; the next run finds new ones"),
            ("expected reward", f"{short_number(prices.reward)}, {short_number(prices.reward_without)} without limits"),
        ]
    )
    columns = ["limit", "of", "counts", "apart", ">bound", ">expected", "held", ">one more unit"]
    write_table(columns, map(_row, prices.limits))
    if found.campaigns:
        write_table(["campaign", ">price"], [(one.campaign_id, short_number(one.price)) for one in found.campaigns])


@commands.command("end")
def end(portfolio: PortfolioId = "", server: Server = None, config: Config = None) -> None:
    """Ends the prices in force: limits hold by room alone until the next run over an audience."""
    with connected(server, config) as client:
        portfolio_id = chosen_portfolio(client, portfolio)
        found = client.get_prices(portfolio_id)
        if not found.HasField("prices"):
            notes.print("no prices are in force", markup=False)
            return
        stored = client.get_portfolio(portfolio_id)
        organization = client.get_organization(stored.organization_id)
        client.set_prices(
            pb.Prices(portfolio_id=portfolio_id, run_id=found.prices.run_id),
            portfolio_version=stored.portfolio_version,
            organization_version=organization.organization_version,
        )
    write_fields([("portfolio", portfolio_id), ("ended", f"the prices of {found.prices.run_id}")])


def _row(one: pb.LimitPrice) -> list[str]:
    is_least = one.kind in {pb.LIMIT_KIND_LEAST_CONTACTS, pb.LIMIT_KIND_LEAST_SHARE}
    return [
        one.name,
        enum_name(pb.LimitOwner, one.owner),
        enum_name(pb.LimitKind, one.kind),
        one.value or "-",
        f"{one.bound:,.10g}",
        f"{one.expected:,.0f}",
        "yes" if one.is_met else "no" if is_least else "by room",
        f"{'costs' if is_least else 'earns'} {short_number(one.price)}" if one.price else "-",
    ]
