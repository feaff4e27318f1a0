"""The peers of benchmarks/simulate.py, run in their own environment; prints microseconds a decision as one JSON line.

Usage: python -m benchmarks.simulate_peers CUSTOMERS.npz SETTINGS_AS_JSON. The file has what benchmarks/simulate.py writes.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from benchmarks.without_torch import leave_out_torch

warnings.simplefilter("ignore")


class Customers:
    """Customers of the world in the forms that the peers want: all the same features, which our encoder makes."""

    def __init__(self, path: str) -> None:
        stored = np.load(path)
        places, values = stored["places"], stored["values"]
        self.rewards: np.ndarray[Any, Any] = stored["rewards"]
        count = int(stored["features"])
        present = places < count
        self.dense = np.zeros((len(places), count))
        rows, columns = np.nonzero(present)
        self.dense[rows, places[rows, columns]] = values[rows, columns]
        self.named = [
            {f"f{place}": value for place, value, is_one in zip(mine, its, there, strict=True) if is_one}
            for mine, its, there in zip(places.tolist(), values.tolist(), present.tolist(), strict=True)
        ]

    @property
    def campaigns(self) -> int:
        """Returns the number of campaigns."""
        return int(self.rewards.shape[1])


def _per_decision(work: Callable[[], Any], decisions: int, runs: int) -> float:
    """Returns the least microseconds a decision of some runs: what disturbs a run makes it longer, never shorter."""
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds) / decisions * 1e6


def _coba(customers: Customers, count: int, runs: int) -> dict[str, float]:
    evaluators, learners = import_module("coba.evaluators"), import_module("coba.learners")
    reward_of = import_module("coba.primitives").DiscreteReward
    actions = [f"c{place}" for place in range(customers.campaigns)]
    interactions = [
        {"context": context, "actions": actions, "rewards": reward_of(actions, rewards)}
        for context, rewards in zip(customers.named[:count], customers.rewards[:count].tolist(), strict=True)
    ]

    class Interactions:
        params: ClassVar[dict[str, Any]] = {}

        def read(self) -> Iterator[dict[str, Any]]:
            yield from interactions

    def run(learn: str | None, learner: Any) -> None:
        for _ in evaluators.SequentialCB(record=["reward"], learn=learn, seed=1).evaluate(Interactions(), learner):
            pass

    taught = learners.VowpalSquarecbLearner(seed=1)
    run("on", taught)
    return {
        "learning": _per_decision(lambda: run("on", learners.VowpalSquarecbLearner(seed=1)), count, runs),
        "frozen": _per_decision(lambda: run(None, taught), count, runs),
    }


def _obp(customers: Customers, count: int, runs: int) -> dict[str, float]:
    policies, simulator = import_module("obp.policy"), import_module("obp.simulator.simulator")
    contexts, rewards = customers.dense[:count], customers.rewards[:count]

    def run(*, learns: bool) -> None:
        policy = policies.LinEpsilonGreedy(
            dim=contexts.shape[1], n_actions=customers.campaigns, epsilon=0.05, random_state=1
        )
        if not learns:
            policy.update_params = lambda **_: None
        rounds = simulator.BanditRounds(
            n_rounds=count,
            n_actions=customers.campaigns,
            context=contexts,
            action_context=np.eye(customers.campaigns),
            rewards=rewards,
            expected_rewards=rewards,
            round_delays=None,
        )
        simulator.BanditPolicySimulator(policy=policy).steps(batch_bandit_rounds=rounds)

    return {
        "learning": _per_decision(lambda: run(learns=True), count, runs),
        "frozen": _per_decision(lambda: run(learns=False), count, runs),
    }


def _mabwiser(customers: Customers, count: int, runs: int) -> dict[str, float]:
    mab = import_module("mabwiser.mab")
    contexts, rewards, arms = customers.dense, customers.rewards, list(range(customers.campaigns))
    chosen = np.random.default_rng(1).integers(0, len(arms), count)

    def taught() -> Any:
        made = mab.MAB(arms, mab.LearningPolicy.LinGreedy(epsilon=0.05), seed=1)
        made.fit(chosen, rewards[np.arange(count), chosen], contexts[:count])
        return made

    def run(policy: Any, decisions: int, *, learns: bool) -> None:
        total = 0.0
        for row in range(decisions):
            context = contexts[row : row + 1]
            arm = policy.predict(context)
            reward = rewards[row, arm]
            total += reward
            if learns:
                policy.partial_fit([arm], [reward], context)

    few, frozen, learning = count // 10, taught(), taught()
    return {
        "learning": _per_decision(lambda: run(learning, few, learns=True), few, runs),
        "frozen": _per_decision(lambda: run(frozen, count, learns=False), count, runs),
        "frozen batch": _per_decision(lambda: frozen.predict(contexts), len(contexts), runs),
    }


def _contextualbandits(customers: Customers, count: int, runs: int) -> dict[str, float]:
    online, linreg = import_module("contextualbandits.online"), import_module("contextualbandits.linreg")
    contexts, rewards = customers.dense, customers.rewards

    def untaught() -> Any:
        return online.EpsilonGreedy(
            linreg.LinearRegression(lambda_=1.0, fit_intercept=True, method="sm"),
            customers.campaigns,
            explore_prob=0.05,
            decay=None,
            beta_prior=None,
            batch_train=True,
            random_state=1,
            njobs=1,
        )

    def run(policy: Any, *, learns: bool) -> None:
        for row in range(count):
            context = contexts[row : row + 1]
            chosen = policy.predict(context)
            if learns:
                policy.partial_fit(context, chosen, rewards[row, chosen])

    chosen = np.random.default_rng(1).integers(0, customers.campaigns, count)
    taught = untaught()
    taught.partial_fit(contexts[:count], chosen, rewards[np.arange(count), chosen])
    return {
        "learning": _per_decision(lambda: run(untaught(), learns=True), count, runs),
        "frozen": _per_decision(lambda: run(taught, learns=False), count, runs),
        "frozen batch": _per_decision(lambda: taught.predict(contexts), len(contexts), runs),
    }


def main() -> None:
    """Measures all peers."""
    path, settings = sys.argv[1], json.loads(sys.argv[2])
    customers, count, runs = Customers(path), settings["decisions"], settings["runs"]
    leave_out_torch()
    found = {
        "coba with VW": _coba(customers, count, runs),
        "obp (sb-obp)": _obp(customers, count, runs),
        "MABWiser": _mabwiser(customers, count, runs),
        "contextualbandits": _contextualbandits(customers, count, runs),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
