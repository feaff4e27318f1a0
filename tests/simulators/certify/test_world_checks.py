"""The checks of a certificate in worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from banditsvc.core.certificate import Verdict
from offline_eval.certificate import EvaluabilityTerms
from simulators.certify.changed_worlds import NEW_WINNER, with_new_winner, without_best
from simulators.certify.evaluability_in_world import evaluability_in_world
from simulators.certify.share_of_runs import verdict_of_runs
from simulators.certify.watched_policy import WatchedPolicy
from simulators.certify.world_checks import drift_check, new_winner_check, unsubscribes_check
from simulators.engine.world import World
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import read_world
from tests.simulators.certify.small_world import TERMS, candidate, small_world

KNOWS = "thompson learner=posterior floor=0.01"


@pytest.mark.parametrize(("managed", "runs"), [(0, 14), (7, 14), (14, 14), (33, 40)])
def test_the_share_of_runs_has_the_ends_of_clopper_and_pearson(managed: int, runs: int) -> None:
    """The ends are those of the exact one-sided binomial tests."""
    _, low, high = verdict_of_runs(managed, runs, 0.75, 0.975)
    expected = binomtest(managed, runs).proportion_ci(0.95, "exact")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_verdict_needs_enough_runs() -> None:
    """All of 14 runs pass three quarters, 13 of 14 are too few to tell, none of 14 fails."""
    verdicts = [verdict_of_runs(managed, 14, 0.75, 0.975)[0] for managed in (14, 13, 0)]
    assert [Verdict.PASS, Verdict.NOT_ENOUGH_DATA, Verdict.FAIL] == verdicts


def test_the_new_winner_is_best_in_its_segment_alone() -> None:
    """What is launched is by the truth the best for every customer of the last segment, and for none of the others."""
    world = World(with_new_winner(small_world(), 0, 1), [1])
    visit = world.begin_day()
    column = visit.eligible.campaign_ids.index(NEW_WINNER)
    students = visit.contexts.frame()["segment"] == "student"
    assert (visit.expected.argmax(axis=1) == column).tolist() == students.tolist()


def test_the_best_campaign_ends_on_the_day() -> None:
    """Before its day the best campaign earns what it did, from the day on less than another one."""
    changed = without_best(small_world(), 3, 6)
    daily = simulate(changed, {"oracle": "oracle"}, seeds=[1]).finds
    best = daily[daily["best_for"] > 0].groupby("day")["campaign_id"].agg(set)
    assert all("magazine" in best[day] for day in range(3))
    assert all({"sale"} == best[day] for day in range(3, 6))


def test_one_that_knows_what_it_does_not_know_finds_the_winner() -> None:
    """Thompson sampling passes where a greedy policy with the same learner fails."""
    world = small_world()
    assert Verdict.PASS is new_winner_check(candidate(KNOWS), world, TERMS).verdict
    assert Verdict.FAIL is new_winner_check(candidate("greedy learner=posterior"), world, TERMS).verdict


def test_an_equal_draw_never_recovers() -> None:
    """A policy that does not learn comes no way from an equal draw to the best."""
    found = drift_check(candidate("uniform"), small_world(), TERMS)
    assert (Verdict.FAIL, 0.0) == (found.verdict, found.numbers["managed_share"])


def test_too_small_a_world_says_so() -> None:
    """A world with too few decisions a week gives no verdict, and the remedy."""
    found = new_winner_check(candidate("uniform"), small_world(customers=12), TERMS)
    assert Verdict.NOT_ENOUGH_DATA is found.verdict
    assert "more customers" in found.reason


def test_unsubscribes_are_held_against_their_limit() -> None:
    """A policy passes a limit above its rate of opt-outs and fails one below it."""
    world = read_world("fatigue").model_copy(update={"customers": 300})
    terms = replace(TERMS, looks=(4, 4))
    loose, strict = (
        unsubscribes_check(candidate("uniform"), world, replace(terms, most_unsubscribes=limit))
        for limit in (0.02, 0.0001)
    )
    assert [Verdict.PASS, Verdict.FAIL] == [loose.verdict, strict.verdict]


def test_evaluability_needs_a_floor() -> None:
    """Before there is a log a greedy policy fails by what it does in a world, and one with a floor passes."""
    terms = EvaluabilityTerms()
    greedy, explored = (
        evaluability_in_world(candidate(text), small_world(), replace(TERMS, change_day=8), terms)
        for text in ("greedy", "default floor=0.1")
    )
    assert [Verdict.FAIL, Verdict.PASS] == [greedy.verdict, explored.verdict]


def test_watching_changes_nothing() -> None:
    """A watched policy makes the decisions of the policy itself, and each decision's kept probabilities sum to 1."""
    plain = candidate("default").in_world(small_world())
    watched = WatchedPolicy(candidate("default").in_world(small_world()), 2)
    own, same = (simulate(small_world(), {"p": one}, seeds=[3], days=5) for one in (plain, watched))
    assert own.daily.equals(same.daily)
    probability, start = watched.entries()
    np.testing.assert_allclose(np.add.reduceat(probability, start[:-1]), 1.0, rtol=1e-12)
    assert int(own.daily["decisions"][2:].sum()) == len(start) - 1
