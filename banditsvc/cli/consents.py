"""`banditsvc consents`: record, show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.chosen_organization import chosen_organization
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.failure import reported
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, File, Map, MapFile, Rejects, Set, TimeZone
from banditsvc.cli.importing import ImportOptions, RowAnswer, import_rows, row_answer
from banditsvc.cli.option_names import fields_named
from banditsvc.cli.options import Config, Json, OrganizationId, Server
from banditsvc.cli.output import notes, write_json, write_table
from banditsvc.cli.purpose_remarks import remark_on_purposes
from banditsvc.cli.single_row import check_one_or_many
from banditsvc.client import check_status
from banditsvc.plain import json_values, parse_message
from banditsvc.v1 import consent_pb2

commands = typer.Typer(help="What customers have consented to.", no_args_is_help=True)

_OF_CONSENT = {"customer_id": "--customer", "purpose": "--purpose", "channel": "--channel", "consent_time": "--at"}
_OPTIONS = {
    **_OF_CONSENT,
    **{f"consents.{field}": option for field, option in _OF_CONSENT.items()},
    "organization_id": "--organization",
}
"""Options by the fields that they give."""
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
    options = ImportOptions(columns, constants, map_file, time_zone, rejects, delimiter, decimal, encoding)
    check_one_or_many(file, single, options.given())
    if file is None:
        _record_one(organization, single, server, config, as_json=as_json)
        return
    purposes: set[str] = set()
    with connected(server, config) as client:
        organization_id = chosen_organization(client, organization)

        def send(rows: list[consent_pb2.Consent]) -> list[RowAnswer]:
            purposes.update(row.purpose for row in rows)
            statuses = client.record_consents(rows, organization_id).statuses
            return [row_answer(status, RECORDED) for status in statuses]

        summary = import_rows(file, options, consent_pb2.Consent, send)
        remark_on_purposes(client, organization_id, purposes)
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
        organization_id = chosen_organization(client, organization)
        found = client.get_consents(customer, organization_id)
    if as_json:
        write_json({"organization_id": organization_id, "consents": [json_values(consent) for consent in found]})
        return
    if not found:
        notes.print(
            f"nothing is recorded of customer {customer} in organization {organization_id}",
            markup=False,
            soft_wrap=True,
        )
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
    with reported(), fields_named(_OPTIONS):
        plain = {name: value for name, value in fields.items() if value is not None}
        consent = parse_message(consent_pb2.Consent, plain)
    with connected(server, config) as client:
        organization_id = chosen_organization(client, organization)
        with fields_named(_OPTIONS):
            [status] = client.record_consents([consent], organization_id).statuses
            check_status(status)
        remark_on_purposes(client, organization_id, [consent.purpose])
    if as_json:
        write_json({"organization_id": organization_id, "status": RECORDED})
    else:
        write_table(["status", ">rows"], [(RECORDED, 1)])
