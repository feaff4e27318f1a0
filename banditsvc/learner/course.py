"""Course: one lineage under way, from one position of the log to the next."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np
import structlog
from numpy.typing import NDArray

from banditsvc.core.choice import Choice
from banditsvc.core.decision import DecidedBy
from banditsvc.core.encoded import EncodedContext
from banditsvc.core.model import Model
from banditsvc.core.reward import Reward
from banditsvc.core.settle import SettleState, SettleTerms
from banditsvc.learner.age_line import AgeLine, next_line
from banditsvc.learner.catalogues import Catalogue
from banditsvc.learner.last_days import start_model
from banditsvc.learner.lessons import DecisionLesson, Lessons
from banditsvc.learner.running_model import RunningModel
from banditsvc.ports import Checkpoint, DecisionLog, Lineage, RunningSums
from banditsvc.posterior import Lesson
from banditsvc.settling import BATCH, SettledDecision, SettleLimit, TermsReader
from banditsvc.store.stored_weights import weights_sha256

RECENT = 20
"""Number of decisions kept to try a model on before it is published."""

_log = structlog.get_logger(__name__)


class Course:
    """Settles and learns a portfolio's decisions in log order, by the settings of one lineage.

    What it holds is a function of the log, the lineage and the position alone: made again from any of its checkpoints
    it comes to the same weights, bit for bit.
    """

    def __init__(self, log: DecisionLog, catalogue: Catalogue, lineage: Lineage, start: Checkpoint | None) -> None:
        self._log = log
        self._catalogue = catalogue
        self._lessons = Lessons(catalogue, lineage.learner)
        self._running = (
            start_model(lineage.learner)
            if start is None
            else start_model(lineage.learner, start.learner_state, start.sums)
        )
        self.lineage = lineage
        position = 0 if start is None else start.position
        checkpoint_count = len(lineage.learner.settle.checkpoints_us)
        early = (0,) * checkpoint_count if start is None else start.sums.early.positions
        *self._early, self._final = [
            AgeLine(log, lineage, self._lessons, age, one) for age, one in enumerate((*early, position))
        ]
        self.settled_through_us = 0 if start is None else start.settled_through_us
        self._terms_reader = TermsReader(log, lineage.portfolio_id, lineage.learner)
        self._terms: SettleTerms | None = None
        self._terms_hold_through_us = 0
        self.recent: deque[Choice] = deque(maxlen=RECENT)

    @property
    def position(self) -> int:
        """Returns the place in the log up to which decisions are settled for good."""
        return self._final.position

    @property
    def positions(self) -> tuple[int, ...]:
        """Returns the place in the log up to which decisions have come to each age."""
        # What was settled as of a moment went past the checkpoints.
        return tuple([max(line.position, self._final.position) for line in (*self._early, self._final)])

    @property
    def sums(self) -> RunningSums:
        """Returns the sums over the decisions up to the position."""
        sums = self._running.sums
        if not self._early:
            return sums
        return replace(sums, early=replace(sums.early, positions=self.positions[:-1]))

    def advance(self, limit: SettleLimit, count: int = BATCH, *, early_through: tuple[int, ...] | None = None) -> bool:
        """Settles and learns the next decisions, at most count; returns whether more can be settled at once.

        Decisions that are settled as of a moment go straight to their final reward. All others come to each age by
        itself, in the order of next_line.

        Args:
            limit: How far the last age is settled, and by which rule.
            count: Number of decisions, each as often as it comes to an age.
            early_through: Last position to settle at each checkpoint; None for no end.
        """
        terms = self._terms_for(limit)
        early = [] if limit.as_of else self._early
        for line, position in zip(early, self.positions, strict=False):
            line.position = position
        through = [limit.through_position, *(early_through or (None,) * len(early))]
        lines = [self._final, *early]
        end_of = {line: replace(limit, through_position=end) for line, end in zip(lines, through, strict=False)}
        for line, end in end_of.items():
            line.look(terms, end, count)
        taken = 0
        while taken < count:
            first = next_line(lines)
            if first is None:
                self.settled_through_us = max(self.settled_through_us, limit.limit_us)
                return False
            # Alone, a line is in order by itself.
            page = first.take(1 if early else count - taken)
            taken += len(page)
            page.reverse()
            # Each is let go while it is at hand: to free a page at its end takes a tenth of the time.
            while page:
                aged, lesson = page.pop()
                self._take_in(aged, lesson, is_direct=limit.as_of)
            first.look(terms, end_of[first], count)
        return True

    def limit(self, watermark_us: int) -> SettleLimit:
        """Returns how far and by which rule the next decisions are settled: by a segment, else live."""
        for segment in self.lineage.segments:
            if self.position < segment.through_position:
                return SettleLimit(segment.as_of_us, as_of=True, through_position=segment.through_position)
        return SettleLimit(watermark_us)

    def checkpoint(self, publish_time_us: int) -> Checkpoint:
        """Returns the whole state, with a model to score by."""
        lineage, model_version = self.lineage, f"{self.lineage.lineage_id}.{self.sums.step}"
        weights, variances = self._running.weights(), self._running.variances()
        model = Model(
            portfolio_id=lineage.portfolio_id,
            model_version=model_version,
            learner_version=lineage.learner_version,
            learner=lineage.learner,
            learned=self._running.learned,
            weights=weights,
            log_position=self.position,
            publish_time_us=publish_time_us,
            variances=variances,
        )
        return Checkpoint(
            lineage=lineage,
            model_version=model_version,
            position=self.position,
            settled_through_us=self.settled_through_us,
            sums=self.sums,
            learner_state=self._running.serialize(),
            model=model,
            weights_sha256=weights_sha256(weights, variances),
        )

    def weights(self) -> NDArray[np.float32]:
        """Returns a read-only copy of the weights."""
        return self._running.weights()

    def take_changed(self) -> list[str]:
        """Returns of what the drift watch found the world to have changed since it was last asked, by name.

        Such as `id=winback` or `family=sale`, as campaigns' features are named.
        """
        return [
            self._lessons.name_of(feature) if feature else "all campaigns" for feature in self._running.take_changed()
        ]

    def _terms_for(self, limit: SettleLimit) -> SettleTerms:
        # Once for a stretch: each slice would have to ask for new marks and exclusions.
        if self._terms is None or limit.limit_us > self._terms_hold_through_us:
            # The time first: the marks read after it are all those up to it.
            self._terms_hold_through_us = self._log.watermark().time_us
            self._terms = self._terms_reader.read()
        return self._terms

    def _take_in(self, aged: SettledDecision, lesson: DecisionLesson | None, *, is_direct: bool) -> None:
        """Learns from a decision what it is worth at an age, in place of what it was worth at the one before.

        A direct one was not learned from at younger ages.
        """
        before = None if is_direct or len(aged.gains) < 2 else aged.gains[-2]
        is_learned = False
        if lesson is not None:
            try:
                if before is not None:
                    self._provisional().take_out(aged.age - 1, _early(lesson, aged), before)
                if aged.reward is not None:
                    self._learn(lesson, aged, aged.reward)
                    is_learned = True
            except ValueError:
                # The same log says the same next time: to wait would be to wait for ever.
                _log.exception(
                    "decision_refused", portfolio_id=self.lineage.portfolio_id, position=aged.recorded.position
                )
        if aged.age == self._final.age and not is_learned:
            self._running.tally.pass_over(
                has_lapsed=aged.settlement.state is SettleState.LAPSED, is_test=aged.recorded.value.input.is_test
            )

    def _learn(self, lesson: DecisionLesson, aged: SettledDecision, reward: Reward) -> None:
        if aged.age != self._final.age:
            gains = aged.gains[-1]
            assert gains is not None, "what has a reward at a checkpoint has gains"
            self._provisional().put_in(aged.age, _early(lesson, aged), gains)
            return
        decision = aged.recorded.value
        self._running.learn(
            lesson.context,
            lesson.campaign,
            scaled_reward=reward.scaled,
            selection_probability=lesson.selection_probability,
            eligible_count=lesson.eligible_count,
            was_clipped=reward.was_clipped,
            weight=lesson.weight,
            is_historical=decision.decided_by is DecidedBy.HISTORICAL,
            send_time_us=decision.input.send_time_us,
            gains=aged.gains,
        )
        self.recent.append(decision)

    def _provisional(self) -> RunningModel:
        assert isinstance(self._running, RunningModel), "checkpoints are refused beside last_days"
        return self._running


def _early(lesson: DecisionLesson, aged: SettledDecision) -> Lesson:
    """Returns a lesson for learning at a checkpoint, which the posterior alone does."""
    assert isinstance(lesson.context, EncodedContext), "the posterior learns from contexts as they are encoded"
    send_time_us = aged.recorded.value.input.send_time_us
    return Lesson(lesson.context, lesson.campaign, lesson.nothing, lesson.weight, send_time_us)
