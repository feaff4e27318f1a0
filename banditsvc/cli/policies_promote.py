"""`banditsvc policies promote`: let a policy on trial decide for more customers, or for none, by what it brought."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.command_failure import FAILED, CommandFailure
from banditsvc.cli.connection import connected
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.options import Config, Data, Json, PortfolioId, Server
from banditsvc.cli.output import progress_bar, short_number, write_fields, write_json
from banditsvc.client import Client
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.reports.challenge_of_log import challenge_of_log
from offline_eval.challenge import Evidence, Finding

SHARES = (0.05, 0.25, 1.0)
"""Shares through which a trial goes."""


def promote_policy(
    budget: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Loss that is accepted, as a share of the mean reward.")
    ] = 0.02,
    precision: Annotated[
        float,
        typer.Option(min=0.0, help="Enough is known where half the interval is at most this share of the mean reward."),
    ] = 0.25,
    least_decisions: Annotated[
        int, typer.Option(min=1, help="Decisions with a known reward that the policy on trial must have.")
    ] = 1000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what was found and change nothing.")] = False,
    portfolio: PortfolioId = "",
    as_json: Json = False,
    data: Data = None,
    server: Server = None,
    config: Config = None,
) -> None:
    """Lets a policy on trial decide for 25 % and then for all customers, unless it loses more than the budget.

    Reads the log beside the running service. Where the loss shows, the policy at work decides for all again; where too
    little is known, nothing changes.
    """
    with connected(server, config) as client, progress_bar() as progress:
        portfolio_id = chosen_portfolio(client, portfolio)
        task = progress.add_task("decisions", total=None)
        split, evidence = challenge_of_log(
            data_directory(data, config),
            portfolio_id,
            budget=budget,
            precision=precision,
            least_decisions=least_decisions,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
        _check_log(client, portfolio_id, split)
        version, share = _next(split, evidence)
        if not dry_run and version:
            client.deploy_policy(portfolio_id, version, traffic_share=share)
    if as_json:
        write_json(_plain(split, evidence, version, share, is_done=not dry_run and version > 0))
    else:
        _show(split, evidence, _words(version, share, is_done=not dry_run))
    if evidence.finding is Finding.WAIT:
        raise typer.Exit(FAILED)


def _check_log(client: Client, portfolio_id: str, split: TrafficSplit) -> None:
    """Checks that the log that was read is that of the service."""
    answer = client.get_policy(portfolio_id)
    if (answer.challenger_policy_version, answer.challenger_share) != (
        split.challenger_version,
        split.challenger_share,
    ):
        raise CommandFailure(
            "the service has another trial than the log that was read: name its data directory with --data"
        )


def _next(split: TrafficSplit, evidence: Evidence) -> tuple[int, float]:
    """Returns the version to deploy and its share; 0 for none."""
    match evidence.finding:
        case Finding.PROMOTE:
            return split.challenger_version, next(one for one in SHARES if one > split.challenger_share)
        case Finding.LOSS:
            return split.policy_version, 1.0
    return 0, 0.0


def _words(version: int, share: float, *, is_done: bool) -> str:
    if not version:
        return "nothing changes"
    decides = "decides" if is_done else "would decide"
    return f"policy {version} {decides} for {'all' if share >= 1.0 else f'{share:.3g} of the'} customers"


def _show(split: TrafficSplit, evidence: Evidence, outcome: str) -> None:
    write_fields(
        [
            ("on trial", f"policy {split.challenger_version}, for {split.challenger_share:.3g} of the customers"),
            ("at work", f"policy {split.policy_version}"),
            ("decisions", f"{evidence.challenger_decisions:,} and {evidence.incumbent_decisions:,}"),
            (
                "mean reward",
                f"{short_number(evidence.challenger_mean)} and {short_number(evidence.incumbent_mean)}",
            ),
            ("found", f"{evidence.finding}: {evidence.reason}"),
            ("so", outcome),
        ]
    )


def _plain(split: TrafficSplit, evidence: Evidence, version: int, share: float, *, is_done: bool) -> dict[str, Any]:
    found = {name: None if value != value else value for name, value in asdict(evidence).items()}  # noqa: PLR0124  NaN
    return {
        **asdict(split),
        **found,
        "next_policy_version": version or None,
        "next_share": share or None,
        "is_done": is_done,
    }
