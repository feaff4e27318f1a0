"""`banditsvc activate`: what became of a decision, or of a file of them."""

from __future__ import annotations

from typing import Annotated

import typer

from banditsvc.cli.connection import connected
from banditsvc.cli.failure import reported
from banditsvc.cli.fields import set_fields
from banditsvc.cli.import_options import File, Map, MapFile, Rejects, Set, TimeZone
from banditsvc.cli.importing import ImportOptions, RowAnswer, import_rows, refusal
from banditsvc.cli.options import Config, Json, Server
from banditsvc.cli.output import write_fields, write_json
from banditsvc.plain import parse_message, short_name
from banditsvc.v1 import ranking_pb2

STATUSES = ranking_pb2.ActivationStatus


def activate(
    file: File = None,
    columns: Map = None,
    constants: Set = None,
    map_file: MapFile = None,
    time_zone: TimeZone = None,
    rejects: Rejects = None,
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
    single = {
        "decision_id": decision,
        "state": state,
        "activate_time": activate_time,
        "replaced_by_campaign_id": replaced_by,
        "reason": reason,
    }
    given = {name: value for name, value in single.items() if value is not None}
    if file is not None:
        options = ImportOptions(
            path=file,
            pairs=columns or [],
            constants=constants or [],
            map_file=map_file,
            time_zone=time_zone,
            rejects=rejects,
        )
        _post_file(options, given, server, config, as_json=as_json)
        return
    with reported():
        request = parse_message(ranking_pb2.ActivateRequest, given)
    with connected(server, config) as client:
        answer = client.activate(**set_fields(request))
    if as_json:
        write_json(answer)
    else:
        write_fields([("status", _status_name(answer.status))])


def _post_file(options: ImportOptions, given: dict[str, str], server: Server, config: Config, *, as_json: bool) -> None:
    with connected(server, config) as client:

        def send(requests: list[ranking_pb2.ActivateRequest]) -> list[RowAnswer]:
            results = client.batch_activate(requests).results
            return [RowAnswer(_status_name(result.response.status), refusal(result.status)) for result in results]

        summary = import_rows(options, ranking_pb2.ActivateRequest, given, send)
    summary.show(as_json=as_json)


def _status_name(status: ranking_pb2.ActivationStatus) -> str:
    return short_name(STATUSES.Name(status), STATUSES.DESCRIPTOR)
