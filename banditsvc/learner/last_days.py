"""Last days: a model that rests on the sendings of the last D days alone, by models that start a quarter of D apart."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.live_scoring import LiveModel
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.times import DAY_US
from banditsvc.learner.running_model import MOST_CHANGED, RunningModel
from banditsvc.learner.running_tally import RunningTally
from banditsvc.ports import RunningSums
from banditsvc.trainer import ContextArrays, ExamplePair

QUARTERS = 4
"""Models at a time: the oldest covers from 3/4 D to D days."""


class _Stored(msgspec.Struct, array_like=True):
    newest_quarter: int | None
    models: list[tuple[bytes, RunningSums]]


_DECODER: msgspec.msgpack.Decoder[_Stored] = msgspec.msgpack.Decoder(_Stored)


class LastDaysModel:
    """A running model of the last D days: bit for bit what one learns from what was sent in the last 4 quarters alone.

    Time is cut into quarters of D / 4 days from 1970 on, by the day of the sending. There are four models: one for each of
    the last four quarters that a sending fell in or that lie between, which learned all that was sent since its quarter
    began. The oldest is the one that is published; with the first sending of a later quarter it goes, and one that has
    learned nothing joins. So all of it is a function of the decisions learned, in their order.
    """

    def __init__(
        self,
        learner: LearnerSpec,
        learner_state: bytes | None = None,
        sums: RunningSums | None = None,
        examples: ExamplePair | None = None,
    ) -> None:
        """Starts a model, or goes on from what serialize and sums said, as RunningModel does."""
        assert learner.train.last_days is not None
        self.learner = learner
        self.tally = RunningTally(RunningSums() if sums is None else sums)
        """Of all decisions ever learned."""
        self._last_days = learner.train.last_days
        self._each = replace(learner, train=replace(learner.train, last_days=None))
        self._examples = ExamplePair() if examples is None else examples
        self._changed: deque[int] = deque(maxlen=MOST_CHANGED)
        self._newest_quarter: int | None = None
        self._models: tuple[RunningModel, ...] = ()
        """The oldest first."""
        if learner_state is None:
            self._models = self._new(QUARTERS)
            return
        stored = _DECODER.decode(learner_state)
        self._newest_quarter = stored.newest_quarter
        self._models = tuple([RunningModel(self._each, *one, self._examples) for one in stored.models])

    def __reduce__(self) -> tuple[type[LastDaysModel], tuple[LearnerSpec, bytes, RunningSums]]:
        return LastDaysModel, (self.learner, self.serialize(), self.sums)

    @property
    def sums(self) -> RunningSums:
        """The sums over all decisions ever learned."""
        return self.tally.sums()

    @property
    def learned(self) -> LearnedState:
        """What exploration uses of it: of the last D days."""
        return self._models[0].learned

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
        """Learns one decision as RunningModel does; what was sent before the last D days is counted in the sums alone.

        Raises:
            ValueError: A number is not finite or out of range; nothing was learned.
        """
        quarter = QUARTERS * (send_time_us // DAY_US) // self._last_days
        newest = quarter if self._newest_quarter is None else max(quarter, self._newest_quarter)
        passed = 0 if self._newest_quarter is None else min(newest - self._newest_quarter, QUARTERS)
        models = (*self._models[passed:], *self._new(passed))
        drift_count = models[0].tally.drift_count
        # All refuse the same: where the first does, none has learned.
        for model in models[: max(0, QUARTERS - (newest - quarter))]:
            model.learn(
                context,
                campaign,
                scaled_reward=scaled_reward,
                selection_probability=selection_probability,
                eligible_count=eligible_count,
                was_clipped=was_clipped,
                weight=weight,
                is_historical=is_historical,
                send_time_us=send_time_us,
                gains=gains,
            )
        self._models, self._newest_quarter = models, newest
        drift_count = models[0].tally.drift_count - drift_count
        if drift_count:
            self._changed.extend(models[0].take_changed()[-drift_count:])
        self.tally.add(
            scaled_reward=scaled_reward,
            eligible_count=eligible_count,
            was_clipped=was_clipped,
            weight=weight,
            is_historical=is_historical,
            drift_count=drift_count,
        )

    def take_changed(self) -> list[int]:
        """Returns what RunningModel.take_changed does, of the model that is published."""
        changed = list(self._changed)
        self._changed.clear()
        return changed

    def live(self) -> LiveModel:
        """Returns what to score by now: until the next decision is learned."""
        return self._models[0].live()

    def weights(self) -> NDArray[np.float32]:
        """Returns a read-only copy of the weights."""
        return self._models[0].weights()

    def variances(self) -> NDArray[np.float32] | None:
        """Returns a read-only copy of the variances; None where the learner has none."""
        return self._models[0].variances()

    def serialize(self) -> bytes:
        """Returns the whole state of all four, to go on from."""
        models = [(model.serialize(), model.sums) for model in self._models]
        return msgspec.msgpack.encode(_Stored(self._newest_quarter, models))

    def _new(self, count: int) -> tuple[RunningModel, ...]:
        return tuple([RunningModel(self._each, examples=self._examples) for _ in range(count)])


def start_model(
    learner: LearnerSpec,
    learner_state: bytes | None = None,
    sums: RunningSums | None = None,
    examples: ExamplePair | None = None,
) -> RunningModel | LastDaysModel:
    """Returns what learns by some settings, new or from what serialize and sums said, live and in simulations alike."""
    kind = RunningModel if learner.train.last_days is None else LastDaysModel
    return kind(learner, learner_state, sums, examples)
