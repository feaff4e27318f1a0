"""What benchmarks/evaluate.py measures of ours, in a process of its own; prints one JSON line.

Usage: python -m benchmarks.evaluate_ours memory|stream FILE. Times are of the processor, on one thread.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evaluate_log import CAMPAIGNS, COLUMNS, FLOOR, SEGMENTS, VW_ROWS
from offline_eval.choices import Coded
from offline_eval.diagnostics import (
    WeightMean,
    WeightSummary,
    audit,
    eligible_drift,
    pareto_index,
    unlogged_mass,
    weight_mean,
    weight_summary,
)
from offline_eval.estimators import (
    PointEstimate,
    Sample,
    WeightedSums,
    cressie_read_value,
    evidence_of,
    log_evidence,
    point_estimates,
    sample_of,
)
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import interval_of_evidence, interval_of_sums
from offline_eval.logged import Entries, Logged, ReadingSettings, column, log_parts
from offline_eval.logged.logged import starts_of
from offline_eval.reward_models import Ridge, ShrunkMeans

BY = ("segment",)
RUNS = 5
STEP_US = 2_592_000
"""Between two decisions: a million in 30 days."""


def read_arrays(path: Path) -> tuple[Logged, Floats]:
    """Returns the log and the target's probability of each entry."""
    stored = np.load(path)
    count = len(stored["reward"])
    start, unknown = starts_of(np.full(count, CAMPAIGNS)), np.broadcast_to(np.float64(np.nan), count * CAMPAIGNS)
    chosen, probability = start[:-1] + stored["chosen"], stored["probability"].ravel()
    logged = Logged(
        entries=Entries(
            start=start,
            campaign=Coded(np.tile(np.arange(CAMPAIGNS, dtype=np.int32), count), _names("campaign", CAMPAIGNS)),
            probability=probability,
            predicted=unknown,
            deviation=unknown,
        ),
        chosen=chosen,
        probability=probability[chosen],
        reward=stored["reward"],
        customer=stored["customer"],
        time_us=np.arange(count, dtype=np.int64) * STEP_US,
        labels={"segment": Coded(stored["segment"], _names("segment", SEGMENTS))},
        features=stored["features"],
        reward_range=(0.0, 1.0),
    )
    return logged, stored["target"].ravel()


def evaluate(logged: Logged, target: Floats) -> dict[str, Any]:
    """Evaluates once: two reward models, the first row with each, the default interval, the diagnostics; with seconds."""
    steps: dict[str, float] = {}
    begin = time.process_time()

    def timed(name: str, work: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = work()
        steps[name] = time.process_time() - started
        return result

    points: tuple[PointEstimate, ...] = ()
    for name, learn in (("shrunken means", ShrunkMeans.of), ("ridge", Ridge.of)):
        model = timed(f"{name}: learning", partial(learn, logged, BY))
        sample = timed(f"{name}: predicting", partial(sample_of, logged, target, model, smallest_probability=FLOOR))
        evidence = timed(f"{name}: adding up", partial(evidence_of, sample))
        points = timed(f"{name}: 7 estimators", partial(point_estimates, evidence))
    interval = timed("interval, customers as units", partial(interval_of_evidence, evidence)).interval
    timed("diagnostics: weights", partial(_weights, sample))
    timed("diagnostics: unlogged mass", partial(unlogged_mass, logged, target))
    timed("diagnostics: drift of eligible sets", partial(eligible_drift, logged))
    audited = timed("diagnostics: audit of probabilities", partial(audit, logged, floor=FLOOR * CAMPAIGNS))
    assert audited.is_passed
    return {
        "seconds": time.process_time() - begin,
        "steps": steps,
        "values": {point.name: point.value for point in points},
        "interval": (interval.low, interval.high),
    }


def _weights(sample: Sample) -> tuple[WeightSummary, float, WeightMean]:
    weight = sample.weight
    return weight_summary(weight), pareto_index(weight), weight_mean(weight, sample.greatest_weight)


def cressie_read(sample: Sample) -> tuple[float, float, float]:
    """Returns the Cressie-Read value of a sample, and the ends of its interval."""
    sums = WeightedSums.of(sample)
    interval = interval_of_sums(sums).interval
    assert interval is not None
    return cressie_read_value(sums), interval.low, interval.high


def in_memory(path: Path) -> dict[str, Any]:
    """Evaluates a million decisions that are in memory."""
    logged, target = read_arrays(path)
    found = evaluate(logged, target)
    sample = replace(sample_of(logged, target, smallest_probability=FLOOR), unit=None)
    taken = []
    for _ in range(RUNS):
        begin = time.process_time()
        cressie_read(sample)
        taken.append(time.process_time() - begin)
    first = replace(sample, weight=sample.weight[:VW_ROWS], reward=sample.reward[:VW_ROWS])
    return {**found, "cressie_read_ms": min(taken) * 1e3, "first_rows": cressie_read(first)}


def streamed(path: Path) -> dict[str, Any]:
    """Evaluates a Parquet file, part by part: once for the reward model, and once more for the estimates."""
    begin = time.process_time()
    found = log_evidence(
        lambda: log_parts(path, ReadingSettings(columns=COLUMNS)).parts,
        column("target"),
        learn=partial(ShrunkMeans.of, by=BY),
        smallest_probability=FLOOR,
    ).evidence
    interval = interval_of_evidence(found).interval
    assert interval is not None
    return {
        "seconds": time.process_time() - begin,
        "rows": found.sums.count,
        "values": {point.name: point.value for point in point_estimates(found)},
        "interval": (interval.low, interval.high),
    }


def _names(what: str, count: int) -> tuple[str, ...]:
    return tuple(f"{what}-{place}" for place in range(count))


def _peak_mib() -> float:
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    _work = {"memory": in_memory, "stream": streamed}[sys.argv[1]]
    sys.stdout.write(json.dumps({**_work(Path(sys.argv[2])), "peak_mib": _peak_mib()}) + "\n")
