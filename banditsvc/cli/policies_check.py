"""`banditsvc policies check`: who matches none or several of the exclusive rules."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.connection import connected
from banditsvc.cli.failure import reported
from banditsvc.cli.feature_remarks import FeatureRemarks
from banditsvc.cli.import_options import Decimal, Delimiter, Encoding, Map, MapFile, Rejects, Set, TimeZone
from banditsvc.cli.importing import ImportOptions, RowAnswer, Summary, import_numbered_rows, refused
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import write_fields, write_json, write_table
from banditsvc.client import Client
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.errors import InvalidRequest
from banditsvc.core.rules import RuleFault
from banditsvc.import_files import RankRowReader
from banditsvc.plain import parse_message
from banditsvc.reports.rule_overlap import Matches, RuleOverlap
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_rank import read_rank
from banditsvc.rpc.wire_rules import read_exclusive_rules, read_schema
from banditsvc.toml_file import read_toml
from banditsvc.v1 import policy_pb2, portfolio_pb2, ranking_pb2

_READ = "READ"


def check_policy(
    customers: Annotated[Path, typer.Option("--customers", help="CSV or Parquet file of customers.")],
    portfolio: PortfolioId = "",
    policy_version: Annotated[int, typer.Option(help="Version to check. Default: what is at work.")] = 0,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Settings file (TOML) with the policy.")] = None,
    columns: Map = None,
    constants: Set = None,
    map_file: MapFile = None,
    time_zone: TimeZone = None,
    rejects: Rejects = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Says how many customers match none, one or several of the exclusive rules, and which rules overlap.

    Without --policy-version and --file it checks the policy at work, or else the portfolio's business as usual,
    whichever has exclusive rules. Customers are named by their row, never by their data.
    """
    options = ImportOptions(columns, constants, map_file, time_zone, rejects, delimiter, decimal, encoding)
    with connected(server, config) as client:
        settings = client.get_portfolio(chosen_portfolio(client, portfolio))
        rules = _rules_of_file(file) if file else _stored_rules(client, settings, policy_version)
        if file:
            _check_known(client, settings.portfolio_id, rules, file)
    overlap = _overlap(rules, settings)
    remarks = FeatureRemarks(settings)
    summary = _read(overlap, remarks, settings.portfolio_id, customers, options)
    remarks.show()
    if as_json:
        write_json({**overlap.plain(), "rejected": summary.rejected})
    else:
        _show(overlap)
    summary.fail_if_rejected()


def _stored_rules(client: Client, settings: portfolio_pb2.Portfolio, version: int) -> policy_pb2.ExclusiveRules:
    policy = client.get_policy(settings.portfolio_id, version).policy
    if policy.WhichOneof("exploration") == "exclusive_rules":
        return policy.exclusive_rules
    if not version and settings.business_as_usual.WhichOneof("exploration") == "exclusive_rules":
        return settings.business_as_usual.exclusive_rules
    said = f"policy {policy.policy_version} of portfolio {settings.portfolio_id!r}"
    where = said if version else f"neither {said} nor its business as usual"
    raise CommandFailure(f"{where} has {'no ' if version else ''}exclusive rules: name others with --file", USAGE)


def _rules_of_file(path: Path) -> policy_pb2.ExclusiveRules:
    with reported():
        policy = parse_message(policy_pb2.Policy, read_toml(path).get("policy", {}), "policy")
    if policy.WhichOneof("exploration") != "exclusive_rules":
        raise CommandFailure(f"{path} has no [policy] with exclusive_rules", USAGE)
    return policy.exclusive_rules


def _check_known(client: Client, portfolio_id: str, rules: policy_pb2.ExclusiveRules, path: Path) -> None:
    """Checks that the campaigns of a file's rules exist or stand in the file too, as `apply` does."""
    known = {campaign.campaign_id for campaign in client.list_campaigns(portfolio_id)}
    written = read_toml(path).get("campaigns", [])
    if isinstance(written, list):
        known |= {str(table.get("campaign_id", "")) for table in written if isinstance(table, dict)}
    unknown = [rule.campaign_id for rule in rules.rules if rule.campaign_id not in {*known, NO_CONTACT}]
    if unknown:
        named = ", ".join(map(repr, dict.fromkeys(unknown)))
        raise CommandFailure(f"portfolio {portfolio_id!r} has no campaign {named}", USAGE)


def _overlap(message: policy_pb2.ExclusiveRules, settings: portfolio_pb2.Portfolio) -> RuleOverlap:
    faults = Faults()
    rules = read_exclusive_rules(message, "policy.exclusive_rules", faults)
    schema = read_schema(settings.context_schema, "portfolio.context_schema", faults)
    try:
        with reported():
            faults.raise_if_any()
            return RuleOverlap(rules, schema)
    except RuleFault as fault:
        raise CommandFailure(str(fault), USAGE) from None


def _read(
    overlap: RuleOverlap, remarks: FeatureRemarks, portfolio_id: str, customers: Path, options: ImportOptions
) -> Summary:
    now_us = time.time_ns() // 1000

    def judge(numbered: list[tuple[int, ranking_pb2.RankRequest]]) -> list[RowAnswer]:
        return [judge_one(row, request) for row, request in numbered]

    def judge_one(row: int, request: ranking_pb2.RankRequest) -> RowAnswer:
        request.portfolio_id, request.customer_id = portfolio_id, request.customer_id or f"row {row}"
        try:
            overlap.add(row, read_rank(request, now_us).input)
            remarks.look_at(request.context)
        except InvalidRequest as error:
            return refused(error)
        return RowAnswer(_READ)

    with reported():
        return import_numbered_rows(customers, options, ranking_pb2.RankRequest, judge, RankRowReader)


def _show(overlap: RuleOverlap) -> None:
    count = overlap.customers
    write_fields(
        [
            ("customers", f"{count:,}"),
            ("match no rule", _with_rows(overlap.none, count)),
            ("match one", _share(overlap.one, count)),
            ("match several", _with_rows(overlap.several, count)),
        ]
    )
    rows = [
        (rule.campaign_id, f"{rule.matched.customers:,}", f"{rule.alone:,}", f"{rule.served:,}", rule.expression)
        for rule in overlap.rules
    ]
    write_table(["campaign", ">match", ">no other", ">are first", "rule"], rows)
    if overlap.pairs:
        both = [(*pair, f"{found.customers:,}", _rows(found)) for pair, found in overlap.commonest()]
        write_table(["overlap", "with", ">customers", "rows"], both)


def _with_rows(matches: Matches, count: int) -> str:
    rows = f"  (rows {_rows(matches)})" if matches.rows else ""
    return _share(matches.customers, count) + rows


def _rows(matches: Matches) -> str:
    more = ", ..." if matches.customers > len(matches.rows) else ""
    return ", ".join(map(str, matches.rows)) + more


def _share(part: int, count: int) -> str:
    return f"{part:,} ({part / count:.1%})" if count else "0"
