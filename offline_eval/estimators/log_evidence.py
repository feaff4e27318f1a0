"""Evidence of a log that is read part by part, so that its size does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from offline_eval.estimators.estimator import Estimator
from offline_eval.estimators.evidence import Evidence
from offline_eval.estimators.panel import FIRST_ROW, evidence_of
from offline_eval.estimators.sample_of import TARGET_UNKNOWN, known_to_target, sample_of
from offline_eval.logged import Logged, LogRefused, Target
from offline_eval.reward_models import RewardModel


class AddedModel(RewardModel, Protocol):
    """A reward model of parts that add up, such as ShrunkMeans and Ridge."""

    def __add__(self, other: Self) -> Self:
        """Returns the model of both parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvidence:
    """What the parts of a log add up to."""

    evidence: Evidence
    unknown: int
    """Decisions that were left out because the target has no probability for them."""

    @property
    def left_out(self) -> dict[str, int]:
        """Returns the count by its kind, beside those of the log itself; empty for none."""
        return {TARGET_UNKNOWN: self.unknown} if self.unknown else {}


def log_evidence(
    parts: Callable[[], Iterable[Logged]],
    target: Target,
    *,
    learn: Callable[[Logged], AddedModel] | None = None,
    estimators: Sequence[Estimator] = FIRST_ROW,
    smallest_probability: float | None = None,
) -> LogEvidence:
    """Returns the evidence of a log, read once, or twice where a reward model is to be learned first.

    Args:
        parts: Begins to read the log; see `log_parts`.
        target: Gives the target probability of each entry of a part.
        learn: Makes the reward model of a part, such as `ShrunkMeans.of`; None where the estimators need none.
        estimators: What the evidence is for.
        smallest_probability: See sample_of.

    Raises:
        LogRefused: There is no decision with a target probability, or see sample_of.
    """
    model: AddedModel | None = None
    if learn is not None:
        for part in parts():
            own = learn(part)
            model = own if model is None else model + own
    evidence, unknown = None, 0
    for part in parts():
        known, wanted = known_to_target(part, target(part))
        unknown += len(part) - len(known)
        mine = evidence_of(sample_of(known, wanted, model, smallest_probability=smallest_probability), estimators)
        evidence = mine if evidence is None else evidence + mine
    if evidence is None or not evidence.sums.count:
        raise LogRefused("no decision can be evaluated: the target has a probability for none of them")
    return LogEvidence(evidence=evidence, unknown=unknown)
