"""`banditsvc reward`: one outcome, or a file of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.failure import reported
from banditsvc.cli.fields import set_fields
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, File, Map, MapFile, Rejects, Set, TimeZone
from banditsvc.cli.importing import ImportOptions, RowAnswer, import_rows, row_answer
from banditsvc.cli.option_names import fields_named
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import notes, write_fields, write_json
from banditsvc.cli.pairs import split_pairs
from banditsvc.cli.single_row import check_one_or_many
from banditsvc.client import Client
from banditsvc.plain import json_values, parse_message
from banditsvc.v1 import outcome_pb2, ranking_pb2

_UNKNOWN = "UNKNOWN_DECISION"
_UNKNOWN_MEANS = (
    "no decision that the outcome could be of is known, for this customer at about that time; it is stored, and joins "
    "when one appears"
)


def reward(
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
    complete_through: Annotated[
        list[str] | None,
        typer.Option(help="TYPE=TIME: everything of this type that occurred before has been posted."),
    ] = None,
    kind: Annotated[str | None, typer.Option("--type", help="CONVERSION, REVENUE, CLICK, ...")] = None,
    custom_type: Annotated[str | None, typer.Option(help="Name of a CUSTOM type.")] = None,
    decision: Annotated[str | None, typer.Option("--decision", help="The decision that it answers.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", "-c", help="Or the customer whose it is.")] = None,
    amount: Annotated[float | None, typer.Option(help="Amount in the portfolio's currency.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code, for checking.")] = None,
    occur_time: Annotated[str | None, typer.Option("--at", help="When it happened (RFC 3339). Default: now.")] = None,
    outcome_id: Annotated[str | None, typer.Option(help="Its id. Default: derived from everything else.")] = None,
    revision: Annotated[int | None, typer.Option(help="Restates an outcome: the highest counts.")] = None,
    machine: Annotated[bool, typer.Option("--machine", help="Software, not a person, opened or clicked.")] = False,
    campaign: Annotated[str | None, typer.Option("--campaign", help="Campaign that the outcome names.")] = None,
    channel: Annotated[
        str | None, typer.Option(help="Channel that an UNSUBSCRIBE or COMPLAINT blocks. Default: the decision's.")
    ] = None,
    refunded: Annotated[str | None, typer.Option("--refunds", help="Outcome that a REFUND takes back.")] = None,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Posts one outcome, or every row of a file, and how complete the feeds are. Repeating it is safe."""
    single = (
        ("--type", "type", kind),
        ("--custom-type", "custom_type", custom_type),
        ("--decision", "decision_id", decision),
        ("--customer", "customer_id", customer),
        ("--amount", "amount", amount),
        ("--currency", "currency", currency),
        ("--at", "occur_time", occur_time),
        ("--outcome-id", "outcome_id", outcome_id),
        ("--revision", "revision", revision),
        ("--machine", "machine", machine or None),
        ("--campaign", "campaign_id", campaign),
        ("--channel", "channel", channel),
        ("--refunds", "refunded_outcome_id", refunded),
    )
    given = {name: value for _, name, value in single if value is not None}
    marks = read_marks(complete_through or [])
    options = ImportOptions(columns, constants, map_file, time_zone, rejects, delimiter, decimal, encoding)
    check_one_or_many(file, {option: value for option, _, value in single}, options.given())
    if file is not None:
        with connected(server, config) as client:
            _post_file(client, chosen_portfolio(client, portfolio), file, options, marks, as_json=as_json)
    elif given or not marks:
        named = {f"{path}{field}": option for option, field, _ in single for path in ("", "outcome.")}
        with reported(), fields_named(named):
            outcome = parse_message(outcome_pb2.Outcome, {"occur_time": datetime.now(UTC), **given})
        with connected(server, config) as client, fields_named(named):
            _post_one(client, chosen_portfolio(client, portfolio), outcome, marks, as_json)
    else:
        with connected(server, config) as client:
            post_marks(client, chosen_portfolio(client, portfolio), marks)
        if as_json:
            write_json({"complete_through": [json_values(mark) for mark in marks]})


