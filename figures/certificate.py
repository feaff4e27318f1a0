"""The certificate: how often it passes what it should not, how often what it should, and which faults of a log it catches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from scipy.stats import binom

from banditsvc.core.certificate import Check, Verdict, overall_verdict
from figures.page import Page, Table
from figures.run import Track, main
from offline_eval.certificate import EvaluabilityTerms
from simulators.certify.candidate import Candidate
from simulators.certify.evaluability_in_world import evaluability_in_world
from simulators.certify.world_checks import drift_check, new_winner_check, unsubscribes_check
from simulators.certify.world_terms import WorldTerms
from simulators.runs.named_policies import named_policy
from simulators.runs.service_policy import ServicePolicy
from simulators.worlds.read_world import read_world
from tests.offline_eval.certificate.deployments import BETTER, FAULTS, SETTLED, TERMS, WORSE, budget_verdict, checks_of

NAME = "certificate"
DEPLOYMENTS, SHORT_DEPLOYMENTS = 500, 40
FAULTY, SHORT_FAULTY = 100, 10
SHARES = (WORSE, 1.0 - TERMS.budget.share, 1.0, 1.1, BETTER)
"""Value of the candidates, of the deployed policy's."""
POLICIES = {
    "the default": "default",
    "Thompson sampling on the posterior, floor .1": "thompson learner=posterior floor=0.1",
    "SquareCB on Vowpal Wabbit, floor .01": "square_cb learner=vowpal_wabbit floor=0.01",
    "greedy on the posterior": "greedy learner=posterior",
    "greedy on Vowpal Wabbit": "greedy learner=vowpal_wabbit",
    "epsilon-greedy .3 on Vowpal Wabbit": "epsilon_greedy:0.3 learner=vowpal_wabbit",
}
MARGIN_LEVEL = 0.001


def measure(*, short: bool, track: Track) -> Page:
    """Returns the verdicts on 500 deployments of each kind; 40 in the short form."""
    deployments, faulty = (SHORT_DEPLOYMENTS, SHORT_FAULTY) if short else (DEPLOYMENTS, FAULTY)
    total, done = len(SHARES) * deployments + len(FAULTS) * faulty + 4 * len(POLICIES), 0

    def counted(count: int, judge: Callable[[int], Verdict]) -> Counter[Verdict]:
        nonlocal done
        found: Counter[Verdict] = Counter()
        for seed in range(1_000, 1_000 + count):
            found[judge(seed)] += 1
            done += 1
            track(done, total)
        return found

    passes = []
    for share in SHARES:
        budget = counted(deployments, lambda seed, share=share: budget_verdict(seed, share))  # type: ignore[misc]
        passes.append((f"{share:g}", *(f"{budget[one] / deployments:.3f}" for one in Verdict)))
    good = counted(faulty, lambda seed: overall_verdict(one.verdict for one in checks_of(seed, BETTER)))
    rows = [("none", *(str(good[one]) for one in Verdict))]
    for name, fault in FAULTS.items():
        found = counted(
            faulty,
            lambda seed, fault=fault: overall_verdict(one.verdict for one in checks_of(seed, BETTER, fault)),  # type: ignore[misc]
        )
        rows.append((name, *(str(found[one]) for one in Verdict)))
    worlds = []
    for name, text in POLICIES.items():
        checks = world_checks(text)
        done += 4
        track(done, total)
        worlds.append((name, *(f"{one.verdict.name.replace('_', ' ')}{_share(one)}" for one in checks)))
    most = int(binom.isf(MARGIN_LEVEL, deployments, 0.05)) / deployments
    return Page(
        title="The certificate",
        shows=(
            f"On a log: simulated deployments of {SETTLED:,} settled decisions, ten campaigns, four segments, a floor of .1, 3 % "
            "of decisions bring something. The candidate is worth a known share of the deployed policy; the budget is 2 %. "
            f"At .98 it loses just the budget, so it should pass in at most 5 % (with the margin at .001: {most:.3f}). In "
            "worlds: the preset `certificate`, four weeks of 1,000 decisions a day and then a launch, or the end of the best "
            "campaign, and four weeks more; and the preset `fatigue`."
        ),
        scale=f"{deployments} deployments of each value, {faulty} logs of each fault, 14 to 40 runs of each policy and world.",
        tables=(
            Table(
                headers=("value of the candidate", *(one.name.replace("_", " ") for one in Verdict)),
                rows=passes,
                caption="The budget check.",
            ),
            Table(
                headers=("fault planted in the log", *(one.name.replace("_", " ") for one in Verdict)),
                rows=rows,
                caption="All checks on a log, for a candidate worth 1.2.",
            ),
            Table(
                headers=("policy", "finds a new winner", "recovers from drift", "keeps customers", "can be evaluated"),
                rows=worlds,
                caption="The checks in worlds; in brackets the share of runs in which it managed.",
            ),
        ),
    )


def world_checks(text: str) -> tuple[Check, ...]:
    """Returns the checks of a policy in the worlds that come with the product."""
    world, terms = read_world("certificate"), WorldTerms()
    made = named_policy(text, world)
    assert isinstance(made, ServicePolicy)
    candidate = Candidate(policy=made.policy, learner=made.learner)
    return (
        new_winner_check(candidate, world, terms),
        drift_check(candidate, world, terms),
        unsubscribes_check(candidate, read_world("fatigue"), terms),
        evaluability_in_world(candidate, world, terms, EvaluabilityTerms()),
    )


def _share(check: Check) -> str:
    return f" ({check.numbers['managed_share']:.2f})" if "managed_share" in check.numbers else ""


if __name__ == "__main__":
    main(NAME, measure)
