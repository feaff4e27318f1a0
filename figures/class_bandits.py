"""Data sets of classes as bandits: a class is chosen for each example, and the reward is 1 if it is the right one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.sampling import choose
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned, LearningPolicy


@dataclass(frozen=True, slots=True, eq=False)
class ClassData:
    """Examples with their classes."""

    numbers: NDArray[np.float64]
    """Shape (examples, features)."""
    classes: NDArray[np.int64]

    @property
    def class_count(self) -> int:
        """Returns the number of classes."""
        return int(self.classes.max()) + 1


def progressive_error(data: ClassData, policy: LearningPolicy, shuffle: int) -> float:
    """Returns the share of wrong choices in one pass in shuffled order, each decision learned before the next."""
    rng = np.random.default_rng([4, shuffle])
    order, draws = rng.permutation(len(data.classes)), rng.random(len(data.classes))
    campaigns = tuple([Campaign(campaign_id=f"class{number:02d}") for number in range(data.class_count)])
    eligible = Eligible(campaigns, np.ones((1, len(campaigns)), dtype=np.bool_))
    names = [f"x{place:02d}" for place in range(data.numbers.shape[1])]
    wrong = 0
    for row, draw in zip(order.tolist(), draws.tolist(), strict=True):
        columns = ContextColumns(
            rows=1, features={name: data.numbers[row, place, None] for place, name in enumerate(names)}
        )
        contexts = Contexts(columns, day=0, send_time_us=0)
        pmf = policy.pmf(contexts, eligible)
        chosen = choose(pmf, np.array([draw]))
        reward = float(chosen[0] == data.classes[row])
        policy.learn(Learned(contexts, eligible, chosen, pmf[[0], chosen], np.array([reward])))
        wrong += reward == 0.0
    return wrong / len(data.classes)
