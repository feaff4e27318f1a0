"""`banditsvc customers enroll`: customers enter the groups of a portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.failure import reported
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, File, Map, MapFile, Rejects, Set, TimeZone
from banditsvc.cli.importing import ImportOptions, RowAnswer, Summary, import_rows, row_answer
from banditsvc.cli.option_names import fields_named
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import write_fields, write_json
from banditsvc.cli.single_row import check_one_or_many
from banditsvc.client import Client, check_status
from banditsvc.import_files import RankRowReader
from banditsvc.plain import parse_message
from banditsvc.v1 import assignment_pb2, customer_pb2, ranking_pb2

_OPTIONS = {
    "customer_id": "--customer",
    "assignment_key": "--assignment-key",
    "channel": "--channel",
    "context.segment": "--segment",
    "context.lifecycle_stage": "--lifecycle-stage",
    "context.recency_days": "--recency-days",
}
"""Options by the fields that they give."""


def enroll(
    customer: Annotated[str | None, typer.Option("--customer", "-c", help="Key of the customer.")] = None,
    assignment_key: Annotated[str | None, typer.Option(help="Household or the like. Default: the customer.")] = None,
    channel: Annotated[str | None, typer.Option(help="Channel, where groups are by channel.")] = None,
    segment: Annotated[str | None, typer.Option(help="Customer segment.")] = None,
    lifecycle_stage: Annotated[str | None, typer.Option(help="PROSPECT, NEW, ACTIVE, ...")] = None,
    recency_days: Annotated[float | None, typer.Option(help="Days since the last purchase.")] = None,
    portfolio: PortfolioId = "",
    file: File = None,
    columns: Map = None,
    constants: Set = None,
    map_file: MapFile = None,
    time_zone: TimeZone = None,
    rejects: Rejects = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Puts a customer, or a file of them, into the groups of a portfolio and its organization. Repeating it is safe.

    A file is the same as for `funnel --customers`. Reports are sliced by what is known of a customer now.
    """
    of_customer = {"customer_id": customer, "assignment_key": assignment_key, "channel": channel}
    of_context = {"segment": segment, "lifecycle_stage": lifecycle_stage, "recency_days": recency_days}
    options = ImportOptions(columns, constants, map_file, time_zone, rejects, delimiter, decimal, encoding)
    given = {**of_customer, **{f"context.{field}": value for field, value in of_context.items()}}
    check_one_or_many(file, {_OPTIONS[field]: value for field, value in given.items()}, options.given())
    if file is not None:
        with connected(server, config) as client:
            summary = _enroll_file(client, chosen_portfolio(client, portfolio), file, options)
        summary.show(as_json=as_json)
        return
    with reported(), fields_named(_OPTIONS):
        message = parse_message(customer_pb2.Enrollment, {**_set(of_customer), "context": _set(of_context)})
    of_batch = {f"enrollments.{field}": option for field, option in _OPTIONS.items()}
    with connected(server, config) as client:
        portfolio_id = chosen_portfolio(client, portfolio)
        with fields_named(_OPTIONS | of_batch):
            [result] = client.enroll_customers(portfolio_id, [message]).results
            check_status(result.status)
    if as_json:
        write_json({"portfolio_id": portfolio_id, "group": _group_name(result.group)})
    else:
        write_fields([("group", _group_name(result.group))])


def _enroll_file(client: Client, portfolio_id: str, file: Path, options: ImportOptions) -> Summary:
    def send(rows: list[ranking_pb2.RankRequest]) -> list[RowAnswer]:
        results = client.enroll_customers(portfolio_id, map(_enrollment, rows)).results
        return [row_answer(result.status, _group_name(result.group)) for result in results]

    return import_rows(file, options, ranking_pb2.RankRequest, send, RankRowReader)


def _enrollment(row: ranking_pb2.RankRequest) -> customer_pb2.Enrollment:
    """Returns what an enrollment has of a row; a file of customers may say more, such as their consents."""
    context = row.context if row.HasField("context") else None
    return customer_pb2.Enrollment(
        customer_id=row.customer_id, assignment_key=row.assignment_key, channel=row.channel, context=context
    )


def _set(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _group_name(group: assignment_pb2.AssignmentGroup) -> str:
    return enum_name(assignment_pb2.AssignmentGroup, group)
