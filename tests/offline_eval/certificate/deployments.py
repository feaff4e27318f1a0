"""Simulated deployments: a policy at work, its log, and candidates whose true value is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.certificate import Check, Verdict, overall_verdict
from offline_eval.certificate import EvaluabilityTerms, LogTerms, budget_check, log_checks
from offline_eval.choices import Coded
from offline_eval.estimators import sample_of
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import difference_weight_range
from offline_eval.logged import Entries, Logged

CAMPAIGNS, SEGMENTS = 10, 4
FLOOR, BASE_RATE = 0.1, 0.03
SETTLED = 20_000
WORSE, BETTER = 0.9, 1.2
"""Value of the candidates, of the deployed policy's."""
TERMS = LogTerms(floor=FLOOR, evaluability=EvaluabilityTerms(decisions=float(SETTLED)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deployment:
    """A portfolio; arrays have the shape (segments, campaigns)."""

    rates: Floats
    """Chance of a response; the deployed policy's mean is BASE_RATE."""
    deployed: Floats
    """Selection probabilities."""

    @classmethod
    def of(cls, seed: int) -> Deployment:
        """Returns the deployment of a seed: a softmax with a floor on predictions that are half right."""
        rng = np.random.default_rng([7, seed])
        while True:
            rates = np.exp(rng.normal(0.0, 0.5, (SEGMENTS, CAMPAIGNS)))
            deployed = with_floor(np.exp(3.0 * (0.5 * np.log(rates) + rng.normal(0.0, 0.3, rates.shape))))
            rates *= BASE_RATE / float((deployed * rates).sum(axis=1).mean())
            made = cls(rates=rates, deployed=deployed)
            if float(rates.max()) < 0.5 and made.value(made.extreme(1.0)) > BETTER * BASE_RATE:
                return made

    def value(self, policy: Floats) -> float:
        """Returns the expected reward of a decision."""
        return float((policy * self.rates).sum(axis=1).mean())

    def extreme(self, sign: float) -> Floats:
        """Returns the best policy with the floor, for a sign of 1, or the worst, for -1."""
        return with_floor(np.eye(CAMPAIGNS)[np.argmax(sign * self.rates, axis=1)])

    def candidate(self, share: float) -> Floats:
        """Returns a policy on the way to the best or the worst whose value is that share of the deployed one's."""
        end = self.extreme(1.0 if share > 1.0 else -1.0)
        way = (share - 1.0) * BASE_RATE / (self.value(end) - BASE_RATE)
        return (1.0 - way) * self.deployed + way * end

    def log(self, seed: int, settled: int = SETTLED) -> tuple[Logged, NDArray[np.int64]]:
        """Returns decisions of the deployed policy, and the segment of each."""
        rng = np.random.default_rng([11, seed])
        segment = rng.integers(0, SEGMENTS, settled)
        ends = self.deployed.cumsum(axis=1)[segment]
        chosen = np.minimum((rng.random(settled)[:, None] > ends).sum(axis=1), CAMPAIGNS - 1)
        reward = (rng.random(settled) < self.rates[segment, chosen]).astype(np.float64)
        start = np.arange(settled + 1, dtype=np.int64) * CAMPAIGNS
        unknown = np.full(settled * CAMPAIGNS, np.nan)
        names = tuple(f"c{number}" for number in range(CAMPAIGNS))
        codes = np.tile(np.arange(CAMPAIGNS, dtype=np.int32), settled)
        logged = Logged(
            entries=Entries(
                start=start,
                campaign=Coded(codes, names),
                probability=self.deployed[segment].ravel(),
                predicted=unknown,
                deviation=unknown,
            ),
            chosen=start[:-1] + chosen,
            probability=self.deployed[segment, chosen],
            reward=reward,
            customer=np.arange(settled, dtype=np.int32),
            time_us=np.arange(settled, dtype=np.int64) * 60_000_000,
            labels={"segment": Coded(segment.astype(np.int32), tuple("abcd"))},
            reward_range=(0.0, 1.0),
        )
        return logged, segment


def with_floor(weights: Floats) -> Floats:
    """Returns the probabilities of weights, with the floor."""
    found: Floats = (1.0 - FLOOR) * weights / weights.sum(axis=1, keepdims=True) + FLOOR / CAMPAIGNS
    return found


def logged_deployment(seed: int, share: float) -> Logged:
    """Returns a log with the probabilities of a candidate of that value, and of the deployed policy, as targets."""
    deployment = Deployment.of(seed)
    logged, segment = deployment.log(seed)
    policies = {"candidate": deployment.candidate(share), "deployed": deployment.deployed}
    return replace(logged, targets={name: policy[segment].ravel() for name, policy in policies.items()})


def checks_of(seed: int, share: float, fault: Callable[[Logged], Logged] = lambda logged: logged) -> tuple[Check, ...]:
    """Returns the checks of a candidate of that value on a log, after a fault was planted in it."""
    logged = fault(logged_deployment(seed, share))
    return log_checks(logged, logged.targets["candidate"], logged.targets["deployed"], TERMS)


def budget_verdict(seed: int, share: float) -> Verdict:
    """Returns what the budget check alone says."""
    logged = logged_deployment(seed, share)
    target, deployed = (sample_of(logged, logged.targets[name]) for name in ("candidate", "deployed"))
    apart = difference_weight_range(logged, logged.targets["candidate"], logged.targets["deployed"])
    return budget_check(target, deployed, TERMS.budget, weight_range=apart).verdict


def verdict(seed: int, share: float, fault: Callable[[Logged], Logged] = lambda logged: logged) -> Verdict:
    """Returns what the checks come to."""
    return overall_verdict(check.verdict for check in checks_of(seed, share, fault))


def without_floor(logged: Logged) -> Logged:
    """Returns the log as if the floor had been forgotten when probabilities were written down."""
    entries = logged.entries
    bare = np.maximum((entries.probability - FLOOR / CAMPAIGNS) / (1.0 - FLOOR), 1e-6)
    bare /= np.repeat(entries.total(bare), entries.size)
    return replace(logged, entries=replace(entries, probability=bare), probability=bare[logged.chosen])


def of_yesterday(logged: Logged) -> Logged:
    """Returns the log with the probabilities of another policy than the one that drew."""
    entries = logged.entries
    table = entries.probability.reshape(-1, CAMPAIGNS)
    other = np.roll(table, 1, axis=1).ravel()
    return replace(logged, entries=replace(entries, probability=other), probability=other[logged.chosen])


def without_failures(logged: Logged) -> Logged:
    """Returns the log without most decisions of one campaign that brought nothing."""
    mine = logged.entries.campaign.codes[logged.chosen] == 3
    lost = mine & (logged.reward == 0.0) & (np.arange(len(logged)) % 10 != 0)
    return logged.where(~lost)


def sharpened(logged: Logged) -> Logged:
    """Returns the log with probabilities that are surer than the draw was."""
    entries = logged.entries
    surer = entries.probability**1.3
    surer /= np.repeat(entries.total(surer), entries.size)
    return replace(logged, entries=replace(entries, probability=surer), probability=surer[logged.chosen])


FAULTS = {
    "the floor forgotten": without_floor,
    "probabilities of another policy": of_yesterday,
    "a campaign's failures lost": without_failures,
    "probabilities too sure": sharpened,
}
"""By what was done to the log."""
