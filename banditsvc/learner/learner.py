"""Learner: settles, trains and publishes, portfolio by portfolio and slice by slice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from banditsvc.core.times import SECOND_US
from banditsvc.learner.canary import is_sound
from banditsvc.learner.catalogues import Catalogue, Catalogues
from banditsvc.learner.course import Course
from banditsvc.ports import Clock, DecisionLog, Lineage, ModelRegistry, Segment
from banditsvc.settling import BATCH, SettleLimit

_SOONEST_US = 2 * SECOND_US
"""Between two models, where much is learned: to make, store and serve one takes some 50 ms."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Serving:
    """The serving lineage of a portfolio, with what is stored of it."""

    course: Course
    stored_step: int
    """Step (RunningSums.step) of the last model stored; -1 before the first."""
    tried_us: int | None = None
    """When a model was last stored or refused."""
    noted_us: int | None = None
    refused_step: int = -1
    """Step of the last model that the canary refused."""


@dataclass(slots=True)
class _Candidate:
    """A lineage that relearns."""

    course: Course
    in_stretch: bool
    """True while it works through what was due when the relearn began, as of then."""


class Learner:
    """Reads the log and alone writes the registry. It holds nothing that it could not make again from these two."""

    def __init__(
        self,
        log: DecisionLog,
        registry: ModelRegistry,
        clock: Clock,
        *,
        publish_interval_us: int = 0,
        publish_decisions: int | None = None,
        batch: int = BATCH,
    ) -> None:
        """Takes over where the registry stands.

        Args:
            log: The decision log, which is only read.
            registry: The registry, which nobody else may write.
            clock: Tells how long ago the last model was published; learning does not depend on it.
            publish_interval_us: Least time between two models of a portfolio, 0 for none.
            publish_decisions: Number of decisions learned after which that time is 2 seconds at most; None for no such
                number.
            batch: Number of decisions in a slice.
        """
        self._log = log
        self._registry = registry
        self._clock = clock
        self._publish_interval_us = publish_interval_us
        self._publish_decisions = publish_decisions
        self._batch = batch
        self._catalogues = Catalogues(log)
        self._serving: dict[str, _Serving] = {}
        self._candidates: dict[str, _Candidate] = {}
        self._abandoned: dict[str, int] = {}
        """Of each portfolio the cause of the last relearned lineage that the canary refused."""

    def portfolio_ids(self) -> list[str]:
        """Returns the ids of the portfolios that the log has now."""
        self._catalogues.refresh()
        return self._catalogues.portfolio_ids()

    def forget_weights(self, before_us: int, keep: int) -> int:
        """Drops the weights of old models, but for pinned ones; see ModelRegistry.forget_weights."""
        return self._registry.forget_weights(before_us, keep, self._catalogues.pins())

    def reset(self, portfolio_id: str) -> None:
        """Forgets how far a portfolio has come since its last checkpoint: after a failure in the middle of a slice."""
        self._serving.pop(portfolio_id, None)
        self._candidates.pop(portfolio_id, None)

    def step(self, portfolio_id: str) -> bool:
        """Settles and learns a slice of decisions; returns whether there is more to do at once.

        While a relearn is under way a slice of it follows each slice of live learning.
        """
        # The watermark first: every resource that a decision up to it names is then among those read.
        watermark_us = self._log.watermark().time_us
        self._catalogues.refresh()
        catalogue = self._catalogues.get(portfolio_id)
        if catalogue is None:
            return False
        serving = self._serving_course(portfolio_id, catalogue)
        # Before any progress is noted: whoever reads it must also see that a relearn asked for by then is under way.
        candidate = self._candidate(portfolio_id, catalogue, serving.course.lineage, watermark_us)
        has_more = self._advance(serving.course, watermark_us)
        self._store(serving, catalogue, watermark_us, has_more=has_more)
        if candidate is None:
            return has_more
        return self._relearn(candidate, catalogue, watermark_us) or has_more

    def _advance(self, course: Course, watermark_us: int) -> bool:
        lapsed_before = course.sums.lapsed_count
        has_more = course.advance(course.limit(watermark_us), self._batch)
        lapsed = course.sums.lapsed_count - lapsed_before
        if lapsed:
            _log.warning("decisions_lapsed", portfolio_id=course.lineage.portfolio_id, count=lapsed)
        for feature in course.take_changed():
            _log.warning(
                "world_changed",
                portfolio_id=course.lineage.portfolio_id,
                feature=feature,
                learned_count=course.sums.learned_count,
            )
        return has_more

    def _serving_course(self, portfolio_id: str, catalogue: Catalogue) -> _Serving:
        serving = self._serving.get(portfolio_id)
        if serving is None:
            lineage = self._registry.serving_lineage(portfolio_id)
            if lineage is None:
                # A relearn asked for before there was a lineage is done all the same, by a second one.
                lineage = self._start(catalogue, catalogue.settings_position)
            checkpoint = self._registry.latest(lineage.lineage_id)
            stored_step = -1 if checkpoint is None else checkpoint.sums.step
            serving = _Serving(Course(self._log, catalogue, lineage, checkpoint), stored_step)
            self._serving[portfolio_id] = serving
        return serving

    def _start(self, catalogue: Catalogue, cause_position: int) -> Lineage:
        portfolio = catalogue.portfolio
        lineage = self._registry.start_lineage(
            portfolio.portfolio_id, cause_position, portfolio.learner_version, portfolio.learner
        )
        _log.info(
            "lineage_started",
            portfolio_id=portfolio.portfolio_id,
            lineage_id=lineage.lineage_id,
            learner_version=lineage.learner_version,
        )
        return lineage

    def _store(self, serving: _Serving, catalogue: Catalogue, watermark_us: int, *, has_more: bool) -> None:
        course, now_us = serving.course, self._clock.now_us()
        # Before any final reward was learned there is nothing to predict from.
        if course.sums.learned_count and course.sums.step > max(serving.stored_step, serving.refused_step):
            interval_over = serving.tried_us is None or now_us - serving.tried_us >= self._interval_us(serving)
            # Without an interval only the last slice of a stretch is worth a model.
            if not interval_over or (has_more and self._publish_interval_us == 0):
                return
            if self._publish(serving, catalogue, watermark_us, now_us):
                return
        pause_us = min(self._publish_interval_us, SECOND_US)
        if not has_more and (serving.noted_us is None or now_us - serving.noted_us >= pause_us):
            self._registry.note_progress(course.lineage, course.position, course.settled_through_us, course.sums)
            serving.noted_us = now_us

    def _interval_us(self, serving: _Serving) -> int:
        """Returns how long ago the last model must be for the next one."""
        learned = serving.course.sums.step - serving.stored_step
        is_many = self._publish_decisions is not None and learned >= self._publish_decisions
        return min(self._publish_interval_us, _SOONEST_US) if is_many else self._publish_interval_us

    def _publish(self, serving: _Serving, catalogue: Catalogue, watermark_us: int, now_us: int) -> bool:
        course, serving.tried_us = serving.course, now_us
        checkpoint = course.checkpoint(watermark_us)
        if not is_sound(checkpoint.model, catalogue, course.recent):
            serving.refused_step = course.sums.step
            _log.error(
                "model_refused", portfolio_id=course.lineage.portfolio_id, model_version=checkpoint.model_version
            )
            return False
        self._registry.save(checkpoint)
        serving.stored_step, serving.noted_us = course.sums.step, now_us
        _log.info(
            "model_published",
            portfolio_id=course.lineage.portfolio_id,
            model_version=checkpoint.model_version,
            learned_count=course.sums.learned_count,
            position=course.position,
        )
        return True

    def _candidate(
        self, portfolio_id: str, catalogue: Catalogue, serving: Lineage, watermark_us: int
    ) -> _Candidate | None:
        if catalogue.cause_position <= max(serving.cause_position, self._abandoned.get(portfolio_id, 0)):
            return None
        candidate = self._candidates.get(portfolio_id)
        if candidate is not None and candidate.course.lineage.cause_position == catalogue.cause_position:
            return candidate
        lineage = self._registry.candidate_lineage(portfolio_id)
        if lineage is None or lineage.cause_position != catalogue.cause_position:
            lineage = self._start(catalogue, catalogue.cause_position)
        if not lineage.segments:
            # The moment as of which it relearns is fixed once, so that a restart cannot change it. What asks for it, such
            # as an exclusion, may be newer than the watermark, and must count.
            as_of_us = max(watermark_us, catalogue.relearn_time_us)
            lineage = self._set_segment(lineage, Segment(0, as_of_us))
        # The first checkpoint is stored when the stretch is done.
        checkpoint = self._registry.latest(lineage.lineage_id)
        candidate = _Candidate(Course(self._log, catalogue, lineage, checkpoint), in_stretch=checkpoint is None)
        self._candidates[portfolio_id] = candidate
        return candidate

    def _set_segment(self, lineage: Lineage, segment: Segment) -> Lineage:
        self._registry.set_segments(lineage.lineage_id, [segment])
        return replace(lineage, segments=(segment,))

    def _relearn(self, candidate: _Candidate, catalogue: Catalogue, watermark_us: int) -> bool:
        course = candidate.course
        if candidate.in_stretch:
            as_of_us = course.lineage.segments[-1].as_of_us
            if not course.advance(SettleLimit(as_of_us, as_of=True), self._batch):
                course.lineage = self._set_segment(course.lineage, Segment(course.position, as_of_us))
                self._registry.save(course.checkpoint(watermark_us))
                candidate.in_stretch = False
            return True
        if course.advance(SettleLimit(watermark_us), self._batch):
            return True
        self._take_over(candidate, catalogue, watermark_us)
        return False

    def _take_over(self, candidate: _Candidate, catalogue: Catalogue, watermark_us: int) -> None:
        course = candidate.course
        portfolio_id, checkpoint = course.lineage.portfolio_id, course.checkpoint(watermark_us)
        if not is_sound(checkpoint.model, catalogue, course.recent):
            # The same log and policy say the same next time. A new relearn, or new settings, try again.
            self._abandoned[portfolio_id] = course.lineage.cause_position
            del self._candidates[portfolio_id]
            self._registry.abandon(course.lineage.lineage_id)
            _log.error("lineage_abandoned", portfolio_id=portfolio_id, model_version=checkpoint.model_version)
            return
        self._registry.save(checkpoint)
        self._registry.take_over(course.lineage.lineage_id)
        now_us = self._clock.now_us()
        self._serving[portfolio_id] = _Serving(course, course.sums.step, now_us, now_us)
        del self._candidates[portfolio_id]
        _log.info("lineage_took_over", portfolio_id=portfolio_id, model_version=checkpoint.model_version)
