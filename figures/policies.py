"""The policies that the figures compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np

from banditsvc.core.policy import default_policy
from banditsvc.rpc.wire_policy import read_policy
from banditsvc.v1.policy_pb2 import EpsilonGreedy, Greedy, Policy, SquareCb, Uniform
from simulators.two_segments import PORTFOLIO_ID, TwoSegmentsSettings, run_two_segments

DEFAULT = "default (thompson, floor .01)"
POLICIES: dict[str, Policy | None] = {
    DEFAULT: None,
    "square_cb, floor 0": Policy(square_cb=SquareCb()),
    "square_cb, floor .05": Policy(square_cb=SquareCb(), floor=0.05),
    "square_cb 10 : .5 (the stock scale)": Policy(square_cb=SquareCb(gamma_scale=10.0, gamma_exponent=0.5)),
    "greedy": Policy(greedy=Greedy()),
    "epsilon_greedy .05": Policy(epsilon_greedy=EpsilonGreedy(epsilon=0.05)),
    "epsilon_greedy .1": Policy(epsilon_greedy=EpsilonGreedy(epsilon=0.1)),
    "uniform": Policy(uniform=Uniform()),
}
"""None stands for the policy with which the service makes a portfolio."""
JOBS = 2


def two_segments_shares(policy: Policy | None, seeds: int, decisions: int, on_run: Callable[[], object]) -> list[float]:
    """Returns for each seed how far the policy came from the best single campaign (0) to the best policy (1)."""
    if policy is None:
        at_work = default_policy(PORTFOLIO_ID)
    else:
        message = Policy(portfolio_id=PORTFOLIO_ID)
        message.MergeFrom(policy)
        at_work = read_policy(message)
    settings = TwoSegmentsSettings(decisions=decisions, judged=decisions // 5, policy=at_work)
    shares = []
    for share in _run(settings, seeds):
        shares.append(share)
        on_run()
    return shares


def mean_and_error(values: list[float], digits: int) -> str:
    """Returns the mean with its standard error in brackets; the mean alone of a single value."""
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ({np.std(values, ddof=1) / len(values) ** 0.5:.{digits}f})"


def _run(settings: TwoSegmentsSettings, seeds: int) -> Iterator[float]:
    # Spawned, not forked: the parent has gRPC's threads.
    with ProcessPoolExecutor(max_workers=JOBS, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(run_two_segments, settings=settings), range(seeds))
