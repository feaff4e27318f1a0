"""`banditsvc simulate world`: policies in a world, in process or through a running service."""

from __future__ import annotations

import json
from typing import Annotated

import pandas as pd
import typer

from banditsvc.usage_error import UsageError
from simulators.cli.failure import reported
from simulators.cli.options import Json, Server
from simulators.cli.output import progress_bar, write, write_table
from simulators.cli.service import service
from simulators.comparison.run_values import METRICS, run_values
from simulators.live.live_policy import service_policy
from simulators.live.simulate_live import simulate_live
from simulators.runs.named_policies import NAMED_POLICIES, named_policy
from simulators.runs.run_frames import RunFrames
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import preset_names, read_world
from simulators.worlds.world_spec import WorldSpec


def world(
    *,
    name: Annotated[str, typer.Argument(help=f"{', '.join(preset_names())}, or the path of a world file (TOML).")],
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", help=f"May be given several times. {NAMED_POLICIES}. Default: default and coin."),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Runs of each policy, with seeds from 1 on.")] = 1,
    days: Annotated[int | None, typer.Option("--days", min=1, help="Days, instead of the world's own number.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Through a service: as a scheduler and a feedback pipeline.")
    ] = False,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Runs policies in a world whose truth is known: in process, or with --live through a service. Both decide alike."""
    policies = policy or ["default", "coin"]
    with reported():
        if server is not None and not live:
            raise UsageError("--server is for --live: without it nothing is asked of a service")
        spec = read_world(name)
        # Before a server is started.
        for text in policies:
            (service_policy if live else named_policy)(text, spec)
        wanted, length = range(1, seeds + 1), days or spec.days
        frames = _through(server, spec, policies, wanted, length) if live else _here(spec, policies, wanted, length)
    values = _values(frames)
    if as_json:
        found = dict(zip(values.index, values.to_dict("records"), strict=True))
        write(json.dumps({"world": spec.name, "live": live, "days": length, "seeds": seeds, "policies": found}))
    else:
        rows = [
            [text, *(f"{value:,.3f}" for value in row)] for text, row in zip(values.index, values.values, strict=True)
        ]
        title = f"{spec.name}, {length} days, seeds: {seeds}; per customer over all days"
        write_table(("policy", *(f">{column}" for column in values)), rows, title)


def _here(spec: WorldSpec, policies: list[str], seeds: range, days: int) -> RunFrames:
    with progress_bar() as progress:
        task = progress.add_task(spec.name, total=len(policies) * days)
        return simulate(spec, policies, seeds=seeds, days=days, on_day=lambda: progress.advance(task))


def _through(server: str | None, spec: WorldSpec, policies: list[str], seeds: range, days: int) -> RunFrames:
    with service(server) as client, progress_bar() as progress:
        task = progress.add_task(spec.name, total=days)
        return simulate_live(
            client, spec, policies, seeds=seeds, days=days, on_day=lambda day, _: progress.update(task, completed=day)
        )


def _values(frames: RunFrames) -> pd.DataFrame:
    """Returns a row for each policy: what its runs came to on average."""
    return run_values(frames).groupby("policy", sort=False, observed=True)[list(METRICS)].mean()