def read_marks(pairs: Sequence[str]) -> list[outcome_pb2.FeedMark]:
    """Returns the marks of TYPE=TIME options; a CUSTOM type is written CUSTOM:name."""
    marks = []
    for name, value in split_pairs("--complete-through", pairs):
        kind, _, custom = name.partition(":")
        fields: dict[str, object] = {"type": kind, "complete_through": value}
        if custom:
            fields["custom_type"] = custom
        with reported():
            marks.append(parse_message(outcome_pb2.FeedMark, fields, f"--complete-through {name}"))
    return marks


def _post_file(
    client: Client,
    portfolio: str,
    file: Path,
    options: ImportOptions,
    marks: list[outcome_pb2.FeedMark],
    *,
    as_json: bool,
) -> None:
    def send(outcomes: list[outcome_pb2.Outcome]) -> list[RowAnswer]:
        requests = [ranking_pb2.RewardRequest(outcome=outcome) for outcome in outcomes]
        return [outcome_answer(result) for result in client.batch_reward(requests, portfolio).results]

    summary = import_rows(file, options, outcome_pb2.Outcome, send)
    if summary.counts[_UNKNOWN]:
        notes.print(f"{_UNKNOWN}: {_UNKNOWN_MEANS}", markup=False, soft_wrap=True)
    if marks and not summary.rejected:
        post_marks(client, portfolio, marks)
    elif marks:
        written = " ".join(f"--complete-through {_feed(mark)}={_time(mark)}" for mark in marks)
        notes.print(
            "complete_through was not posted, because rows were rejected: mend them and repeat the command, or, if they "
            f"are not wanted, post it alone: banditsvc reward -p {portfolio} {written}",
            markup=False,
            soft_wrap=True,
        )
    summary.show(as_json=as_json)


def outcome_answer(result: ranking_pb2.BatchRewardResult) -> RowAnswer:
    """Returns what became of an outcome of a file."""
    status = _status_name(result.response.status)
    if not result.status.code and result.response.status == outcome_pb2.OUTCOME_STATUS_CONFLICT:
        return RowAnswer(status, "the same outcome_id and revision are stored with another content; raise the revision")
    return row_answer(result.status, status)


def _post_one(
    client: Client, portfolio: str, outcome: outcome_pb2.Outcome, marks: list[outcome_pb2.FeedMark], as_json: bool
) -> None:
    arguments: Any = {"portfolio_id": portfolio, **set_fields(outcome)}
    answer = client.reward(**arguments)
    if as_json:
        write_json(answer)
    else:
        joined = ", ".join(answer.joined_decision_ids) or "-"
        write_fields([("status", _status_name(answer.status)), ("outcome", answer.outcome_id), ("joins", joined)])
    if answer.status == outcome_pb2.OUTCOME_STATUS_UNKNOWN_DECISION:
        notes.print(f"{_UNKNOWN}: {_UNKNOWN_MEANS}", markup=False, soft_wrap=True)
    if answer.status == outcome_pb2.OUTCOME_STATUS_CONFLICT:
        raise CommandFailure("the same outcome_id and revision are stored with another content; raise the revision")
    if marks:
        post_marks(client, portfolio, marks)


def post_marks(client: Client, portfolio: str, marks: list[outcome_pb2.FeedMark]) -> None:
    """Posts up to when feeds are complete, and says so."""
    if not client.batch_reward([], portfolio, marks).marks_stored:
        raise CommandFailure("complete_through was not stored", USAGE)
    for mark in marks:
        notes.print(f"posted: {_feed(mark)} is complete through {_time(mark)}", markup=False, soft_wrap=True)
    notes.print("An earlier time than one already stored changes nothing.", soft_wrap=True)


def _feed(mark: outcome_pb2.FeedMark) -> str:
    """Returns the feed as --complete-through takes it."""
    return enum_name(outcome_pb2.OutcomeType, mark.type) + (f":{mark.custom_type}" if mark.custom_type else "")


def _time(mark: outcome_pb2.FeedMark) -> str:
    return mark.complete_through.ToJsonString()


def _status_name(status: outcome_pb2.OutcomeStatus) -> str:
    return enum_name(outcome_pb2.OutcomeStatus, status)
