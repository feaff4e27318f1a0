from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from offline_eval.diagnostics import Check, audit, calibration
from offline_eval.logged import Logged
from tests.offline_eval.diagnostics.drawn_log import choices_alone, drawn_log, with_probabilities

LEVEL = 0.001
FLOOR = 0.08
_LOGS = [drawn_log(seed, floor=FLOOR) for seed in range(40)]
_FORMS: list[Callable[[Logged], Logged]] = [lambda logged: logged, choices_alone]


def _checks(logged: Logged, **given: float) -> set[Check]:
    return {finding.check for finding in audit(logged, floor=FLOOR, **given).findings}  # type: ignore[arg-type]


@pytest.mark.parametrize("form", _FORMS)
def test_a_right_log_raises_no_alarm(form: Callable[[Logged], Logged]) -> None:
    """Of logs of a policy that learned at most a share of the level fail (binomial bound at .001)."""
    failed = sum(not audit(form(logged), floor=FLOOR, level=LEVEL).is_passed for logged in _LOGS)
    assert failed <= binom.ppf(1.0 - LEVEL, len(_LOGS), LEVEL)


@pytest.mark.parametrize("form", _FORMS)
def test_p_values_are_at_least_what_they_say(form: Callable[[Logged], Logged]) -> None:
    """Among many right logs the least p-value of all cells is below .05 in at most .05 of them (binomial bound at .001)."""
    least = [min(cell.p_value for cell in calibration(form(logged), FLOOR) or ()) for logged in _LOGS]
    assert np.sum(np.array(least) <= 0.05) <= binom.ppf(1.0 - LEVEL, len(_LOGS), 0.05)


def _equal_for_some(logged: Logged) -> NDArray[np.float64]:
    """Returns 1 / K for one decision in ten."""
    is_wrong = np.random.default_rng(1).random(len(logged)) < 0.1
    equal = np.repeat(1.0 / logged.entries.size, logged.entries.size)
    return np.where(np.repeat(is_wrong, logged.entries.size), equal, logged.entries.probability)


def _swapped_at_night(logged: Logged) -> NDArray[np.float64]:
    """Returns the probabilities in the other order from midnight to 5."""
    hours = np.repeat(logged.time_us // 3_600_000_000 % 24, logged.entries.size)
    within = np.arange(len(logged.entries)) - np.repeat(logged.entries.start[:-1], logged.entries.size)
    last = np.repeat(logged.entries.start[1:] - 1, logged.entries.size)
    return np.where(hours < 5, logged.entries.probability[last - within], logged.entries.probability)


def _others_rescaled(logged: Logged) -> NDArray[np.float64]:
    """Returns probabilities by twice the floor."""
    equal = 1.0 / np.repeat(logged.entries.size, logged.entries.size)
    before = (logged.entries.probability - FLOOR * equal) / (1.0 - FLOOR)
    return np.maximum(before, 0.0) * (1.0 - 2.0 * FLOOR) + 2.0 * FLOOR * equal


@pytest.mark.parametrize("fault", [_equal_for_some, _swapped_at_night, _others_rescaled])
def test_wrong_probabilities_are_caught_by_calibration(fault: Callable[[Logged], NDArray[np.float64]]) -> None:
    """Equal draws that were none, a mix-up at some hours, and a floor that was another one: each shows in some cell."""
    for logged in _LOGS[:3]:
        assert _checks(with_probabilities(logged, fault(logged))) == {Check.CALIBRATION}


@pytest.mark.parametrize("fault", [_equal_for_some, _swapped_at_night])
def test_wrong_probabilities_of_choices_alone_are_caught(fault: Callable[[Logged], NDArray[np.float64]]) -> None:
    """Where only the probability of the choice is logged, inverse weights that do not come to 1 tell."""
    logged = _LOGS[0]
    assert _checks(choices_alone(with_probabilities(logged, fault(logged)))) == {Check.CALIBRATION}


def test_a_missing_floor_is_caught_at_once() -> None:
    """A single probability below the floor over the number of campaigns is certain, and needs no test."""
    probabilities = _LOGS[0].entries.probability.copy()
    first = _LOGS[0].entries.start[0]
    probabilities[first : _LOGS[0].entries.start[1]] = 0.0
    probabilities[_LOGS[0].chosen[0]] = 1.0
    [finding] = audit(with_probabilities(_LOGS[0], probabilities), floor=FLOOR).findings

    assert (Check.FLOOR, 1) == (finding.check, finding.count)
    assert "below the floor of 0.08" in finding.what


def test_decisions_dropped_by_what_came_of_them_are_caught_by_another_count() -> None:
    """Calibration sees nothing where a log lacks decisions without a response; the counts of the sender do."""
    logged = _LOGS[0]
    counts = dict(
        zip(*(one.tolist() for one in np.unique(logged.time_us // 86_400_000_000, return_counts=True)), strict=True)
    )
    assert audit(logged, floor=FLOOR, expected_counts=counts).is_passed

    is_kept = (logged.reward > 0.0) | (np.random.default_rng(2).random(len(logged)) > 0.1)
    [finding] = audit(logged.where(is_kept), floor=FLOOR, expected_counts=counts).findings
    assert (Check.COMPLETENESS, int(np.sum(~is_kept))) == (finding.check, finding.count)
    assert f"{finding.count:,} decisions are missing" in finding.what


def test_what_was_left_out_for_its_probabilities_is_a_finding() -> None:
    """Kinds of faults in single decisions are findings with count and place; what a rule leaves out is none."""
    left_out = {"probability zero or below": 2, "decision that came before": 1, "test": 5}
    logged = replace(_LOGS[0], left_out=left_out, first_left_out=dict.fromkeys(left_out, "line 3"))
    found = [(one.check, one.count, one.what) for one in audit(logged).findings]
    assert [
        (Check.PROBABILITIES, 2, "probability zero or below, first line 3"),
        (Check.DUPLICATES, 1, "decision that came before, first line 3"),
    ] == found


def test_choices_without_eligible_sets_cannot_be_calibrated() -> None:
    """The audit says what it could check, and calibration is not among it."""
    logged = _LOGS[0].where(_LOGS[0].entries.size > 9)
    assert Check.CALIBRATION not in audit(logged).checked
