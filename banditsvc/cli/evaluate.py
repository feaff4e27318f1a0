"""`banditsvc evaluate`: what other policies would have brought on the customers of a log."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypedDict

import pandas as pd
import typer

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.evaluation_view import show_evaluations
from banditsvc.cli.failure import reported
from banditsvc.cli.moment import moment
from banditsvc.cli.options import Config, Data, Json, PortfolioId
from banditsvc.cli.output import notes, progress_bar, write_json
from banditsvc.cli.portfolio_of_log import portfolio_of_log
from banditsvc.core.rule import FeatureType
from banditsvc.reports.extra import reports_extra
from banditsvc.reports.log_evaluation import EvaluatedLog, log_to_evaluate
from banditsvc.reports.log_maturity import maturity_of_log
from offline_eval.diagnostics import Audit, Maturity, audit
from offline_eval.evaluation import LOGGED, Evaluated, EvaluationReport, evaluation_report, evaluations
from offline_eval.intervals.off_policy import Method, OffPolicySpec
from offline_eval.logged import Logged, ReadingSettings, parse_table_columns, read_logged


def evaluate(
    policies: Annotated[
        list[str],
        typer.Argument(
            metavar="POLICY...",
            help="logged, uniform, always:CAMPAIGN, without:CAMPAIGN, column:NAME, version:NUMBER of the portfolio's policies, or an exploration "
            'with settings such as "square_cb gamma_scale=2 floor=0.05".',
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Option(
            "--log", help="Export folder, or Parquet, CSV or dsjson file. Default: the log of the service, by --data."
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="Column of a table that is not the service's, such as reward=spend; may be repeated."
        ),
    ] = None,
    least: Annotated[float | None, typer.Option("--least-reward", help="Least reward that there can be.")] = None,
    greatest: Annotated[float | None, typer.Option("--greatest-reward", help="Greatest reward.")] = None,
    smallest: Annotated[
        float | None,
        typer.Option(
            "--smallest-probability",
            help="With which anything was chosen, of a table that tells those of choices alone.",
        ),
    ] = None,
    portfolio: PortfolioId = "",
    since: Annotated[str | None, typer.Option(help="Decisions from this time on (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="Decisions before this time (RFC 3339).")] = None,
    against: Annotated[
        str, typer.Option("--against", help="Policy that the others are compared with, written as they are.")
    ] = LOGGED,
    pooled: Annotated[
        bool, typer.Option("--pooled", help="Weigh by the mixture over all groups, business as usual included.")
    ] = False,
    method: Annotated[Method, typer.Option("--interval", help="Which interval is made.")] = Method.CRESSIE_READ,
    level: Annotated[float, typer.Option(help="Level of the intervals, above 0 and below 1.")] = 0.95,
    floor: Annotated[float, typer.Option(help="Floor of the policy that made the log, for the audit.")] = 0.0,
    with_maturity: Annotated[
        bool,
        typer.Option("--maturity", help="Show which share of the reward had come by which age: of the service's log."),
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write a page with verdicts, plots and all that they rest on to this file."),
    ] = None,
    unit: Annotated[
        str,
        typer.Option(
            help="What a reward of 1 is, such as EUR, for the page. Default: the portfolio's currency, if it weighs amounts."
        ),
    ] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV, one line per policy.")] = False,
    as_json: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Says what other policies would have brought, each with an interval, how much it rests on, and what speaks against it.

    Reads the service's log beside the running service, or any other log.
    """
    for is_wrong, text in (
        (as_csv and as_json, "--csv and --json do not go together"),
        (not 0.0 < level < 1.0, f"--level {level:g} must be above 0 and below 1"),
        (
            file is not None and (portfolio or since or until or with_maturity or data is not None),
            "--log does not go with --data, --portfolio, --since, --until and --maturity",
        ),
        ((least is None) != (greatest is None), "--least-reward and --greatest-reward go together"),
    ):
        if is_wrong:
            raise CommandFailure(text, USAGE)
    span, spec = (moment("--since", since), moment("--until", until)), OffPolicySpec(method=method, level=level)
    with reported(), progress_bar() as progress:
        settings = ReadingSettings(
            columns=parse_table_columns(columns or ()),
            pooled=pooled,
            reward_range=None if least is None or greatest is None else (least, greatest),
        )
        task, directory = progress.add_task("decisions", total=None), Path()
        if file is not None:
            log = EvaluatedLog(
                logged=read_logged(file, settings),
                candidates={one: one for one in (*policies, against)},
                schema={},
                unit="reward",
            )
        else:
            directory = data_directory(data, config)
            portfolio = portfolio_of_log(directory, portfolio)
            log = log_to_evaluate(
                directory,
                portfolio,
                [*policies, against],
                since=span[0],
                until=span[1],
                settings=settings,
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
        terms: _Terms = {"interval": spec, "schema": log.schema, "smallest_probability": smallest}
        named = {name: log.candidates[name] for name in policies}
        name = str(file) if file is not None else portfolio
        maturity = maturity_of_log(directory, portfolio) if with_maturity or (html and file is None) else ()
        if html is None:
            found = evaluations(log.logged, named, against=log.candidates[against], **terms)
            checked = audit(log.logged, floor=floor)
        else:
            base = {against: log.candidates[against]}
            report = evaluation_report(log.logged, named, against=base, floor=floor, **terms)
            found, checked = [one for one in report.evaluated if one.name in named], report.audit
            facts = [("policies", " · ".join(policies)), ("compared with", against), ("interval", str(spec))]
            facts += [("floor of the log", f"{floor:g}"), ("how the log was read", str(settings))]
            _write_page(html, report, file.name if file is not None else name, unit or log.unit, maturity, facts)
    if as_json:
        write_json(_plain(name, log.logged, found, checked, maturity))
    elif as_csv:
        pd.DataFrame([one.plain() for one in found]).to_csv(sys.stdout, index=False)
    else:
        show_evaluations(name, log.logged, found, checked, maturity, against=against)
    if html is not None:
        notes.print(f"written: {html}", markup=False, soft_wrap=True)


class _Terms(TypedDict):
    """What both ways to evaluate take."""

    interval: OffPolicySpec
    schema: Mapping[str, FeatureType]
    smallest_probability: float | None


def _write_page(
    html: Path,
    report: EvaluationReport,
    name: str,
    unit: str,
    maturity: Sequence[Maturity],
    facts: Sequence[tuple[str, str]],
) -> None:
    with reports_extra():
        from banditsvc.reports.evaluation_page import evaluation_page  # noqa: PLC0415 - only pages need what it imports

        page = evaluation_page(report, log=name, unit=unit, maturity=maturity, settings=facts)
    html.parent.mkdir(parents=True, exist_ok=True)
    html.write_text(page, encoding="utf-8")


def _plain(
    name: str, logged: Logged, found: list[Evaluated], checked: Audit, maturity: Sequence[Maturity]
) -> dict[str, object]:
    return {
        "log": name,
        "decisions": len(logged),
        "left_out": [
            {"kind": kind, "count": count, "first": logged.first_left_out.get(kind, "")}
            for kind, count in sorted(logged.left_out.items())
        ],
        "audit": {
            "passed": checked.is_passed,
            "checked": [str(one) for one in checked.checked],
            "findings": [
                {"check": str(one.check), "what": one.what, "count": one.count, "p_value": one.p_value}
                for one in checked.findings
            ],
        },
        "reward_maturity": [{"age_days": one.age_days, "share": one.share} for one in maturity],
        "policies": [one.plain() for one in found],
    }
