from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from offline_eval.logged import (
    Logged,
    LogRefused,
    ReadingSettings,
    TableColumns,
    always,
    as_logged,
    column,
    read_logged,
    uniform,
    without,
)

_FRAME = pd.DataFrame(
    {
        "reward": [1.0, 0.0, 2.0],
        "selection_probability": [0.25, 0.5, 1.0],
        "campaign_id": ["a", "b", "c"],
        "eligible": [["a", "b"], ["a", "b"], ["c"]],
        "new": [0.1, 0.9, 1.0],
    }
)


def _with_sets() -> Logged:
    return read_logged(_FRAME, ReadingSettings(columns=TableColumns(eligible="eligible", targets=("new",))))


def _choices_alone() -> Logged:
    return read_logged(_FRAME)


def test_the_logged_policy_has_the_weight_one() -> None:
    """What it chose has the logged probability, even where only that is known."""
    for logged in (_with_sets(), _choices_alone()):
        assert [0.25, 0.5, 1.0] == as_logged(logged)[logged.chosen].tolist()


def test_a_uniform_policy_draws_equally_from_what_is_eligible() -> None:
    """Each of K campaigns has 1 / K; a log without eligible sets is refused, for nobody knows K."""
    assert [0.5, 0.5, 0.5, 0.5, 1.0] == uniform(_with_sets()).tolist()
    with pytest.raises(LogRefused, match="name the column of eligible campaigns"):
        uniform(_choices_alone())


def test_always_one_campaign_leaves_alone_what_it_is_not_eligible_for() -> None:
    """Where it is eligible it has 1, and elsewhere the logged policy goes on; without sets it has 1 where it was chosen."""
    assert [1.0, 0.0, 1.0, 0.0, 1.0] == always("a")(_with_sets()).tolist()
    assert [1.0, 0.0, 0.0] == always("a")(_choices_alone()).tolist()
    with pytest.raises(LogRefused, match="'gone' is nowhere in the log; it has a, b, c"):
        always("gone")(_with_sets())


def test_without_a_campaign_its_probability_goes_to_the_others_in_proportion() -> None:
    """It is never chosen where anything else had a chance; elsewhere the logged policy goes on; names are checked."""
    frame = pd.DataFrame(
        {
            "reward": [1.0, 0.0],
            "campaign_id": ["a", "b"],
            "eligible": [["a", "b", "c"], ["b"]],
            "chances": [[0.25, 0.5, 0.25], [1.0]],
        }
    )
    columns = TableColumns(probability="", eligible="eligible", probabilities="chances")
    logged = read_logged(frame, ReadingSettings(columns=columns))
    assert [0.5, 0.0, 0.5, 1.0] == without("b")(logged).tolist()
    with pytest.raises(LogRefused, match="'gone' is nowhere in the log; it has a, b, c"):
        without("gone")(logged)
    with pytest.raises(LogRefused, match="name the column of eligible campaigns"):
        without("a")(_choices_alone())


def test_a_column_of_the_log_is_a_target() -> None:
    """Its numbers are the target probabilities of what was chosen; one that was not read is refused by name."""
    logged = _with_sets()
    assert [0.1, 0.9, 1.0] == column("new")(logged)[logged.chosen].tolist()
    assert np.isnan(column("new")(logged)[1])
    with pytest.raises(LogRefused, match="without target probabilities 'old'; it has new"):
        column("old")(logged)
