from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from offline_eval.logged import JoinedReader, LeftOut, Logged, LogRefused, joined_logged
from tests.offline_eval.joined_row import Row, joined_batch, joined_row


def _row(number: int, **changes: Any) -> Row:
    known: dict[str, Any] = {
        "predicted_deviations": [],
        "catalogue_version": 1,
        "learned_count": 5,
        "learned_reward_mean": 0.5,
    }
    known |= {"learned_reward_deviation": 0.1, "decision_id": f"d{number}"}
    return joined_row(number, **(known | changes))


def _read(*rows: Row, **options: Any) -> Logged:
    reader = JoinedReader(**options)
    return joined_logged(list(reader.read([joined_batch(rows[:2]), joined_batch(rows[2:])])))


LEFT_OUT: dict[str, Row] = {
    "test": {"is_test": True},
    "excluded": {"exclusion_id": 3},
    "held out": {"result": "HELD_OUT", "decided_by": "HOLDOUT", "chosen": None},
    "nothing eligible": {"chosen": None, "chances": ()},
    "forced": {"decided_by": "FORCED"},
    "fallback": {"decided_by": "FALLBACK"},
    "guardrail": {"decided_by": "GUARDRAIL"},
    "business as usual": {"decided_by": "BUSINESS_AS_USUAL"},
    "probability unknown": {"decided_by": "HISTORICAL", "probability_known": False, "selection_probabilities": []},
    "not sent": {"window_start": None, "is_mature": False, "reward": None},
    "not mature": {"is_mature": False},
    "lists of different lengths": {"selection_probabilities": [1.0]},
    "choice missing or not among the eligible": {"chosen": "c"},
    "probability missing": {"selection_probabilities": [math.nan, 0.5]},
    "probability zero or below": {"chances": (("a", 0.0), ("b", 1.0))},
    "probability above 1": {"chances": (("a", 1.5), ("b", -0.5))},
    "probabilities that do not sum to 1": {"chances": (("a", 0.5), ("b", 0.4))},
    "reward missing or not finite": {"reward": math.inf},
    "decision that came before": {"decision_id": "d0"},
}


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_what_may_not_be_evaluated_is_counted_by_kind(kind: str) -> None:
    """Each kind is left out, counted under its own name with the place of the first, and the rest goes on."""
    kept = [_row(0, chosen="b", reward=2.0), _row(1)]
    logged = _read(*kept, *(_row(number, **LEFT_OUT[kind]) for number in (2, 3)), _row(4, decided_by="UNIFORM_RANDOM"))

    assert {kind: 2} == logged.left_out
    assert {kind: "decision d0" if kind == "decision that came before" else "decision d2"} == logged.first_left_out
    assert 3 == len(logged)
    assert [2.0, 0.0, 0.0] == logged.reward.tolist()
    assert [1, 2, 4] == logged.chosen.tolist()


def test_a_decision_has_the_probability_of_its_own_draw_unless_groups_are_pooled() -> None:
    """By default the probability is that of whoever decided; pooled it is the mixture's, and business as usual counts."""
    rows = [
        _row(0, chances=(("a", 0.9), ("b", 0.1)), mixture_probabilities=[0.7, 0.3]),
        _row(1, decided_by="UNIFORM_RANDOM", mixture_probabilities=[0.7, 0.3]),
        _row(2, decided_by="BUSINESS_AS_USUAL", chances=(("a", 1.0), ("b", 0.0)), mixture_probabilities=[0.7, 0.3]),
    ]
    assert [0.9, 0.5] == _read(*rows).probability.tolist()
    assert [0.7, 0.7, 0.7] == _read(*rows, pooled=True).probability.tolist()


def test_groups_are_not_pooled_where_one_is_missing() -> None:
    """A fallback took a decision from its group: the mixture over all groups would be wrong."""
    rows = [_row(0, mixture_probabilities=[0.5, 0.5]), _row(1, decided_by="FALLBACK")]
    with pytest.raises(LogRefused, match="fallback took decisions from a group"):
        _read(*rows, pooled=True)


def test_parts_are_one_log_however_it_is_cut() -> None:
    """Reading in batches and joining gives what one batch gives, treatments, levers, prices and counts included."""
    rows = [
        _row(0),
        _row(1, levers=[2.0, 0.5], prices=[0.5, 0.0]),
        _row(2, treatments=["", "x"]),
        _row(3, decided_by="FORCED", customer_id="c0"),
        _row(4, customer_id="c0", chances=(("b", 0.2), ("c", 0.8)), chosen="c"),
    ]
    [whole] = JoinedReader().read([joined_batch(rows)])
    cut = _read(*rows)

    for one in (whole, cut):
        assert [0, 1, 2, 0] == one.customer.tolist()
        assert {"forced": 1} == one.left_out
        assert one.entries.treatment is not None
        assert ("", "x") == one.entries.treatment.names
    assert whole.entries.start.tolist() == cut.entries.start.tolist()
    assert whole.chosen.tolist() == cut.chosen.tolist()
    assert np.array_equal(whole.entries.lever, cut.entries.lever)  # type: ignore[arg-type]  # both are there
    assert np.array_equal(whole.entries.price, cut.entries.price)  # type: ignore[arg-type]  # both are there
    later = whole.where(whole.entries.size > 0)
    assert whole.entries.campaign.codes.tolist() == later.entries.campaign.codes.tolist()


def test_a_few_faults_are_left_out_and_many_are_refused() -> None:
    """One decision at fault in twenty goes on; more is refused with the kinds and places; so is a log with nothing left."""
    left_out = LeftOut()
    left_out.add("probability zero or below", "line 7")
    left_out.check(19, "log")
    with pytest.raises(LogRefused, match=r"(?s)1 of 19 decisions.*probability zero or below: 1, first line 7"):
        left_out.check(18, "log")

    by_rule = LeftOut()
    by_rule.add("test", "line 1")
    with pytest.raises(LogRefused, match=r"(?s)no decision can be evaluated, all of them left out.*test: 1"):
        by_rule.check(0, "log")
