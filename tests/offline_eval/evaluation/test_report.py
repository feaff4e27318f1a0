"""Laws of the report of an evaluation: verdicts, what is withheld, what would tell."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from offline_eval.evaluation import Verdict, data_sha256, evaluate, evaluation_report
from offline_eval.intervals.off_policy import Method, OffPolicySpec
from offline_eval.logged import ReadingSettings, TableColumns, read_logged, uniform
from tests.offline_eval.diagnostics.drawn_log import drawn_log, with_probabilities
from tests.offline_eval.logged_world import played

_LOG = played(1, 20_000).logged


def test_verdicts_are_by_intervals_that_hold_together() -> None:
    """Four candidates have intervals at .9875; what lies above 0 is better, below it worse, and what was done is the base."""
    found = evaluation_report(_LOG, ["logged", "always:c1", "always:c0", "uniform", "without:c0"])
    verdicts = {one.evaluated.name: one.verdict for one in found.candidates}

    assert math.isclose(0.9875, found.level_of_each)
    assert {Verdict.BETTER, Verdict.WORSE} <= set(verdicts.values())
    assert "logged" == found.base.evaluated.name
    assert Verdict.SAME is found.base.verdict
    for one in found.candidates:
        assert one.difference.interval is not None
        assert math.isclose(0.9875, one.difference.interval.level)
        assert (one.verdict is Verdict.BETTER) == (one.difference.interval.low > 0.0)
        assert (one.verdict is Verdict.WORSE) == (one.difference.interval.high < 0.0)


def test_any_policy_can_be_what_the_others_are_compared_with() -> None:
    """Against a second candidate the difference of the first is minus that of the second against it."""
    one, other = (
        evaluation_report(_LOG, [first, second], against=second, interval=OffPolicySpec(method=Method.NORMAL))
        for first, second in (("always:c1", "uniform"), ("uniform", "always:c1"))
    )
    assert [1, 1] == [len(one.candidates), len(other.candidates)]
    mine, theirs = one.candidates[0].difference.interval, other.candidates[0].difference.interval
    assert mine is not None
    assert theirs is not None
    assert np.allclose([mine.low, mine.high], [-theirs.high, -theirs.low])
    frame = evaluate(_LOG, ["always:c1", "uniform"], against="uniform")
    assert 0.0 == frame.loc["uniform", "difference"]
    assert math.isclose(one.candidates[0].evaluated.difference, frame["difference"].to_dict()["always:c1"])


def test_what_would_tell_does_tell() -> None:
    """A log with the number of decisions that an undecided verdict names, and half as many more, is decided."""
    early = evaluation_report(played(2, 800).logged, "without:c0").candidates[0]
    assert Verdict.OPEN is early.verdict
    assert 800 < early.decisions_to_tell < 10_000

    later = evaluation_report(played(3, math.ceil(1.5 * early.decisions_to_tell)).logged, "without:c0").candidates[0]
    assert Verdict.BETTER is later.verdict


def test_numbers_are_withheld_where_a_check_fails() -> None:
    """Wrong probabilities withhold every candidate, and what was never logged the one that needs it; the reason is said."""
    learned = drawn_log(5)
    wrong = evaluation_report(with_probabilities(learned, uniform(learned)), ["always:a", "always:b"])
    assert {Verdict.WITHHELD} == {one.verdict for one in wrong.candidates}
    assert all("the log is wrong" in one.withheld[0] for one in wrong.candidates)
    assert all(not one.labels and not one.choices for one in wrong.candidates)

    rng = np.random.default_rng(1)
    never = pd.DataFrame(
        {
            "campaign_id": rng.choice(["a", "b"], 800),
            "eligible": [["a", "b", "c"]] * 800,
            "chances": [[0.5, 0.5, 0.0]] * 800,
            "reward": rng.integers(0, 2, 800).astype(float),
        }
    )
    columns = TableColumns(
        probability="", eligible="eligible", probabilities="chances", least_reward=0.0, greatest_reward=1.0
    )
    found = evaluation_report(read_logged(never, ReadingSettings(columns=columns)), ["always:c", "always:b"])
    assert [True, False] == [one.verdict is Verdict.WITHHELD for one in found.candidates]
    assert "never logged (c)" in found.candidates[0].withheld[0]


def test_an_interval_that_is_refused_tells_nothing() -> None:
    """Without bounds of the reward the verdict is open, and no number of decisions would change that."""
    [one] = evaluation_report(replace(_LOG, reward_range=(-math.inf, math.inf)), "uniform").candidates
    assert Verdict.OPEN is one.verdict
    assert math.isinf(one.decisions_to_tell)
    assert "least and the greatest" in one.difference.refusal


@pytest.mark.parametrize("name", ["reward", "probability", "time_us"])
def test_the_digest_of_the_data_changes_with_any_column(name: str) -> None:
    """The same decisions have the same digest, and others another one."""
    column = getattr(_LOG, name).copy()
    column[-1] += 1
    assert data_sha256(_LOG) == data_sha256(replace(_LOG))
    assert data_sha256(_LOG) != data_sha256(replace(_LOG, **{name: column}))


def test_clipping_ends_at_the_value_without_clipping() -> None:
    """Values by clipping rise with the limit where rewards are not negative, and the last is IPS."""
    [one] = evaluation_report(_LOG, "uniform").candidates
    values = [point.value for point in one.clipping]
    [ips] = [point.value for point in one.evaluated.estimates if point.name == "IPS"]

    assert sorted(values) == values
    assert math.isclose(ips, values[-1])
    assert 0.0 == one.clipping[-1].clipped_share
