"""`banditsvc import`: what was sent before, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.command_failure import FAILED, USAGE, CommandFailure
from banditsvc.cli.connection import connected
from banditsvc.cli.failure import reported
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, Map, MapFile, Set, TimeZone
from banditsvc.cli.importing import ImportOptions, RowAnswer, Summary, import_rows, open_rows, row_answer
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import counted, notes, write_json, write_table
from banditsvc.cli.reward import outcome_answer, post_marks, read_marks
from banditsvc.client import Client
from banditsvc.core.errors import InvalidRequest
from banditsvc.import_files import PastRowReader
from banditsvc.v1 import history_pb2, outcome_pb2, portfolio_pb2, ranking_pb2

NO_SEND = "NO_SEND"
"""Stands for an outcome of nobody whom the file of sends names; it is stored, and joins whatever it fits."""
_STORED = "STORED"
_SHARED = (portfolio_pb2.ATTRIBUTION_LAST_SENT, portfolio_pb2.ATTRIBUTION_SPLIT)


def import_history(
    sends: Annotated[
        Path | None, typer.Option("--sends", help="CSV (with header) or Parquet: one past send a row.")
    ] = None,
    outcomes: Annotated[Path | None, typer.Option("--outcomes", help="The same with one outcome a row.")] = None,
    complete_through: Annotated[
        list[str] | None,
        typer.Option(help="TYPE=TIME: with these outcomes, everything of this type that occurred before is posted."),
    ] = None,
    portfolio: PortfolioId = "",
    columns: Map = None,
    constants: Set = None,
    map_file: MapFile = None,
    outcome_columns: Annotated[
        list[str] | None, typer.Option("--outcomes-map", help="field=column of the outcomes; may be repeated.")
    ] = None,
    outcome_constants: Annotated[
        list[str] | None, typer.Option("--outcomes-set", help="field=value for all outcomes; may be repeated.")
    ] = None,
    outcome_map_file: Annotated[
        Path | None, typer.Option("--outcomes-map-file", help="TOML file like --map-file, for the outcomes.")
    ] = None,
    time_zone: TimeZone = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Imports past sends as history, after their outcomes. Repeating it is safe, also after it was interrupted."""
    if sends is None:
        remedy = "outcomes of sends that are in the log are posted with banditsvc reward --file"
        raise CommandFailure(f"--sends: is required; {remedy}" if outcomes else "--sends: is required", USAGE)
    if outcomes is None and (outcome_columns or outcome_constants or outcome_map_file):
        raise CommandFailure(
            "--outcomes: is required with --outcomes-map, --outcomes-set and --outcomes-map-file", USAGE
        )
    marks = read_marks(complete_through or [])
    of_sends = ImportOptions(columns, constants, map_file, time_zone, None, delimiter, decimal, encoding)
    of_outcomes = replace(of_sends, columns=outcome_columns, constants=outcome_constants, map_file=outcome_map_file)
    named = _read_named(sends, of_sends)
    if outcomes is not None:
        open_rows(outcomes, of_outcomes, outcome_pb2.Outcome)  # what cannot be used is told before anything is posted
    with connected(server, config) as client:
        portfolio_id = chosen_portfolio(client, portfolio)
        told = client.get_portfolio(portfolio_id)
        summaries: dict[str, Summary] = {}
        if outcomes is not None:
            summaries["outcomes"] = _post_outcomes(client, portfolio_id, outcomes, of_outcomes, named)
            if summaries["outcomes"].rejected:
                _show(summaries, as_json=as_json)
                notes.print(
                    f"Nothing of {sends} was imported: without all outcomes its sends would be learned as failures. "
                    "Mend the rows, or take them out, and repeat the command.",
                    markup=False,
                    soft_wrap=True,
                )
                raise typer.Exit(FAILED)
        if marks:
            post_marks(client, portfolio_id, marks)
        summaries["sends"] = _import_sends(client, portfolio_id, sends, of_sends)
    _show(summaries, as_json=as_json)
    if outcomes is None:
        notes.print("No --outcomes: the rewards are those of outcomes that were posted before.", soft_wrap=True)
    if told.reward_spec.attribution in _SHARED:
        notes.print(
            "An outcome goes to the last send, or is split: sends of one customer that were imported one after the other "
            f"share it rightly after banditsvc relearn -p {portfolio_id}",
            markup=False,
            soft_wrap=True,
        )
    summaries["sends"].fail_if_rejected()


@dataclass(slots=True)
class _Named:
    """Whom and what a file of sends names."""

    customer_ids: set[str] = field(default_factory=set)
    decision_ids: set[str] = field(default_factory=set)

    def has(self, outcome: outcome_pb2.Outcome) -> bool:
        """Returns whether an outcome is of one of them."""
        return outcome.decision_id in self.decision_ids or outcome.customer_id in self.customer_ids


def _read_named(path: Path, options: ImportOptions) -> _Named:
    """Reads the sends once, so that a file that cannot be read to its end is told before anything is posted."""
    file, reader = open_rows(path, options, history_pb2.PastDecision, PastRowReader)
    named = _Named()
    with reported():
        for row in file.rows():
            try:
                send = reader.read(row)
            except InvalidRequest:
                continue  # it will be rejected
            named.customer_ids.add(send.customer_id)
            if send.decision_id:
                named.decision_ids.add(send.decision_id)
    return named


def _post_outcomes(client: Client, portfolio_id: str, path: Path, options: ImportOptions, named: _Named) -> Summary:
    def send(outcomes: list[outcome_pb2.Outcome]) -> list[RowAnswer]:
        requests = [ranking_pb2.RewardRequest(outcome=outcome) for outcome in outcomes]
        results = client.batch_reward(requests, portfolio_id).results
        return [_outcome_answer(outcome, result, named) for outcome, result in zip(outcomes, results, strict=True)]

    summary = import_rows(path, options, outcome_pb2.Outcome, send)
    if summary.counts[NO_SEND]:
        found = counted(summary.counts[NO_SEND], "outcome")
        notes.print(f"{NO_SEND}: {found} of nobody whom the sends name; stored all the same", soft_wrap=True)
    return summary


def _outcome_answer(outcome: outcome_pb2.Outcome, result: ranking_pb2.BatchRewardResult, named: _Named) -> RowAnswer:
    answer = outcome_answer(result)
    if result.status.code or result.response.status != outcome_pb2.OUTCOME_STATUS_UNKNOWN_DECISION:
        return answer
    # The sends come after their outcomes, so none is known yet.
    return replace(answer, status=_STORED if named.has(outcome) else NO_SEND)


def _import_sends(client: Client, portfolio_id: str, path: Path, options: ImportOptions) -> Summary:
    def send(decisions: list[history_pb2.PastDecision]) -> list[RowAnswer]:
        results = client.import_decisions(portfolio_id, decisions).results
        return [row_answer(result.status, _word(result)) for result in results]

    return import_rows(path, options, history_pb2.PastDecision, send, PastRowReader)


def _word(result: history_pb2.ImportDecisionResult) -> str:
    if result.is_repeat:
        return "DUPLICATE"
    return "PROBABILITY_KNOWN" if result.probability_known else "PROBABILITY_UNKNOWN"


def _show(summaries: dict[str, Summary], *, as_json: bool) -> None:
    if as_json:
        write_json({name: summary.plain() for name, summary in summaries.items()})
        return
    rows = [
        (name, status, count) for name, summary in summaries.items() for status, count in sorted(summary.counts.items())
    ]
    write_table(["file", "status", ">rows"], rows)
