"""`banditsvc certificates`: file, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from banditsvc.certificate_file import read_certificate_file
from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.failure import reported
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import notes, short_number, write_fields, write_json, write_table
from banditsvc.default_certificate import default_certificate
from banditsvc.plain import json_values
from banditsvc.rpc.wire_certificate import write_certificate
from banditsvc.v1 import certificate_pb2 as pb

commands = typer.Typer(help="What lets policies go live.", no_args_is_help=True)


@commands.command("file")
def file_certificate(
    path: Annotated[Path, typer.Argument(help="JSON file of the certificate, as it was issued.")],
    portfolio: PortfolioId = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Stores a certificate with a portfolio: policies of its settings may go live. The same again changes nothing."""
    with reported():
        certificate = write_certificate(read_certificate_file(path))
    with connected(server, config) as client:
        portfolio_id = chosen_portfolio(client, portfolio or certificate.portfolio_id)
        answer = client.file_certificate(portfolio_id, certificate)
    if as_json:
        write_json(answer)
        return
    _show(answer.certificate)
    notes.print(
        "It was stored already." if answer.is_repeat else f"Stored with portfolio {portfolio_id}.", markup=False
    )


@commands.command("list")
def list_certificates(
    portfolio: PortfolioId = "", as_json: Json = False, server: Server = None, config: Config = None
) -> None:
    """Lists the certificates of a portfolio, newest first."""
    with connected(server, config) as client:
        found = client.list_certificates(chosen_portfolio(client, portfolio))
    if as_json:
        write_json({"certificates": [json_values(one) for one in found]})
    elif found:
        rows = [
            (
                one.certificate_id,
                enum_name(pb.Verdict, one.verdict),
                one.subject_sha256[:12],
                one.issue_time.ToJsonString(),
                one.expire_time.ToJsonString(),
                one.data_description,
            )
            for one in found
        ]
        write_table(["certificate", "verdict", "settings", "issued", "expires", "looked at"], rows)
    else:
        notes.print("no certificate has been filed", markup=False)


@commands.command("show")
def show_certificate(
    certificate: Annotated[
        str,
        typer.Argument(
            help="certificate_id, as `certificates list` shows it, or `default`: that of the default policy."
        ),
    ],
    portfolio: PortfolioId = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Shows one certificate, with all that was looked at."""
    if certificate == "default":
        found = write_certificate(default_certificate())
    else:
        with connected(server, config) as client:
            found = client.get_certificate(chosen_portfolio(client, portfolio), certificate)
    if as_json:
        write_json(found)
    else:
        _show(found)


def _show(found: pb.Certificate) -> None:
    write_fields(
        [
            ("certificate", found.certificate_id),
            ("verdict", enum_name(pb.Verdict, found.verdict)),
            ("portfolio", found.portfolio_id or "any"),
            ("settings", found.subject_sha256),
            ("looked at", found.data_description),
            ("data", found.data_sha256),
            ("made by", f"banditsvc {found.code_version}"),
            ("issued", found.issue_time.ToJsonString()),
            ("expires", found.expire_time.ToJsonString()),
        ]
    )
    rows = [(check.name, enum_name(pb.Verdict, check.verdict), check.reason, _numbers(check)) for check in found.checks]
    write_table(["check", "verdict", "why", "measured"], rows)


def _numbers(check: pb.Check) -> str:
    return ", ".join(f"{name} {short_number(check.numbers[name])}" for name in sorted(check.numbers))
