"""`banditsvc activate`: what became of a decision, or of a file of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.failure import reported
from banditsvc.cli.fields import set_fields
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, File, Map, MapFile, Rejects, Set, TimeZone
from banditsvc.cli.importing import ImportOptions, RowAnswer, import_rows, row_answer
from banditsvc.cli.option_names import fields_named
from banditsvc.cli.options import Config, Json, Server
from banditsvc.cli.output import write_fields, write_json
from banditsvc.cli.single_row import check_one_or_many
from banditsvc.plain import parse_message
from banditsvc.v1 import ranking_pb2


def activate(
    file: File = None,
    columns: Map = None,
    constants: Set = None,
    map_file: MapFile = None,
    time_zone: TimeZone = None,
    rejects: Rejects = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    decision: Annotated[str | None, typer.Option("--decision", help="Id of the decision.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="SENT, NOT_SENT or REPLACED_BY.")] = None,
    activate_time: Annotated[str | None, typer.Option("--at", help="When (RFC 3339). Default: now.")] = None,
    replaced_by: Annotated[str | None, typer.Option("--replaced-by", help="Campaign that went out instead.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why it was not sent.")] = None,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Says what became of a decision, or of every row of a file. Repeating it is safe."""
    single = (
        ("--decision", "decision_id", decision),
        ("--state", "state", state),
        ("--at", "activate_time", activate_time),
        ("--replaced-by", "replaced_by_campaign_id", replaced_by),
        ("--reason", "reason", reason),
    )
    given = {name: value for _, name, value in single if value is not None}
    options = ImportOptions(columns, constants, map_file, time_zone, rejects, delimiter, decimal, encoding)
    check_one_or_many(file, {option: value for option, _, value in single}, options.given())
    if file is not None:
        _post_file(file, options, server, config, as_json=as_json)
        return
    named = {field: option for option, field, _ in single}
    with reported(), fields_named(named):
        request = parse_message(ranking_pb2.ActivateRequest, given)
    with connected(server, config) as client, fields_named(named):
        answer = client.activate(**set_fields(request))
    if as_json:
        write_json(answer)
    else:
        write_fields([("status", _status_name(answer.status))])


def _post_file(file: Path, options: ImportOptions, server: Server, config: Config, *, as_json: bool) -> None:
    with connected(server, config) as client:

        def send(requests: list[ranking_pb2.ActivateRequest]) -> list[RowAnswer]:
            results = client.batch_activate(requests).results
            return [row_answer(result.status, _status_name(result.response.status)) for result in results]

        summary = import_rows(file, options, ranking_pb2.ActivateRequest, send)
    summary.show(as_json=as_json)


def _status_name(status: ranking_pb2.ActivationStatus) -> str:
    return enum_name(ranking_pb2.ActivationStatus, status)
