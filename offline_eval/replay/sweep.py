"""Sweep: many settings of policies that learn, replayed on one log and compared, corrected for how many they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import t as student

from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import (
    OffPolicySpec,
    PromisedInterval,
    UnitSums,
    cressie_read_p_value,
    interval_of_difference,
    units_of_difference,
)
from offline_eval.replay.learner import Log, ReplayPolicy
from offline_eval.replay.replay import Replayed, replay
from offline_eval.replay.settings import ReplaySettings

BETTER, WORSE, OPEN, REFERENCE = "BETTER", "WORSE", "OPEN", "REFERENCE"


def sweep(
    log: Log,
    candidates: Mapping[str, ReplayPolicy],
    settings: ReplaySettings,
    *,
    incumbent: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Returns a row for each candidate, the best by `ips_value` first.

    Each is compared to the incumbent, or else to the best, by the paired difference of w r over all decisions. The
    p-values are Holm's (Scandinavian Journal of Statistics 6, 1979), and the intervals Bonferroni's: all hold together.
    With the best as the reference, which the data have chosen, the correction is for all pairs. With one seed no
    verdict is given: nothing tells how else a policy might have been trained.

    Args:
        log: See replay().
        candidates: A fresh policy by name, at least one; combinations of algorithm, floor, learner, half-life.
        settings: See replay(); with its reward_range, else there are values but no comparisons.
        incumbent: Name of the candidate that is in use; None: they are compared to the best.
        level: Of all intervals of differences together.

    Raises:
        ValueError: There are no candidates, or the incumbent is none of them.
        ReplayRefused: See replay().
    """
    if not candidates:
        raise ValueError("there are no candidates to sweep")
    if incumbent is not None and incumbent not in candidates:
        raise ValueError(f"the incumbent {incumbent!r} is no candidate: name one of {', '.join(candidates)}")
    found = {name: replay(log, policy, settings) for name, policy in candidates.items()}
    ranked = sorted(found, key=lambda name: -found[name].ips_value)
    reference = ranked[0] if incumbent is None else incumbent
    compared = [name for name in ranked if name != reference]
    pairs = list(combinations(ranked, 2)) if incumbent is None else [(name, reference) for name in compared]
    holm = _holm({frozenset(pair): _p_value(found[pair[0]], found[pair[1]]) for pair in pairs})
    spec = OffPolicySpec(level=1.0 - (1.0 - level) / max(len(pairs), 1))
    rows = []
    for name in ranked:
        apart = interval_of_difference(found[name].sample, found[reference].sample, spec)
        difference = found[name].ips_value - found[reference].ips_value
        p_value = holm.get(frozenset((name, reference)), math.nan)
        verdict = REFERENCE if name == reference else _verdict(difference, p_value, level, apart)
        told = {"candidate": name, **_value(found[name]), "difference": difference, **_ends("difference", apart)}
        rows.append(told | {"p_value": p_value, "verdict": verdict})
    return pd.DataFrame(rows).set_index("candidate")


def _value(one: Replayed) -> dict[str, float]:
    return {
        "value": one.value,
        "standard_error": one.standard_error,
        "ips_value": one.ips_value,
        **_ends("ips", one.ips_interval),
        "seed_deviation": one.seed_deviation,
        "learned_from": one.learned_from,
        "rejected": one.rejected,
        "bias": one.bias,
    }


def _ends(name: str, found: PromisedInterval) -> dict[str, float]:
    interval = found.interval
    return {
        f"{name}_low": math.nan if interval is None else interval.low,
        f"{name}_high": math.nan if interval is None else interval.high,
    }


def _verdict(difference: float, p_value: float, level: float, apart: PromisedInterval) -> str:
    if apart.thin or not p_value <= 1.0 - level:
        return OPEN
    return BETTER if difference > 0.0 else WORSE


def _p_value(one: Replayed, other: Replayed) -> float:
    """Returns the p-value of no difference; NaN without bounds of the reward.

    It is the greater of two: that of the paired difference over all decisions, for the policies as they were trained,
    and Student's over the seeds, for how they might have been trained.
    """
    if not all(math.isfinite(end) for end in one.sample.reward_range):
        return math.nan
    decisions = cressie_read_p_value(UnitSums.of(units_of_difference(one.sample, other.sample)), 0.0)
    return max(decisions, _seeds_p_value(np.subtract(one.ips_by_seed, other.ips_by_seed)))


def _seeds_p_value(apart: Floats) -> float:
    if len(apart) == 1:
        return 1.0
    error = float(apart.std(ddof=1)) / math.sqrt(len(apart))
    mean = abs(float(apart.mean()))
    if error <= _ROUNDING * mean:  # nothing is learned: every seed gives the same
        return 0.0
    return 2.0 * float(student.sf(mean / error, len(apart) - 1))


_ROUNDING = 1e-9


def _holm(p_values: Mapping[frozenset[str], float]) -> dict[frozenset[str], float]:
    """Returns the p-values, corrected for their number."""
    order = sorted(p_values, key=p_values.__getitem__)
    steps = np.array([p_values[pair] * (len(order) - place) for place, pair in enumerate(order)])
    corrected: Floats = np.minimum(np.maximum.accumulate(steps), 1.0)
    return dict(zip(order, corrected.tolist(), strict=True))
