"""DM: the direct method."""

from __future__ import annotations

from dataclasses import dataclass

from offline_eval.estimators.columns import Column, modeled_target
from offline_eval.estimators.estimator import Averaged


@dataclass(frozen=True, slots=True)
class Direct(Averaged):
    """The mean of what a reward model says of the target's choices."""

    kind = "DM"
    promise = "as biased as the reward model; its standard error leaves the model's out"

    @property
    def columns(self) -> tuple[Column, ...]:
        return (modeled_target,)
