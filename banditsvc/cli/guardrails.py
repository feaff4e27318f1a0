"""`banditsvc guardrails`: show, resume."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import notes, short_number, write_fields, write_json, write_table
from banditsvc.plain import json_values
from banditsvc.v1 import guardrail_pb2 as pb
from banditsvc.v1 import portfolio_pb2

commands = typer.Typer(
    help="What turns a portfolio to business as usual by itself, and how to turn it back.", no_args_is_help=True
)

BUSINESS_AS_USUAL = "business as usual"
_BY_PHASE = {
    portfolio_pb2.PHASE_OBSERVE: BUSINESS_AS_USUAL,
    portfolio_pb2.PHASE_RANDOM_SHARE: f"{BUSINESS_AS_USUAL}, and a share of equal draws",
}
_SECONDS = "{:,.0f} s"


@commands.command("show")
def show(portfolio: PortfolioId = "", as_json: Json = False, server: Server = None, config: Config = None) -> None:
    """Shows what has tripped, and what each guardrail reads: at evidence 1 it trips."""
    with connected(server, config) as client:
        portfolio_id = chosen_portfolio(client, portfolio)
        found = client.get_guardrails(portfolio_id)
        phase = client.get_phase(portfolio_id).phase
        has_limits = bool(found.readings) or client.get_portfolio(portfolio_id).HasField("guardrail_spec")
    if as_json:
        write_json({"portfolio_id": portfolio_id, **json_values(found)})
        return
    decides = BUSINESS_AS_USUAL if found.tripped else _BY_PHASE.get(phase, "the policy")
    fields = [("portfolio", portfolio_id), ("decides", decides)]
    if found.tripped:
        fields.append(("tripped", f"{enum_name(pb.Guardrail, found.tripped)} at {found.trip_time.ToJsonString()}"))
        fields.append(("because", found.text))
    write_fields(fields)
    if found.readings:
        columns = ["guardrail", ">limit", ">observed", ">of", ">evidence", "counted since"]
        write_table(columns, map(_row, found.readings))
        return
    remark = "the log is being read; ask again in a while" if has_limits else "no limit is set: see guardrail_spec"
    notes.print(remark, markup=False, soft_wrap=True)


@commands.command("resume")
def resume(
    reason: Annotated[str, typer.Option("--reason", help="Why the policy may decide again; it goes into the log.")],
    portfolio: PortfolioId = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Turns a portfolio back to its policy. All its guardrails start counting anew."""
    with connected(server, config) as client:
        portfolio_id = chosen_portfolio(client, portfolio)
        tripped = enum_name(pb.Guardrail, client.resume_portfolio(portfolio_id, reason).tripped)
    if as_json:
        write_json({"portfolio_id": portfolio_id, "tripped": tripped})
    else:
        write_fields([("portfolio", portfolio_id), ("decides", "the policy"), ("had tripped", tripped)])


def tell_tripped(portfolio_id: str, text: str) -> None:
    """Says loudly that a portfolio is turned to business as usual, and why; the text says how to turn it back."""
    warning = Text(f"GUARDRAIL TRIPPED: portfolio {portfolio_id} decides by {BUSINESS_AS_USUAL}. ", style="bold red")
    notes.print(warning.append(text, style="not bold"), soft_wrap=True)


def _row(reading: pb.GuardrailReading) -> list[str]:
    is_silence = reading.guardrail == pb.GUARDRAIL_SILENCE
    write = _SECONDS.format if is_silence else short_number
    return [
        enum_name(pb.Guardrail, reading.guardrail),
        write(reading.limit),
        write(reading.observed) if reading.HasField("observed") else "-",
        "-" if is_silence else f"{reading.count:,}",
        f"{reading.evidence:.3f}",
        reading.count_time.ToJsonString(),
    ]
