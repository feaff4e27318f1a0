"""`banditsvc simulate`: worlds that drive the service, or its core, and what comes of it."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import grpc
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from banditsvc.client import BanditsvcError, Client, ClientOptions
from banditsvc.core.errors import InvalidRequest
from simulators.column_map import MapError, load_column_map
from simulators.demo_run import DemoSettings
from simulators.demo_view import show_demo
from simulators.errors import SimulationError
from simulators.own_server import own_server
from simulators.policy_text import DEFAULT_POLICY, POLICY_FORMS, parse_policy
from simulators.trial import Trial, TrialError, load_trial
from simulators.trial_groups import TrialGroups
from simulators.trial_run import TrialFigures, TrialSettings, run_trial
from simulators.two_segments_figure import two_segments_figure

CALL_SECONDS = 300.0
"""Deadline of a call: catching up may take a while."""
_FAILED, _USAGE = 1, 2

app = typer.Typer(
    name="simulate",
    help="Worlds to see the service learn in: a randomised trial file, a made-up shop.",
    no_args_is_help=True,
)

Server = Annotated[
    str | None,
    typer.Option(
        "--server", help="Address of a running `serve --simulated-clock`. Default: one of its own, stopped in the end."
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything but the service's own draws.")]
Json = Annotated[bool, typer.Option("--json", help="End with one line of JSON on standard output.")]


@app.command("trial")
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
        raise _failure(str(error), _USAGE) from None
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
    with _service(server) as client:
        figures = _play(client, loaded, settings)
    if as_json:
        _print(figures.json_line())
    else:
        _print(_describe(figures, loaded))


@app.command("two-segments")
def two_segments(
    *,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Number of runs.")] = 20,
    decisions: Annotated[int, typer.Option("--decisions", min=1, help="Decisions of a run.")] = 50_000,
    policy: Annotated[str, typer.Option(help="As for `trial`; the default is the service's.")] = DEFAULT_POLICY,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 2,
    as_json: Json = False,
) -> None:
    """Learns which of two campaigns suits which of two segments, in process, without server and log."""
    with _progress() as progress:
        task = progress.add_task("Two segments", total=seeds)
        try:
            figure = two_segments_figure(
                seeds=seeds, decisions=decisions, policy=policy, jobs=jobs, on_run=lambda: progress.advance(task)
            )
        except (ValueError, InvalidRequest) as error:
            raise _failure(str(error), _USAGE) from None
    if as_json:
        _print(json.dumps(figure))
    else:
        _print(
            f"With the policy {policy!r} the last decisions of {seeds} runs came {figure['share']:.3f} of the way from "
            "the best single campaign (0) to the best policy (1)."
        )


@app.command("demo")
def demo(
    *,
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=52, help="Weeks of the shop's life.")] = 8,
    customers: Annotated[int, typer.Option("--customers", min=1, max=1000, help="Customers a day.")] = 300,
    seed: Seed = 1,
    server: Server = None,
) -> None:
    """Shows the service learn in a small made-up shop, in under a minute."""
    with _service(server) as client:
        show_demo(client, DemoSettings(weeks=weeks, customers_a_day=customers, seed=seed), Console(highlight=False))


def _play(client: Client, loaded: Trial, settings: TrialSettings) -> TrialFigures:
    with _progress() as progress:
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


@contextmanager
def _service(server: str | None) -> Iterator[Client]:
    """Gives a client of the named service or of one of our own; what goes wrong ends the command with a message."""
    # So that our own server is stopped when the command is.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with (
            own_server() if server is None else nullcontext(server) as address,
            Client(address, ClientOptions(timeout_seconds=CALL_SECONDS)) as client,
        ):
            yield client
    except SimulationError as error:
        raise _failure(str(error), _FAILED) from None
    except BanditsvcError as error:
        hint = ""
        if error.code is grpc.StatusCode.UNIMPLEMENTED:
            hint = ". Is the service started with --simulated-clock?"
        elif error.code is grpc.StatusCode.UNAVAILABLE and server:
            hint = f". Does a service answer at {server}?"
        raise _failure(f"{error.message or error.code.name}{hint}", _FAILED) from None


def _failure(message: str, exit_code: int) -> typer.Exit:
    typer.echo(f"error: {message}", err=True)
    return typer.Exit(exit_code)


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
