"""`banditsvc funnel`: how many customers each rule and cap cost each campaign."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.connection import connected
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.failure import reported
from banditsvc.cli.feature_remarks import FeatureRemarks
from banditsvc.cli.funnel_view import show_funnel
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, Map, MapFile, Rejects, Set, TimeZone
from banditsvc.cli.importing import ImportOptions, RowAnswer, Summary, import_rows, row_answer
from banditsvc.cli.moment import moment
from banditsvc.cli.options import Config, Data, Json, PortfolioId, Server
from banditsvc.cli.output import progress_bar, write_json
from banditsvc.cli.portfolio_of_log import portfolio_of_log
from banditsvc.client import Client
from banditsvc.import_files import RankRowReader
from banditsvc.reports import FunnelReport, FunnelTally, funnel_of_log, outline_of_message
from banditsvc.v1 import campaign_pb2, decision_pb2, ranking_pb2

MOST_CALL_CANDIDATES = 50_000
"""Candidates of one call of BatchRank."""


def funnel(
    portfolio: PortfolioId = "",
    customers: Annotated[
        Path | None, typer.Option("--customers", help="CSV or Parquet file of customers: what they would get now.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Decisions from this time on (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="Decisions before this time (RFC 3339).")] = None,
    campaign: Annotated[list[str] | None, typer.Option(help="Only this campaign; may be repeated.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV, one line per campaign and step.")] = False,
    columns: Map = None,
    constants: Set = None,
    map_file: MapFile = None,
    time_zone: TimeZone = None,
    rejects: Rejects = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    data: Data = None,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Shows, for each campaign, whom each rule and cap cost it, over the log or over a file of customers.

    Over the log it says what was decided. With --customers it asks the running service what it would decide now; each
    customer is asked for alone, nothing is written and nothing is reserved.
    """
    if as_csv and as_json:
        raise CommandFailure("--csv and --json do not go together", USAGE)
    options = ImportOptions(columns, constants, map_file, time_zone, rejects, delimiter, decimal, encoding)
    summary: Summary | None = None
    if customers is None:
        _refuse("--customers", (*options.given().values(), server))
        report = _of_log(data, config, portfolio, (moment("--since", since), moment("--until", until)))
    else:
        _refuse("the log, so not --customers", (since, until, data))
        with connected(server, config) as client:
            report, summary = _of_customers(client, chosen_portfolio(client, portfolio), customers, options)
    _check_known(report, campaign or ())
    _write(report.only(tuple(campaign or ())), as_json=as_json, as_csv=as_csv)
    if summary is not None:
        summary.fail_if_rejected()


def _check_known(report: FunnelReport, campaign_ids: Sequence[str]) -> None:
    """Checks that campaigns exist: in the catalogue, or in some decision."""
    known = {one.campaign_id for one in report.campaigns} | {one.campaign_id for one in report.not_offered}
    known |= {one.campaign_id for one in report.forced}
    for campaign_id in campaign_ids:
        if campaign_id not in known:
            close = get_close_matches(campaign_id, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise CommandFailure(f"portfolio {report.portfolio_id!r} has no campaign {campaign_id!r}{hint}")


def _refuse(needed: str, given: Sequence[object]) -> None:
    if any(value is not None for value in given):
        raise CommandFailure(f"some of these options need {needed}", USAGE)


def _of_log(
    data: Path | None, config: Path | None, portfolio: str, span: tuple[datetime | None, datetime | None]
) -> FunnelReport:
    since, until = span
    with reported(), progress_bar() as progress:
        directory = data_directory(data, config)
        portfolio = portfolio_of_log(directory, portfolio)
        task = progress.add_task("decisions", total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return funnel_of_log(directory, portfolio, since=since, until=until, progress=tell)


def _of_customers(
    client: Client, portfolio: str, customers: Path, options: ImportOptions
) -> tuple[FunnelReport, Summary]:
    tally = FunnelTally(portfolio)
    catalogue = client.list_campaigns(portfolio)
    live = sum(one.state == campaign_pb2.CAMPAIGN_STATE_LIVE for one in catalogue)
    remarks = FeatureRemarks(client.get_portfolio(portfolio))

    def send(requests: list[ranking_pb2.RankRequest]) -> list[RowAnswer]:
        answers = []
        for request in requests:
            request.portfolio_id, request.dry_run = portfolio, True
            request.ClearField("ranking_limit")
            request.ClearField("decision_id")
            remarks.look_at(request.context)
        for part in _calls(requests, live):
            for result in client.batch_rank(part).results:
                if not result.status.code:
                    tally.add(outline_of_message(result.response.decision))
                word = enum_name(decision_pb2.Result, result.response.decision.result)
                answers.append(row_answer(result.status, word))
        return answers

    summary = import_rows(customers, options, ranking_pb2.RankRequest, send, RankRowReader)
    remarks.show()
    states = {one.campaign_id: enum_name(campaign_pb2.CampaignState, one.state) for one in catalogue}
    return tally.report().with_catalogue(states), summary


def _calls(requests: Sequence[ranking_pb2.RankRequest], live: int) -> Iterator[list[ranking_pb2.RankRequest]]:
    """Yields the requests in parts that a call takes."""
    part: list[ranking_pb2.RankRequest] = []
    candidates = 0
    for request in requests:
        count = len(request.candidates) or live
        if part and candidates + count > MOST_CALL_CANDIDATES:
            yield part
            part, candidates = [], 0
        part.append(request)
        candidates += count
    if part:
        yield part


def _write(report: FunnelReport, *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        write_json(report.plain())
    elif as_csv:
        report.to_pandas().to_csv(sys.stdout, index=False)
    else:
        show_funnel(report)
