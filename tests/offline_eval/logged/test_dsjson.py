from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from offline_eval.logged import LogRefused, ReadingSettings, read_logged
from tests.offline_eval.logged.dsjson_lines import CAMPAIGNS, Line, personalizer, slots, stock, written

_LENIENT = ReadingSettings(most_faults=0.5)


def test_an_event_of_personalizer_is_a_decision(tmp_path: Path) -> None:
    """Cost turns its sign, actions count from 1, and probabilities stand beside the ranking."""
    path = written(tmp_path / "log.dsjson", personalizer(0, 2, p=(0.2, 0.3, 0.5), reward=1.5), personalizer(1, 0))
    logged = read_logged(path)

    assert CAMPAIGNS == logged.entries.campaign.names
    assert [0.2, 0.3, 0.5, 0.5, 0.25, 0.25] == logged.entries.probability.tolist()
    assert [2, 3] == logged.chosen.tolist()
    assert [0.5, 0.5] == logged.probability.tolist()
    assert [1.5, 0.0] == logged.reward.tolist()
    assert 60_000_000 == logged.time_us[1] - logged.time_us[0]
    assert [0, 1] == logged.customer.tolist()


def test_an_event_of_stock_vowpal_wabbit_is_a_decision(tmp_path: Path) -> None:
    """Without names actions are told apart by their features, and without a ranking only the choice has a probability."""
    logged = read_logged(written(tmp_path / "log.json", stock(1, cost=-2.0, probability=0.25)))

    assert ('{"action": {"f": "1"}}', '{"action": {"f": "2"}}') == logged.entries.campaign.names
    assert math.isnan(logged.entries.probability[0])
    assert [0.25] == logged.probability.tolist()
    assert [2.0] == logged.reward.tolist()


def test_actions_may_count_from_zero_and_stand_in_any_order(tmp_path: Path) -> None:
    """Where a 0 is among the actions they count from 0, and the label says which one was chosen."""
    line = personalizer(0, 1, a=[0, 1, 2], p=(0.2, 0.3, 0.5), _label_probability=0.3)
    logged = read_logged(written(tmp_path / "log.dsjson", line | {"p": [0.2, 0.3, 0.5]}))
    assert [1] == logged.chosen.tolist()
    assert [0.3] == logged.probability.tolist()


def test_of_several_slots_the_first_is_evaluated(tmp_path: Path) -> None:
    """The first slot has its own set, probability and cost; the others are counted."""
    logged = read_logged(written(tmp_path / "log.json", slots(0, actions=[2, 0, 1], p=[0.6, 0.3, 0.1], cost=-1.0)))

    assert [0.3, 0.1, 0.6] == logged.entries.probability.tolist()
    assert ([2], [0.6], [1.0]) == (logged.chosen.tolist(), logged.probability.tolist(), logged.reward.tolist())
    assert {"slot after the first": 1} == logged.left_out


def test_rewards_that_come_as_observations_join_by_event_id(tmp_path: Path) -> None:
    """Without a label the first observation counts, wherever its line stands; without any the default does."""
    no_label: Line = {"_label_cost": None, "o": []}
    path = written(
        tmp_path / "log.dsjson",
        {"EventId": "e0", "v": 3.0},
        {"EventId": "e0", "RewardValue": 9.0},
        personalizer(0, **no_label),
        personalizer(1, **no_label),
        {"RewardValue": 2.0, "EventId": "e2"},
        personalizer(2, **no_label),
        personalizer(3, _label_cost=None, o=[{"v": 5.0}]),
        {"EventId": "e3", "ActionTaken": True},
    )
    logged = read_logged(path, ReadingSettings(default_reward=0.25))
    assert [3.0, 0.25, 2.0, 5.0] == logged.reward.tolist()
    assert {} == logged.left_out


@pytest.mark.parametrize("skipping", ["_skipLearn", "skipLearn", "_deferred", "deferred", "DeferredAction"])
def test_what_was_not_activated_is_left_out(tmp_path: Path, skipping: str) -> None:
    """An event that is to be skipped is; a deferred one that an observation activates is not."""
    activated: Line = {"o": [{"EventId": "e1", "ActionTaken": True}]}
    skipped: Line = {skipping: True}
    lines = [personalizer(0, **skipped), personalizer(1, **skipped, **activated), personalizer(2)]
    logged = read_logged(written(tmp_path / "log.dsjson", *lines))

    is_deferred = "eferred" in skipping
    assert (2 if is_deferred else 1) == len(logged)
    assert {"not activated, or not to be learned from": 1 if is_deferred else 2} == logged.left_out


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("line that cannot be read", '{"EventId":"e9'),
        ("line that cannot be read", "[1]"),
        ("line that cannot be read", '{"EventId":7}'),
        ("choice missing or not among the eligible", {"EventId": "e9", "c": {}}),
        ("choice missing or not among the eligible", personalizer(9, _labelIndex=7, _label_Action=8)),
        ("choice missing or not among the eligible", personalizer(9, _label_Action=3)),
        ("lists of different lengths", personalizer(9, a=[1, 2])),
        ("lists of different lengths", personalizer(9, a=[1, 2, 9])),
        ("probability missing", personalizer(9, a=[], _label_probability=None) | {"p": []}),
        ("probability zero or below", personalizer(9, p=(0.0, 0.5, 0.5))),
        ("probability above 1", personalizer(9, p=(1.5, -0.5, 0.0))),
        ("probabilities that do not sum to 1", personalizer(9, p=(0.5, 0.4, 0.2))),
        ("two probabilities of one choice", personalizer(9, _label_probability=0.4)),
        ("reward missing or not finite", personalizer(9, reward=math.inf)),
        ("reward missing or not finite", personalizer(9, reward=math.nan)),
        ("dropped with another probability", personalizer(9, pdrop=0.5)),
        ("decision that came before", personalizer(1)),
        ("observation of no decision", {"EventId": "gone", "v": 1.0}),
    ],
)
def test_bad_lines_are_counted_by_kind_and_the_rest_goes_on(tmp_path: Path, kind: str, line: Line | str) -> None:
    """Each is counted under its own name with its place, and does not touch the others."""
    path = written(tmp_path / "log.dsjson", personalizer(0, reward=1.0), personalizer(1), line, "", personalizer(2))
    logged = read_logged(path, _LENIENT)

    assert {kind: 1} == logged.left_out
    assert {kind: "event gone" if "observation" in kind else "line 3"} == logged.first_left_out
    assert [1.0, 0.0, 0.0] == logged.reward.tolist()


def test_too_many_bad_lines_are_refused(tmp_path: Path) -> None:
    """One line in three is more than an evaluation may leave out."""
    path = written(tmp_path / "log.dsjson", personalizer(0), personalizer(1), "{")
    with pytest.raises(
        LogRefused, match=r"(?s)1 of 3 decisions are at fault.*line that cannot be read: 1, first line 3"
    ):
        read_logged(path)


@pytest.mark.parametrize("told", [{}, {"pdrop": 0.2}])
def test_events_dropped_alike_change_nothing(tmp_path: Path, told: dict[str, Any]) -> None:
    """Joiners fold the share that was kept into the label; the selection probability stays that of the choice."""
    lines = [personalizer(number, _label_probability=0.4, **told) for number in range(3)]
    assert [0.5, 0.5, 0.5] == read_logged(written(tmp_path / "log.dsjson", *lines)).probability.tolist()
