"""Logging faults of a world, as the audit of a log finds them."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest
from scipy.stats import binom

from offline_eval.diagnostics import Audit, Check, audit
from offline_eval.logged import Logged, ReadingSettings, TableColumns, read_logged
from simulators.runs.logging_faults import with_logging_faults
from simulators.runs.run_frames import RunFrames
from simulators.runs.simulate import simulate
from simulators.worlds.feed_spec import LoggingFaultSpec
from simulators.worlds.read_world import read_world

LEVEL = 0.001
FLOOR = 0.04
_SEEDS = (4, 5, 6, 7)
_DAY_SECONDS = 86_400
_COLUMNS = TableColumns(
    eligible="eligible_campaigns",
    probabilities="selection_probabilities",
    customer="customer_id",
    time="seconds",
    labels=("segment",),
)


@cache
def _run() -> RunFrames:
    """Returns runs of an epsilon-greedy policy with a floor in the world of the preset, logged as they were decided."""
    clean = read_world("logging-faults").model_copy(update={"logging_faults": LoggingFaultSpec(), "days": 70})
    return simulate(clean, [f"epsilon_greedy:0 floor={FLOOR}"], seeds=_SEEDS, keep_decisions=True)


def _logged(decisions: pd.DataFrame) -> Logged:
    table = decisions.dropna(subset="reward").assign(seconds=decisions["day"] * _DAY_SECONDS)
    return read_logged(table, ReadingSettings(columns=_COLUMNS, most_faults=1.0))


def _audited(seed: int, faults: LoggingFaultSpec) -> Audit:
    """Returns the audit of a run's log, with the sender's counts of those of its decisions that are settled."""
    decisions, daily = _run().decisions, _run().daily
    mine = decisions[decisions["seed"] == seed]
    settled_days = mine.loc[mine["reward"].notna(), "day"].unique()
    sent = daily[(daily["seed"] == seed) & daily["day"].isin(settled_days)]
    counts = dict(zip(sent["day"].tolist(), (sent["decisions"] - sent["no_eligible"]).tolist(), strict=True))
    return audit(_logged(with_logging_faults(mine, faults, FLOOR)), floor=FLOOR, expected_counts=counts, level=LEVEL)


def test_right_logs_raise_no_alarm() -> None:
    """Of logs without faults at most a share of the level fails (binomial bound at .001)."""
    failed = sum(not _audited(seed, LoggingFaultSpec()).is_passed for seed in _SEEDS)
    assert failed <= binom.ppf(1.0 - LEVEL, len(_SEEDS), LEVEL)


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ({"wrong_probability_share": 0.05}, Check.CALIBRATION),
        ({"missing_floor": True}, Check.PROBABILITIES),
        ({"dropped_share": 0.1}, Check.COMPLETENESS),
    ],
)
def test_every_planted_fault_is_caught(seed: int, fault: dict[str, float], check: Check) -> None:
    """Each of the preset's faults by itself is found, by the check that it belongs to."""
    assert check in {finding.check for finding in _audited(seed, LoggingFaultSpec.model_validate(fault)).findings}


def test_the_preset_fails_in_every_respect() -> None:
    """The world as it comes has all of them, and all are found."""
    faults = read_world("logging-faults").logging_faults
    found = {finding.check for finding in _audited(_SEEDS[0], faults).findings}
    assert {Check.PROBABILITIES, Check.CALIBRATION, Check.COMPLETENESS} <= found
