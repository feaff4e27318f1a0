"""Vowpal Wabbit's own estimators as an oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from estimators.bandits import cressieread, ips, mle, snips

from offline_eval.estimators import CressieRead, EmpiricalLikelihood, Estimator, Ips, Snips, evidence_of
from tests.offline_eval.random_samples import logged_sample, random_log

SIZES = [1, 2, 7, 100, 2_000]
OURS: tuple[Estimator, ...] = (Ips(), Snips(), CressieRead(), EmpiricalLikelihood())


@pytest.mark.parametrize("bound", [math.inf, 1_000.0, 1.5])
@pytest.mark.parametrize("decisions", SIZES)
def test_values_equal_the_oracle(decisions: int, bound: float) -> None:
    """IPS, SNIPS, Cressie-Read and empirical likelihood equal the oracle's within 1e-9 on random logs, also where the
    bound on weights is unknown, or broken by a weight.
    """
    for seed in range(5):
        logged, rewards, target = random_log(seed, decisions)
        oracles = [ips.Estimator(), snips.Estimator(), cressieread.Estimator(wmax=bound), mle.Estimator(wmax=bound)]
        for row in zip(logged.tolist(), rewards.tolist(), target.tolist(), strict=True):
            for oracle in oracles:
                oracle.add_example(*row)
        evidence = evidence_of(logged_sample(logged, rewards, target, bound), OURS)

        assert [oracle.get() for oracle in oracles] == pytest.approx(
            [estimator.value(evidence) for estimator in OURS], abs=1e-9
        )


def test_the_oracle_bites() -> None:
    """On these logs the estimators differ from each other by far more than 1e-9."""
    values = [one.value(evidence_of(logged_sample(*random_log(0, 2_000), 1_000.0), OURS)) for one in OURS]

    assert float(np.min(np.abs(np.diff(values)))) > 1e-5
