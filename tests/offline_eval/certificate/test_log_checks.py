"""The checks of a certificate on a log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from banditsvc.core.certificate import Check, Verdict
from offline_eval.certificate import BudgetTerms, EvaluabilityTerms, budget_check, evaluability_check, log_checks
from offline_eval.estimators import Sample, sample_of
from offline_eval.logged import Logged
from tests.offline_eval.certificate.deployments import (
    BETTER,
    CAMPAIGNS,
    FAULTS,
    FLOOR,
    TERMS,
    budget_verdict,
    checks_of,
    logged_deployment,
)

DEPLOYMENTS = 60


def by_name(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_a_policy_at_its_budget_seldom_passes() -> None:
    """A policy that loses just the budget passes in at most 5 % of deployments, by the binomial bound at .001."""
    passed = sum(budget_verdict(seed, 1.0 - TERMS.budget.share) is Verdict.PASS for seed in range(DEPLOYMENTS))
    assert passed <= binom.ppf(0.999, DEPLOYMENTS, 0.05)


def test_a_good_policy_mostly_passes() -> None:
    """A policy worth 20 % more passes the budget in at least 80 % of deployments, by the binomial bound at .001."""
    passed = sum(budget_verdict(seed, BETTER) is Verdict.PASS for seed in range(DEPLOYMENTS))
    assert passed >= binom.ppf(0.001, DEPLOYMENTS, 0.8)


def test_all_checks_pass_for_a_good_policy_on_a_right_log() -> None:
    """On a log without faults that tried enough a better policy passes every check."""
    found = by_name(checks_of(1, BETTER))
    assert dict.fromkeys(("audit", "support", "budget", "evaluability"), Verdict.PASS) == {
        name: check.verdict for name, check in found.items()
    }


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_each_planted_fault_fails_the_audit_and_withholds_the_loss(fault: Callable[[Logged], Logged]) -> None:
    """A log with a planted fault fails the audit, and the loss is not told."""
    found = by_name(checks_of(2, BETTER, fault))
    assert Verdict.FAIL is found["audit"].verdict
    assert {} == found["budget"].numbers
    assert Verdict.NOT_ENOUGH_DATA is found["budget"].verdict


def test_what_was_never_logged_fails_the_support() -> None:
    """A policy with more than a hundredth of its choices on what the log could not choose fails the support check."""
    logged = logged_deployment(3, BETTER)
    kept = logged.where(logged.entries.campaign.codes[logged.chosen] != 0)
    probability = np.where(kept.entries.campaign.codes == 0, 0.0, kept.entries.probability)
    probability /= np.repeat(kept.entries.total(probability), kept.entries.size)
    cut = replace(
        kept,
        entries=replace(kept.entries, probability=probability),
        probability=probability[kept.chosen],
    )
    found = by_name(log_checks(cut, cut.targets["candidate"], cut.targets["deployed"], replace(TERMS, floor=0.0)))
    assert Verdict.FAIL is found["support"].verdict
    assert "c0" in found["support"].reason
    assert {} == found["budget"].numbers


def test_a_log_without_a_judgeable_decision_is_not_enough() -> None:
    """Where no decision has predictions, the checks say so and none passes but the audit."""
    logged = logged_deployment(4, BETTER)
    nothing = np.full(len(logged.entries), np.nan)
    found = by_name(log_checks(logged, nothing, logged.targets["deployed"], TERMS))
    assert {"audit", "support"} == set(found)
    assert Verdict.NOT_ENOUGH_DATA is found["support"].verdict


def test_the_deployed_policy_itself_loses_nothing() -> None:
    """The policy in force passes its own budget with a loss of 0."""
    logged = logged_deployment(5, BETTER)
    same = sample_of(logged, logged.targets["deployed"])
    found = budget_check(same, same, TERMS.budget)
    assert (Verdict.PASS, 0.0) == (found.verdict, found.numbers["loss"])


def test_too_few_data_say_how_many_would_do() -> None:
    """Where a better policy cannot be told yet, the check names a number of decisions greater than there are."""
    logged = logged_deployment(6, BETTER)
    few = logged.where(np.arange(len(logged)) < 1_000)
    found = budget_check(
        sample_of(few, few.targets["candidate"]), sample_of(few, few.targets["deployed"]), TERMS.budget
    )
    assert Verdict.NOT_ENOUGH_DATA is found.verdict
    needed = float(found.reason.split("about ")[1].split(" ")[0].replace(",", ""))
    assert 1_000 < needed < 100_000


def test_rewards_without_bound_are_refused_with_the_remedy() -> None:
    """Where rewards have no bounds, the loss cannot be told, and the check says what is missing."""
    rng = np.random.default_rng(1)
    sample = Sample(weight=rng.choice([0.5, 1.5], 1_000), reward=rng.exponential(1.0, 1_000), greatest_weight=2.0)
    found = budget_check(sample, replace(sample, weight=np.ones(1_000)), BudgetTerms())
    assert Verdict.NOT_ENOUGH_DATA is found.verdict
    assert "bound" in found.reason


def test_a_budget_is_a_loss_also_where_rewards_are_negative() -> None:
    """Where decisions cost more than they bring, a policy that is no worse need not be better to be within its budget."""
    rng = np.random.default_rng(3)
    arm = rng.integers(0, 2, 400_000)
    cost = -(rng.random(400_000) < 0.5).astype(float)
    target, deployed = (
        Sample(weight=2.0 * np.array(chances)[arm], reward=cost, greatest_weight=1.2, reward_range=(-1.0, 0.0))
        for chances in ([0.5, 0.5], [0.45, 0.55])
    )
    found = budget_check(target, deployed, BudgetTerms(), weight_range=(-0.1, 0.1))
    assert Verdict.PASS is found.verdict
    assert 0.01 == pytest.approx(found.numbers["budget"], rel=0.02)


def test_a_greedy_policy_is_not_evaluable() -> None:
    """A policy that gives anything eligible no chance fails, and one with a floor gets Kish's number in advance."""
    start = np.arange(5) * 2
    greedy, explored = np.tile([1.0, 0.0], 4), np.tile([0.9, 0.1], 4)
    terms = EvaluabilityTerms(decisions=10_000.0)
    assert Verdict.FAIL is evaluability_check(greedy, start, terms).verdict
    found = evaluability_check(explored, start, terms)
    expected = 10_000.0 / (0.25 / 0.9 + 0.25 / 0.1)
    assert Verdict.PASS is found.verdict
    assert found.numbers["effective_decisions"] == pytest.approx(expected, rel=1e-12)
    assert Verdict.NOT_ENOUGH_DATA is evaluability_check(explored, start, EvaluabilityTerms(decisions=100.0)).verdict


def test_a_floor_bounds_the_least_probability() -> None:
    """The least probability that a policy with a floor gives is the floor over the number of campaigns."""
    logged = logged_deployment(7, BETTER)
    found = evaluability_check(logged.targets["candidate"], logged.entries.start, TERMS.evaluability)
    assert found.numbers["least_probability"] >= FLOOR / CAMPAIGNS * (1.0 - 1e-12)
