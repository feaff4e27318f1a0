"""`banditsvc consents`: record, show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.failure import USAGE, CommandFailure, reported
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, File, Map, MapFile, Rejects, Set, TimeZone
from banditsvc.cli.importing import ImportOptions, RowAnswer, import_rows, row_answer
from banditsvc.cli.options import Config, Json, Server
from banditsvc.cli.output import write_json, write_table
from banditsvc.cli.single_row import check_one_or_many
from banditsvc.client import Client, check_status
from banditsvc.plain import json_values, parse_message
from banditsvc.v1 import consent_pb2

commands = typer.Typer(help="What customers have consented to.", no_args_is_help=True)

OrganizationId = Annotated[str, typer.Option("--organization", "-o", help="Id of the organization. Default: default.")]
RECORDED = "RECORDED"
"""Status of a consent that is stored."""


@commands.command("record")
def record(
    customer: Annotated[str | None, typer.Option("--customer", "-c", help="Key of the customer.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Purpose such as marketing. Default: every one, to deny.")] = None,
    channel: Annotated[str | None, typer.Option(help="Channel. Default: every one.")] = None,
    grant: Annotated[bool, typer.Option("--grant", help="The customer consents.")] = False,
    deny: Annotated[bool, typer.Option("--deny", help="The customer refuses.")] = False,
    consent_time: Annotated[str | None, typer.Option("--at", help="When (RFC 3339). Default: now.")] = None,
    file: File = None,
    columns: Map = None,
    constants: Set = None,
    map_file: MapFile = None,
    time_zone: TimeZone = None,
    rejects: Rejects = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    organization: OrganizationId = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Records that a customer consented or refused, or a file of such words. It holds from the next Rank on."""
    single: dict[str, object] = {
        "--customer": customer,
        "--purpose": purpose,
        "--channel": channel,
        "--grant": grant,
        "--deny": deny,
        "--at": consent_time,
    }
    of_many: dict[str, object] = {
        "--map": columns or None,
        "--set": constants or None,
        "--map-file": map_file,
        "--time-zone": time_zone,
        "--rejects": rejects,
        "--delimiter": delimiter,
        "--decimal": decimal,
        "--encoding": encoding,
    }
    check_one_or_many(file, single, of_many)
    if file is None:
        _record_one(organization, single, server, config, as_json=as_json)
        return
    options = ImportOptions(
        path=file,
        pairs=columns or [],
        constants=constants or [],
        map_file=map_file,
        time_zone=time_zone,
        rejects=rejects,
        delimiter=delimiter,
        decimal=decimal,
        encoding=encoding,
    )
    with connected(server, config) as client:
        summary = import_rows(options, consent_pb2.Consent, lambda rows: _send(client, organization, rows))
    summary.show(as_json=as_json)


@commands.command("show")
def show(
    customer: Annotated[str, typer.Argument(help="Key of the customer.")],
    organization: OrganizationId = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Shows the latest word of a customer on each purpose and channel."""
    with connected(server, config) as client:
        found = client.get_consents(customer, organization)
    if as_json:
        write_json({"consents": [json_values(consent) for consent in found]})
        return
    rows = [
        (
            consent.purpose or "(every)",
            consent.channel or "(every)",
            enum_name(consent_pb2.ConsentState, consent.state),
            consent.consent_time.ToJsonString(),
            consent.cause,
        )
        for consent in found
    ]
    write_table(["purpose", "channel", "state", "since", "cause"], rows)


def _record_one(
    organization: str, given: Mapping[str, object], server: str | None, config: Path | None, *, as_json: bool
) -> None:
    if given["--grant"] == given["--deny"]:
        raise CommandFailure("say --grant or --deny", USAGE)
    fields = {
        "customer_id": given["--customer"],
        "purpose": given["--purpose"],
        "channel": given["--channel"],
        "state": "GRANTED" if given["--grant"] else "DENIED",
        "consent_time": given["--at"],
    }
    with reported():
        plain = {name: value for name, value in fields.items() if value is not None}
        consent = parse_message(consent_pb2.Consent, plain)
    with connected(server, config) as client:
        [status] = client.record_consents([consent], organization).statuses
        check_status(status)
    if as_json:
        write_json({"status": RECORDED})
    else:
        write_table(["status", ">rows"], [(RECORDED, 1)])


def _send(client: Client, organization: str, rows: list[consent_pb2.Consent]) -> list[RowAnswer]:
    return [row_answer(status, RECORDED) for status in client.record_consents(rows, organization).statuses]
