"""The peer's part of figures/open_bandit.py, run in the environment of the peers: obp's quickstart, step by step.

Usage: python -m figures.open_bandit_peer WHERE.npz. Writes obp's sample of the Open Bandit Dataset as columns, what its
policy and its reward model say, and prints its estimates as one JSON line.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.without_torch import leave_out_torch

SIMULATIONS, SEED, FOLDS = 100_000, 12_345, 3
SETTINGS = [1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, np.inf]


def main(path: str) -> None:
    """Runs the quickstart: the log of random choices, and the policy that chose in the other one as the target."""
    warnings.simplefilter("ignore")
    logging.disable()
    leave_out_torch()
    dataset_module, policy_module, ope = (import_module(f"obp.{name}") for name in ("dataset", "policy", "ope"))
    logistic = import_module("sklearn.linear_model").LogisticRegression
    dataset = dataset_module.OpenBanditDataset(behavior_policy="random", campaign="all")
    feedback: dict[str, Any] = dataset.obtain_batch_bandit_feedback()
    policy = policy_module.BernoulliTS(
        n_actions=dataset.n_actions,
        len_list=dataset.len_list,
        is_zozotown_prior=True,
        campaign="all",
        random_state=SEED,
    )
    chances = policy.compute_batch_action_dist(n_sim=SIMULATIONS, n_rounds=feedback["n_rounds"])
    model = ope.RegressionModel(
        n_actions=dataset.n_actions,
        len_list=dataset.len_list,
        action_context=dataset.action_context,
        base_model=logistic(max_iter=1_000, random_state=SEED),
    )
    columns = {name: feedback[name] for name in ("context", "action", "reward", "position", "pscore")}
    modeled = model.fit_predict(**columns, n_folds=FOLDS, random_state=SEED)
    estimators = [
        ope.InverseProbabilityWeighting(),
        ope.SelfNormalizedInverseProbabilityWeighting(),
        ope.DirectMethod(),
        ope.DoublyRobust(),
        ope.SelfNormalizedDoublyRobust(),
        ope.SwitchDoublyRobustTuning(lambdas=SETTINGS, tuning_method="slope"),
        ope.DoublyRobustWithShrinkageTuning(lambdas=SETTINGS, tuning_method="slope"),
    ]
    values = ope.OffPolicyEvaluation(bandit_feedback=feedback, ope_estimators=estimators).estimate_policy_values(
        action_dist=chances, estimated_rewards_by_reg_model=modeled
    )
    truth = dataset_module.OpenBanditDataset.calc_on_policy_policy_value_estimate("bts", "all")
    np.savez(path, **columns, chances=chances[0], modeled=modeled)
    sys.stdout.write(json.dumps({"values": values, "truth": float(truth)}, default=float) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
