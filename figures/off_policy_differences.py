"""Paired differences of two policies: how often their intervals hold the truth, and how wide they are."""

from __future__ import annotations

from collections.abc import Callable

from figures.page import Table
from offline_eval.intervals.off_policy import Method, OffPolicySpec, PromisedInterval, interval_of_difference
from tests.offline_eval.near_policies import PAIRS, Pair

_WAYS: dict[str, Callable[[Pair], PromisedInterval]] = {
    "default": lambda pair: interval_of_difference(pair.target, pair.base, weight_range=pair.weight_range),
    "default, range of differences not told": lambda pair: interval_of_difference(pair.target, pair.base),
    "normal": lambda pair: interval_of_difference(pair.target, pair.base, OffPolicySpec(method=Method.NORMAL)),
    "betting (anytime)": lambda pair: interval_of_difference(
        pair.target, pair.base, OffPolicySpec(method=Method.BETTING), weight_range=pair.weight_range
    ),
}


def differences_table(logs: int, least: float, on_read: Callable[[int], None]) -> Table:
    """Returns a row for each pair of policies; `least` is the share of logs in which the default must hold."""
    rows = []
    for name, (draw, decisions) in PAIRS.items():
        held, width, truth = dict.fromkeys(_WAYS, 0), dict.fromkeys(_WAYS, 0.0), 0.0
        for seed in range(logs):
            pair = draw(seed, decisions)
            truth = pair.truth
            for way, make in _WAYS.items():
                interval = make(pair).interval
                assert interval is not None
                held[way] += interval.contains(truth)
                width[way] += interval.high - interval.low
        cells = [f"{held[way] / logs:.3f} ({width[way] / logs:.2g})" for way in _WAYS]
        rows.append(
            (name, f"{decisions:,}", f"{truth:+.2g}", *cells, "yes" if held["default"] / logs >= least else "**no**")
        )
        on_read(logs)
    return Table(
        headers=("policies", "decisions", "truth", *_WAYS, "default holds"),
        rows=rows,
        caption=(
            "Paired differences, share of logs whose 95 % interval holds the truth (mean width). Of those that are near to "
            "each other one chooses a fifth more often what is chosen in one of 20 decisions; the weights of either could "
            "be 100, and their difference is from -.01 to .2:"
        ),
    )
