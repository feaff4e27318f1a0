"""The figure of the two segments: the mean over seeds, run in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TypedDict

import numpy as np

from banditsvc.core.policy import Policy, default_policy
from banditsvc.rpc.wire_policy import read_policy
from banditsvc.v1 import policy_pb2
from simulators.policy_text import DEFAULT_POLICY, parse_policy
from simulators.two_segments import PORTFOLIO_ID, TwoSegmentsSettings, run_two_segments


class TwoSegmentsFigure(TypedDict):
    """The figure, as its line of JSON."""

    policy: str
    share: float
    """Mean over seeds of the share of the way from the best single campaign to the best policy."""
    stderr: float | None
    """Standard deviation over seeds divided by the root of their number; None for one seed."""
    seeds: int


def two_segments_figure(
    *,
    seeds: int,
    decisions: int = 50_000,
    policy: str = DEFAULT_POLICY,
    jobs: int = 1,
    on_run: Callable[[], None] = lambda: None,
) -> TwoSegmentsFigure:
    """Returns the figure of seeds 0 to seeds - 1. on_run is called after each run.

    Raises:
        ValueError: The policy is none.
        InvalidRequest: Its numbers are out of range.
    """
    settings = TwoSegmentsSettings(decisions=decisions, judged=max(1, decisions // 5), policy=_core_policy(policy))
    shares = []
    for share in _run_all(partial(run_two_segments, settings=settings), seeds, jobs):
        shares.append(share)
        on_run()
    spread = float(np.std(shares, ddof=1) / len(shares) ** 0.5) if len(shares) > 1 else None
    return TwoSegmentsFigure(policy=policy, share=float(np.mean(shares)), stderr=spread, seeds=seeds)


def _core_policy(text: str) -> Policy:
    wished = parse_policy(text)
    if wished is None:
        return default_policy(PORTFOLIO_ID)
    message = policy_pb2.Policy(portfolio_id=PORTFOLIO_ID)
    message.MergeFrom(wished)
    return read_policy(message)


def _run_all(run: Callable[[int], float], seeds: int, jobs: int) -> Iterator[float]:
    if jobs == 1:
        yield from map(run, range(seeds))
        return
    # Spawned, not forked: the parent has gRPC's threads loaded.
    with ProcessPoolExecutor(max_workers=jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(run, range(seeds))
