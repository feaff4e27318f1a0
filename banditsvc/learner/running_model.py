"""The running model: a trainer with the sums that it carries along, decision after decision."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.baseline import scaled_baseline
from banditsvc.core.decision import LearnedState
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.live_scoring import LiveModel
from banditsvc.core.portfolio import LearnerKind, LearnerSpec, RewardSpec
from banditsvc.learner.running_tally import RunningTally
from banditsvc.ports import EarlySums, RunningSums
from banditsvc.posterior import Lesson, PosteriorTrainer
from banditsvc.trainer import ContextArrays, ExamplePair, Trainer

MOST_CHANGED = 64
"""Changes that are kept until somebody asks for them: no model depends on them."""


class RunningModel:
    """What has been learned so far: weights and sums. A function of the decisions learned, in their order.

    It can be pickled and deepcopied; a copy goes on bit for bit as the original does.
    """

    def __init__(
        self,
        learner: LearnerSpec,
        learner_state: bytes | None = None,
        sums: RunningSums | None = None,
        examples: ExamplePair | None = None,
    ) -> None:
        """Starts a model, or goes on from what serialize and sums said; learner_state is trusted as the trainers say."""
        self.learner = learner
        sums = RunningSums() if sums is None else sums
        self.tally = RunningTally(sums)
        """Of the decisions so far."""
        checkpoints = len(learner.settle.checkpoints_us)
        self._standing = list(sums.early.standing) or [0] * checkpoints
        self._changes = sums.early.changes
        self._learned: LearnedState | None = None
        self._changed: deque[int] = deque(maxlen=MOST_CHANGED)
        self._trainer: Trainer | PosteriorTrainer = (
            PosteriorTrainer(learner, learner_state)
            if learner.train.learner is LearnerKind.POSTERIOR
            else Trainer(learner.train, learner_state, examples)
        )
        # Arrays of a context are Vowpal Wabbit's alone: whoever makes them knows what learns.
        self._learn: Callable[..., None] = self._trainer.learn
        self._take_changed: Callable[[], Sequence[int]] = (
            self._trainer.take_changed if isinstance(self._trainer, PosteriorTrainer) else tuple
        )

    def __reduce__(self) -> tuple[type[RunningModel], tuple[LearnerSpec, bytes, RunningSums]]:
        return RunningModel, (self.learner, self.serialize(), self.sums)

    @property
    def sums(self) -> RunningSums:
        """The sums over the decisions so far; of the positions at the checkpoints it knows nothing."""
        if not self._standing:
            return self.tally.sums()
        return self.tally.sums(EarlySums(standing=tuple(self._standing), changes=self._changes))

    @property
    def learned(self) -> LearnedState:
        """What exploration uses of it."""
        if self._learned is None:
            self._learned = learned_state(self.tally, self.learner.reward)
        return self._learned

    def learn(
        self,
        context: EncodedContext | ContextArrays,
        campaign: EncodedCampaign,
        *,
        scaled_reward: float,
        selection_probability: float,
        eligible_count: int,
        was_clipped: bool = False,
        weight: float = 1.0,
        is_historical: bool = False,
        send_time_us: int = 0,
        gains: tuple[tuple[float, ...] | None, ...] = (),
    ) -> None:
        """Learns one decision and adds it to the sums. The arguments are those of Trainer.learn.

        With checkpoints, gains say what it had brought by each of them, and last what it has.

        Raises:
            ValueError: A number is not finite or out of range; nothing was learned.
        """
        tally = self.tally
        self._learn(
            context,
            campaign,
            scaled_reward=scaled_reward,
            baseline=scaled_baseline(tally.weight_sum, tally.reward_sum, self.learner.reward),
            selection_probability=selection_probability,
            eligible_count=eligible_count,
            sums=tally,
            weight=weight,
            send_time_us=send_time_us,
            gains=gains,
        )
        changed = self._take_changed()
        if changed:
            self._changed.extend(changed)
        self._learned = None
        tally.add(
            scaled_reward=scaled_reward,
            eligible_count=eligible_count,
            was_clipped=was_clipped,
            weight=weight,
            is_historical=is_historical,
            drift_count=len(changed),
        )

    def take_changed(self) -> list[int]:
        """Returns of what the world was found to have changed since it was last asked: see PosteriorTrainer."""
        changed = list(self._changed)
        self._changed.clear()
        return changed

    def put_in(self, age: int, lesson: Lesson, gains: Sequence[float]) -> None:
        """Learns what a decision had brought by a checkpoint.

        Raises:
            ValueError: A number is not finite or out of range; nothing was learned.
        """
        self._early().put_in(age, lesson, gains)
        self._standing[age] += 1
        self._changes += 1

    def take_out(self, age: int, lesson: Lesson, gains: Sequence[float]) -> None:
        """Takes back what put_in learned of a decision: the decisions of an age leave it in the order in which they came.

        Raises:
            ValueError: It was refused by put_in too.
        """
        self._early().take_out(age, lesson, gains)
        self._standing[age] -= 1
        self._changes += 1

    def _early(self) -> PosteriorTrainer:
        assert isinstance(self._trainer, PosteriorTrainer), "only the posterior can take back what it has learned"
        return self._trainer

    def live(self) -> LiveModel:
        """Returns what to score by now: until the next decision is learned."""
        return LiveModel(self._trainer.live_weights(), self.learned, self._trainer.live_variances())

    def weights(self) -> NDArray[np.float32]:
        """Returns a read-only copy of the weights."""
        return self._trainer.weights()

    def variances(self) -> NDArray[np.float32] | None:
        """Returns a read-only copy of the variances; None where the learner has none."""
        return self._trainer.variances()

    def serialize(self) -> bytes:
        """Returns the trainer's whole state, to go on from."""
        return self._trainer.serialize()


def learned_state(sums: RunningTally, reward: RewardSpec) -> LearnedState:
    """Returns what exploration uses of the running sums, in raw reward units."""
    count, span = sums.weight_sum, reward.greatest - reward.least
    if sums.learned_count == 0:
        return LearnedState()
    mean = sums.reward_sum / count
    variance = max(0.0, sums.reward_square_sum / count - mean * mean)
    # In whole decisions of weight 1, at least one: a mean is known.
    return LearnedState(max(1, int(count)), reward.least + span * mean, span * sqrt(variance))
