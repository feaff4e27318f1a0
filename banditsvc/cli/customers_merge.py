"""`banditsvc customers merge`: two ids are one customer."""

from __future__ import annotations

from typing import Annotated

import typer

from banditsvc.cli.chosen_organization import chosen_organization
from banditsvc.cli.connection import connected
from banditsvc.cli.failure import reported
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, File, Map, MapFile, Rejects, Set
from banditsvc.cli.importing import ImportOptions, RowAnswer, import_rows, row_answer
from banditsvc.cli.option_names import fields_named
from banditsvc.cli.options import Config, Json, OrganizationId, Server
from banditsvc.cli.output import write_fields, write_json
from banditsvc.cli.single_row import check_one_or_many
from banditsvc.client import check_status
from banditsvc.plain import parse_message
from banditsvc.v1 import customer_pb2

MERGED, REPEATED = "MERGED", "REPEATED"
"""Status of a merge that was made now, and of one that had been made before."""
_OPTIONS = {"merged_customer_id": "--merged", "surviving_customer_id": "--into", "reason": "--reason"}
"""Options by the fields that they give."""


def merge(
    merged: Annotated[str | None, typer.Option(help="Id that is given up.")] = None,
    into: Annotated[str | None, typer.Option(help="Id that stays.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the log.")] = None,
    file: File = None,
    columns: Map = None,
    constants: Set = None,
    map_file: MapFile = None,
    rejects: Rejects = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    organization: OrganizationId = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Says that two ids are one customer, or a file of such pairs. It cannot be undone; repeating it is safe."""
    fields = {"merged_customer_id": merged, "surviving_customer_id": into, "reason": reason}
    options = ImportOptions(columns, constants, map_file, None, rejects, delimiter, decimal, encoding)
    check_one_or_many(file, {_OPTIONS[field]: value for field, value in fields.items()}, options.given())
    if file is not None:
        with connected(server, config) as client:
            organization_id = chosen_organization(client, organization)

            def send(rows: list[customer_pb2.CustomerMerge]) -> list[RowAnswer]:
                results = client.merge_customers(rows, organization_id).results
                return [row_answer(result.status, _word(result)) for result in results]

            summary = import_rows(file, options, customer_pb2.CustomerMerge, send)
        summary.show(as_json=as_json)
        return
    with reported(), fields_named(_OPTIONS):
        given = {field: value for field, value in fields.items() if value is not None}
        message = parse_message(customer_pb2.CustomerMerge, given)
    with connected(server, config) as client:
        organization_id = chosen_organization(client, organization)
        with fields_named({f"merges.{field}": option for field, option in _OPTIONS.items()} | _OPTIONS):
            [result] = client.merge_customers([message], organization_id).results
            check_status(result.status)
    survivor = result.surviving_customer_id
    if as_json:
        write_json({"organization_id": organization_id, "status": _word(result), "surviving_customer_id": survivor})
    else:
        write_fields([("status", _word(result)), ("surviving customer", survivor)])


def _word(result: customer_pb2.MergeResult) -> str:
    return REPEATED if result.is_repeat else MERGED
