"""`banditsvc simulate trial`: a randomised trial file is played through the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from banditsvc.client import Client
from simulators.cli.failure import USAGE, failure
from simulators.cli.options import Json, Seed, Server
from simulators.cli.output import progress_bar, write
from simulators.cli.service import service
from simulators.column_map import MapError, load_column_map
from simulators.policy_text import DEFAULT_POLICY, POLICY_FORMS, parse_policy
from simulators.trial import Trial, TrialError, load_trial
from simulators.trial_groups import TrialGroups
from simulators.trial_run import TrialFigures, TrialSettings, run_trial


def trial(
    *,
    name: Annotated[str, typer.Argument(help="hillstrom, charitable, or the path of a column map (TOML).")],
    data: Annotated[Path, typer.Option("--data", help="The trial file (CSV).")],
    reward: Annotated[str, typer.Option("--reward", help="Which reward of the column map, by its name or its column.")],
    shuffles: Annotated[int, typer.Option("--shuffles", min=1, help="Orders in which the customers are played.")] = 10,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Customers a day.")] = 500,
    rows: Annotated[int | None, typer.Option("--rows", min=1, help="Play a random part of so many rows.")] = None,
    policy: Annotated[str, typer.Option(help=f"{POLICY_FORMS}.")] = DEFAULT_POLICY,
    holdout: Annotated[
        float, typer.Option(help="Share of customers to whom nothing is sent. Needs such an arm.")
    ] = 0.0,
    uniform_random: Annotated[float, typer.Option(help="Share of customers for whom an equal draw decides.")] = 0.0,
    business_as_usual: Annotated[
        float, typer.Option(help="Share of customers for whom the fixed order decides.")
    ] = 0.0,
    seed: Seed = 1,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Shuffles played at the same time.")] = 4,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Plays a randomised trial through the service, by rejection on its known probabilities."""
    groups = TrialGroups(holdout=holdout, uniform_random=uniform_random, business_as_usual=business_as_usual)
    try:
        parse_policy(policy)
        loaded = load_trial(data, load_column_map(name), reward)
        groups.check(loaded.columns)
    except (MapError, TrialError, ValueError) as error:
        raise failure(str(error), USAGE) from None
    if rows is not None:
        loaded = loaded.random_part(rows, seed)
    settings = TrialSettings(
        name=Path(name).stem,
        reward=reward,
        shuffles=shuffles,
        batch=batch,
        policy=policy,
        seed=seed,
        jobs=jobs,
        groups=groups,
    )
    with service(server) as client:
        figures = _play(client, loaded, settings)
    if as_json:
        write(figures.json_line())
    else:
        write(_describe(figures, loaded))


def _play(client: Client, loaded: Trial, settings: TrialSettings) -> TrialFigures:
    with progress_bar() as progress:
        task = progress.add_task(f"{settings.shuffles} x {len(loaded):,} customers, by day", total=None)
        return run_trial(client, loaded, settings, lambda day, days: progress.update(task, completed=day, total=days))


def _describe(figures: TrialFigures, loaded: Trial) -> str:
    mean = "nothing was accepted" if figures.mean_reward is None else f"{figures.mean_reward:.5f}"
    spread = "" if figures.stderr is None else f" (standard error {figures.stderr:.5f})"
    lines = [
        f"{figures.reward} per accepted event, policy {figures.policy}: {mean}{spread}",
        f"{figures.accepted:,} of {figures.decisions:,} decisions accepted, shuffles: {figures.shuffles}",
    ]
    for group, found in figures.groups.items():
        if found.mean_reward is not None:
            lines.append(f"{group}: {found.mean_reward:.5f} per accepted event, {found.accepted:,} of them")
    if figures.groups:
        lines.append(f"portfolios, for banditsvc lift: {', '.join(figures.portfolios)}")
    if loaded.left_out:
        lines.append(f"{loaded.left_out:,} rows without {figures.reward} were left out")
    return "\n".join(lines)
