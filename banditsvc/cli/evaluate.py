"""`banditsvc evaluate`: what other policies would have brought on the customers of a log."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from banditsvc.cli.chosen_portfolio import only_one
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.evaluation_view import show_evaluations
from banditsvc.cli.failure import USAGE, CommandFailure, reported
from banditsvc.cli.moment import moment
from banditsvc.cli.options import Config, Data, Json, PortfolioId
from banditsvc.cli.output import progress_bar, write_json
from banditsvc.open_log import open_log
from banditsvc.reports.log_evaluation import evaluation_of_log
from banditsvc.reports.log_maturity import maturity_of_log
from offline_eval.diagnostics import Audit, Maturity, audit
from offline_eval.evaluation import Evaluated, evaluations
from offline_eval.intervals.off_policy import Method, OffPolicySpec
from offline_eval.logged import Logged, ReadingSettings, parse_table_columns, read_logged


def evaluate(
    policies: Annotated[
        list[str],
        typer.Argument(
            metavar="POLICY...",
            help="logged, uniform, always:CAMPAIGN, column:NAME, version:NUMBER of the portfolio's policies, or an exploration "
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
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV, one line per policy.")] = False,
    as_json: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Says what other policies would have brought, each with an interval, how much it rests on, and what speaks against it.

    Reads the service's log beside the running service, or any other log.
    """
    if as_csv and as_json:
        raise CommandFailure("--csv and --json do not go together", USAGE)
    if not 0.0 < level < 1.0:
        raise CommandFailure(f"--level {level:g} must be above 0 and below 1", USAGE)
    if file is not None and (portfolio or since or until or with_maturity or data is not None):
        raise CommandFailure("--log does not go with --data, --portfolio, --since, --until and --maturity", USAGE)
    if (least is None) != (greatest is None):
        raise CommandFailure("--least-reward and --greatest-reward go together", USAGE)
    span, spec = (moment("--since", since), moment("--until", until)), OffPolicySpec(method=method, level=level)
    with reported(), progress_bar() as progress:
        settings = ReadingSettings(
            columns=parse_table_columns(columns or ()),
            pooled=pooled,
            reward_range=None if least is None or greatest is None else (least, greatest),
        )
        task, directory = progress.add_task("decisions", total=None), Path()
        if file is not None:
            logged = read_logged(file, settings)
            found = evaluations(logged, policies, interval=spec, smallest_probability=smallest)
        else:
            directory = data_directory(data, config)
            if not portfolio:
                with open_log(directory) as log:
                    portfolio = only_one(log.portfolio_ids())
            logged, found = evaluation_of_log(
                directory,
                portfolio,
                policies,
                since=span[0],
                until=span[1],
                settings=settings,
                interval=spec,
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
        checked = audit(logged, floor=floor)
        maturity = maturity_of_log(directory, portfolio) if with_maturity else ()
    name = str(file) if file is not None else portfolio
    if as_json:
        write_json(_plain(name, logged, found, checked, maturity))
    elif as_csv:
        pd.DataFrame([one.plain() for one in found]).to_csv(sys.stdout, index=False)
    else:
        show_evaluations(name, logged, found, checked, maturity)


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
