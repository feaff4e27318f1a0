"""The peers of benchmarks/evaluate.py, run in their own environment; prints one JSON line.

Usage: python -m benchmarks.evaluate_peers FILE SETTINGS_AS_JSON. The file has the arrays of benchmarks/evaluate_log.py.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.without_torch import leave_out_torch


def main(path: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Returns seconds and values: of obp on all rows, and of vw-estimators on the first ones."""
    warnings.simplefilter("ignore")
    stored = np.load(path)
    rows, chosen = np.arange(len(stored["reward"])), stored["chosen"]
    columns = {name: stored[name] for name in ("reward", "probability", "target")}
    return {
        "obp": _obp(columns, chosen, settings["resamples"]),
        "vw": _vw(columns, (rows, chosen), settings["vw_rows"], settings["floor"]),
    }


def _obp(columns: dict[str, Any], chosen: Any, resamples: int) -> dict[str, Any]:
    leave_out_torch()
    ope, rows = import_module("obp.ope"), np.arange(len(chosen))
    known = {
        "reward": columns["reward"],
        "action": chosen,
        "position": np.zeros(len(chosen), dtype=int),
        "action_dist": columns["target"][:, :, None],
        "pscore": columns["probability"][rows, chosen],
        # Any model will do: its predictions are a gift.
        "estimated_rewards_by_reg_model": np.full((*columns["target"].shape, 1), 0.05),
    }
    found: dict[str, Any] = {}
    for name, kind in (
        ("IPW", ope.InverseProbabilityWeighting),
        ("SNIPW", ope.SelfNormalizedInverseProbabilityWeighting),
        ("DR", ope.DoublyRobust),
    ):
        value, seconds = _timed(partial(kind().estimate_policy_value, **known))
        interval, bootstrap_seconds = _timed(
            partial(kind().estimate_interval, **known, n_bootstrap_samples=resamples, random_state=1)
        )
        ends = [interval["95.0% CI (lower)"], interval["95.0% CI (upper)"]]
        found[name] = {
            "value": float(value),
            "interval": ends,
            "seconds": seconds,
            "bootstrap_seconds": bootstrap_seconds,
        }
    return found


def _vw(columns: dict[str, Any], places: Any, rows: int, smallest: float) -> dict[str, Any]:
    cressie_read = import_module("estimators.bandits.cressieread")
    table = [columns[name][places][:rows].tolist() for name in ("probability", "target")]
    examples = list(zip(table[0], columns["reward"][:rows].tolist(), table[1], strict=True))

    def work() -> tuple[float, list[float]]:
        estimator = cressie_read.Estimator(wmax=1.0 / smallest)
        interval = cressie_read.Interval(wmax=1.0 / smallest)
        for example in examples:
            estimator.add_example(*example)
            interval.add_example(*example)
        return estimator.get(), interval.get(0.05)

    (value, ends), seconds = _timed(work)
    return {"rows": rows, "value": value, "interval": ends, "seconds": seconds}


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))) + "\n")
