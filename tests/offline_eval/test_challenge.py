"""Laws of the evidence of a trial: no loss is seen where there is none, a loss is, and little is called little."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.log_schema import JOINED
from offline_eval.challenge import COLUMNS, Both, Finding, evidence_of, read_both

RUNS = 200
LOOKS = (2_000, 4_000, 8_000, 16_000)
LEVEL = 0.001
BUDGET = 0.05
SHARE = 0.25


def traffic(seed: int, *, challenger: float, incumbent: float = 0.1, count: int = 16_000) -> Both:
    """Returns decisions for customers who come four times on average, some of whom always buy more than others."""
    draw = np.random.default_rng(seed)
    customer = draw.integers(0, count // 4, count).astype(np.int32)
    is_challenger = draw.random(count // 4)[customer] < SHARE
    leaning = draw.uniform(0.5, 1.5, count // 4)[customer]
    chance = leaning * np.where(is_challenger, challenger, incumbent)
    return Both(reward=(draw.random(count) < chance).astype(np.float64), is_challenger=is_challenger, customer=customer)


def first(both: Both, count: int) -> Both:
    """Returns what a look after so many decisions sees."""
    return Both(reward=both.reward[:count], is_challenger=both.is_challenger[:count], customer=both.customer[:count])


def findings(both: Both) -> list[Finding]:
    """Returns what each look finds."""
    return [evidence_of(first(both, look), budget=BUDGET, precision=0.5, least_decisions=100).finding for look in LOOKS]


def test_a_policy_within_its_budget_is_seldom_ended() -> None:
    """At the edge of the budget a loss is seen at any of the looks in at most 2.5 % of trials, plus the binomial margin.

    The margin is Hoeffding's at level .001; the level is half of 5 %, for the stage before or after.
    """
    false = sum(Finding.LOSS in findings(traffic(seed, challenger=0.1 * (1.0 - BUDGET))) for seed in range(RUNS))

    assert false / RUNS <= 0.025 + math.sqrt(math.log(1.0 / LEVEL) / (2.0 * RUNS))


def test_a_policy_that_loses_is_ended() -> None:
    """A loss of half the rate is seen in every trial, and none of them passes at the end."""
    assert {Finding.LOSS} == {findings(traffic(seed, challenger=0.05))[-1] for seed in range(20)}


def test_the_interval_is_of_the_difference() -> None:
    """The means are those of the decisions, and the interval lies around their difference."""
    both = traffic(1, challenger=0.2)
    found = evidence_of(both, budget=BUDGET, precision=0.5, least_decisions=100)

    assert found.interval is not None
    middle = 0.5 * (found.interval.low + found.interval.high)
    assert math.isclose(middle, both.reward[both.is_challenger].mean() - both.reward[~both.is_challenger].mean())
    assert (Finding.PROMOTE, BUDGET * found.incumbent_mean) == (found.finding, found.greatest_loss)
    assert found.interval.low > 0.0


@pytest.mark.parametrize(
    ("both", "reason"),
    [
        (traffic(1, challenger=0.1, count=300), "decisions with a known reward; 100 are the least"),
        (traffic(1, challenger=0.1, count=1_200), "customers; 100 are the least"),
        (
            traffic(1, challenger=0.05, count=2_000),
            "decisions of the policy on trial differ from the rest in their reward; 50 are the least",
        ),
        (traffic(1, challenger=0.1, count=2_000), "per decision: half of that is to be at most"),
        (first(traffic(1, challenger=0.1), 0), "has 0 decisions with a known reward; 100 are the least"),
    ],
)
def test_little_is_called_little(both: Both, reason: str) -> None:
    """With few decisions, customers or rewards that differ nothing follows, and it is said what is missing."""
    found = evidence_of(both, budget=BUDGET, precision=0.5, least_decisions=100)

    assert (Finding.WAIT, True) == (found.finding, reason in found.reason), found.reason


def test_only_decisions_of_both_policies_at_these_shares_are_read() -> None:
    """Tests, exclusions, other deciders, other shares and what is not mature are left out; households are one unit."""
    split = TrafficSplit(1, 2, 0.25)
    usual: dict[str, Any] = {
        "record_time": datetime(2026, 11, 23, tzinfo=UTC),
        "customer_id": "c1",
        "assignment_key": None,
        "decided_by": "POLICY",
        "policy_version": 2,
        "traffic_split": {"policy_version": 1, "challenger_policy_version": 2, "challenger_share": 0.25},
        "is_test": False,
        "is_mature": True,
        "reward": 1.0,
        "exclusion_id": None,
    }
    other_share = {**usual["traffic_split"], "challenger_share": 0.05}
    left_out: list[dict[str, Any]] = [
        {"is_test": True},
        {"exclusion_id": 1},
        {"decided_by": "FALLBACK", "policy_version": 0},
        {"traffic_split": other_share},
        {"traffic_split": None},
        {"is_mature": False},
        {"reward": None},
    ]
    rows = [
        usual,
        {**usual, "policy_version": 1, "reward": 0.5, "customer_id": "c2", "assignment_key": "home"},
        {**usual, "policy_version": 1, "reward": 0.25, "customer_id": "c3", "assignment_key": "home"},
        *({**usual, **one} for one in left_out),
    ]
    schema = pa.schema([JOINED.field(name) for name in COLUMNS])

    both = read_both([pa.RecordBatch.from_pylist(rows, schema)], split)

    assert ([1.0, 0.5, 0.25], [True, False, False]) == (both.reward.tolist(), both.is_challenger.tolist())
    assert both.customer[1] == both.customer[2] != both.customer[0]
    assert read_both([], split).reward.size == 0
