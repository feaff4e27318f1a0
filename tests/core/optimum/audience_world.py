"""A synthetic audience with limits, and what the linear programme makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from banditsvc.core.optimum.volume_limit import VolumeLimit

NOTHING = 0
"""Entry of NO_CONTACT."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Audience:
    """Customers, and what each campaign would earn and costs."""

    rewards: NDArray[np.float64]
    deviations: NDArray[np.float64]
    eligible: NDArray[np.bool_]
    costs: NDArray[np.float64]

    def part(self, rows: NDArray[np.intp] | slice) -> Audience:
        """Returns some of the customers."""
        return Audience(
            rewards=self.rewards[rows],
            deviations=self.deviations[rows],
            eligible=self.eligible[rows],
            costs=self.costs,
        )


def made_audience(customers: int, campaigns: int, seed: int) -> Audience:
    """Returns an audience: expected revenues of 12 features, 7 in 10 campaigns eligible, entry 0 is NO_CONTACT."""
    rng = np.random.default_rng(seed)
    features, effects = rng.normal(size=(customers, 12)), 0.1 * rng.normal(size=(12, campaigns))
    rewards = 0.3 * np.exp(features @ effects - 3.0 + 0.5 * rng.normal(size=campaigns))
    eligible = rng.random((customers, campaigns)) < 0.7
    rewards[:, NOTHING], eligible[:, NOTHING] = 0.0, True
    costs = np.concatenate([[0.0], rng.choice([0.002, 0.01, 0.05], campaigns - 1)])
    deviations = 0.003 * np.abs(rng.normal(size=rewards.shape))
    return Audience(rewards=rewards, deviations=deviations, eligible=eligible, costs=costs)


def tight_limits(audience: Audience) -> list[VolumeLimit]:
    """Returns limits of every kind that an audience would not keep to by itself, but can."""
    customers, campaigns = audience.rewards.shape
    contact = np.ones(campaigns)
    contact[NOTHING] = 0.0
    wanted = np.where(audience.eligible, audience.rewards, -np.inf).argmax(axis=1)
    counts = np.bincount(wanted, minlength=campaigns)
    by_count = np.argsort(counts[1:]) + 1
    limits = [
        VolumeLimit(name="contacts", use=contact, bound=0.5 * customers),
        VolumeLimit(name="budget", use=audience.costs, bound=0.4 * float(audience.costs[wanted].sum())),
    ]
    limits += [
        VolumeLimit(name=f"at most of {entry}", use=one_entry(campaigns, entry), bound=float(int(0.4 * counts[entry])))
        for entry in by_count[-3:].tolist()
    ]
    limits += [
        VolumeLimit(
            name=f"at least of {entry}",
            use=one_entry(campaigns, entry),
            bound=float(int(0.03 * customers)),
            is_least=True,
        )
        for entry in by_count[:2].tolist()
    ]
    lifecycle = np.zeros(campaigns)
    lifecycle[campaigns // 2 : campaigns // 2 + max(2, campaigns // 5)] = 1.0
    return [*limits, VolumeLimit(name="share", use=0.3 * contact - lifecycle, bound=0.0)]


def one_entry(campaigns: int, entry: int) -> NDArray[np.float64]:
    """Returns the use of a limit on the contacts of one campaign."""
    use = np.zeros(campaigns)
    use[entry] = 1.0
    return use


def programme_value(audience: Audience, limits: Sequence[VolumeLimit]) -> float:
    """Returns the most that customers can earn within limits, by scipy's HiGHS on one variable per eligible pair."""
    row, entry = np.nonzero(audience.eligible)
    pairs, customers = len(row), len(audience.rewards)
    signs = [-1.0 if limit.is_least else 1.0 for limit in limits]
    solved = linprog(  # type: ignore[call-overload]  # the stubs know no sparse matrix
        -audience.rewards[row, entry],
        A_ub=csr_array(np.array([sign * limit.use[entry] for sign, limit in zip(signs, limits, strict=True)])),
        b_ub=[sign * limit.bound for sign, limit in zip(signs, limits, strict=True)],
        A_eq=csr_array((np.ones(pairs), (row, np.arange(pairs))), shape=(customers, pairs)),
        b_eq=np.ones(customers),
        method="highs-ipm",
    )
    assert solved.status == 0, solved.message
    return float(-solved.fun)
