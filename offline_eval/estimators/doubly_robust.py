"""DR: the direct method, corrected by weighted residuals."""

from __future__ import annotations

from dataclasses import dataclass

from offline_eval.estimators.columns import Column, modeled_target, weighted_residual
from offline_eval.estimators.estimator import Averaged


@dataclass(frozen=True, slots=True)
class DoublyRobust(Averaged):
    """The mean of q(target) + w (r - q(choice)) (Dudik, Langford and Li, "Doubly Robust Policy Evaluation and Learning",
    ICML 2011).
    """

    kind = "DR"
    promise = "unbiased, with less variance than IPS where the reward model is of use"

    @property
    def columns(self) -> tuple[Column, ...]:
        return (modeled_target, weighted_residual)
