"""`banditsvc simulate two-segments`: two kinds of customers, in process."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from banditsvc.core.errors import InvalidRequest
from simulators.cli.failure import USAGE, failure
from simulators.cli.options import Json
from simulators.cli.output import progress_bar, write
from simulators.policy_text import DEFAULT_POLICY
from simulators.two_segments_figure import two_segments_figure


def two_segments(
    *,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Number of runs.")] = 20,
    decisions: Annotated[int, typer.Option("--decisions", min=1, help="Decisions of a run.")] = 50_000,
    policy: Annotated[str, typer.Option(help="As for `trial`; the default is the service's.")] = DEFAULT_POLICY,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 2,
    as_json: Json = False,
) -> None:
    """Learns which of two campaigns suits which of two segments, in process, without server and log."""
    with progress_bar() as progress:
        task = progress.add_task("Two segments", total=seeds)
        try:
            figure = two_segments_figure(
                seeds=seeds, decisions=decisions, policy=policy, jobs=jobs, on_run=lambda: progress.advance(task)
            )
        except (ValueError, InvalidRequest) as error:
            raise failure(str(error), USAGE) from None
    if as_json:
        write(json.dumps(figure))
    else:
        write(
            f"With the policy {policy!r} the last decisions of {seeds} runs came {figure['share']:.3f} of the way from "
            "the best single campaign (0) to the best policy (1)."
        )
