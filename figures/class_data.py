"""Data sets of classes as bandits: a class is chosen for each example, and the reward is 1 if it is the right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.portfolio import EncoderSpec
from banditsvc.core.sampling import choose
from benchmarks.peers import ROOT, run_peers
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned, LearningPolicy

CLASS_DATA = ("digits", "iris", "wine", "breast_cancer")
"""The data sets that come with scikit-learn."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassData:
    """Examples with their classes."""

    numbers: NDArray[np.float64]
    """Shape (examples, features)."""
    classes: NDArray[np.int64]

    @property
    def feature_names(self) -> list[str]:
        """Returns a name for each feature."""
        return [f"x{place:02d}" for place in range(self.numbers.shape[1])]

    def quartiles(self) -> EncoderSpec:
        """Returns an encoder that bins each feature by its quartiles, as who knows the customers may set them."""
        edges = np.quantile(self.numbers, (0.25, 0.5, 0.75), axis=0).T
        return EncoderSpec(
            number_edges={
                name: tuple(np.unique(its).tolist()) for name, its in zip(self.feature_names, edges, strict=True)
            }
        )


def class_data(names: Sequence[str] = CLASS_DATA) -> dict[str, ClassData]:
    """Returns scikit-learn's data sets by name."""
    path = ROOT / "build" / "class_data.npz"
    if not path.exists():
        run_peers("figures.class_data_peer", path, *CLASS_DATA)
    with np.load(path) as arrays:
        return {name: ClassData(arrays[f"{name}.numbers"], arrays[f"{name}.classes"]) for name in names}


def progressive_error(data: ClassData, policy: LearningPolicy, shuffle: int) -> float:
    """Returns the share of wrong choices in one pass in shuffled order, each decision learned before the next."""
    rng = np.random.default_rng([4, shuffle])
    order, draws = rng.permutation(len(data.classes)), rng.random(len(data.classes))
    campaigns = tuple([Campaign(campaign_id=f"class{number:02d}") for number in range(data.classes.max() + 1)])
    eligible = Eligible(campaigns, np.ones((1, len(campaigns)), dtype=np.bool_))
    wrong = 0
    for row, draw in zip(order.tolist(), draws.tolist(), strict=True):
        features = dict(zip(data.feature_names, data.numbers[row, :, None], strict=True))
        contexts = Contexts(ContextColumns(rows=1, features=features), day=0, send_time_us=0)
        pmf = policy.pmf(contexts, eligible)
        chosen = choose(pmf, np.array([draw]))
        reward = (chosen == data.classes[row]).astype(np.float64)
        policy.learn(Learned(contexts, eligible, chosen, pmf[[0], chosen], reward))
        wrong += int(reward[0] == 0.0)
    return wrong / len(data.classes)
