"""The learner's store in memory: for tests and simulations."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from banditsvc.core.model import UNTRAINED, Model
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.ports import Checkpoint, Lineage, ModelSummary, Progress, RunningSums, Segment
from banditsvc.store.sqlite_registry import KEPT_CHECKPOINTS
from banditsvc.store.stored_weights import weights_sha256


@dataclass(slots=True)
class _Served:
    summary: ModelSummary
    model: Model | None


@dataclass(slots=True)
class _Course:
    """A lineage with what it has come to."""

    lineage: Lineage
    checkpoints: list[Checkpoint] = field(default_factory=list)
    position: int = 0
    settled_through_us: int = 0
    sums: RunningSums = RunningSums()


@dataclass(slots=True)
class _Portfolio:
    serving: int
    candidate: int | None = None
    model_version: str = UNTRAINED
    served: list[_Served] = field(default_factory=list)


class MemoryRegistry:
    """A ModelRegistry that holds everything in this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._courses: dict[int, _Course] = {}
        self._portfolios: dict[str, _Portfolio] = {}

    def save(self, checkpoint: Checkpoint) -> None:
        """Stores a checkpoint and, when its lineage is the serving one, its model as the newest; one commit.

        Raises:
            ValueError: A weight is not finite, weights_sha256 is not the one of the weights, or model_version is taken
                by another lineage; nothing was written.
        """
        model = checkpoint.model
        variances = model.variances
        if not (np.isfinite(model.weights).all() and (variances is None or np.isfinite(variances).all())):
            raise ValueError("a weight is not finite: the model is not stored")
        if weights_sha256(model.weights, variances) != checkpoint.weights_sha256:
            raise ValueError(f"weights_sha256 of model {checkpoint.model_version!r} is not the one of its weights")
        with self._lock:
            self._check_version_is_free(checkpoint)
            course = self._courses[checkpoint.lineage.lineage_id]
            self.note_progress(checkpoint.lineage, checkpoint.position, checkpoint.settled_through_us, checkpoint.sums)
            earlier = [kept for kept in course.checkpoints if kept.position < checkpoint.position]
            course.checkpoints = [*earlier, _private(checkpoint)][-KEPT_CHECKPOINTS:]
            portfolio = self._portfolios[checkpoint.lineage.portfolio_id]
            if portfolio.serving == checkpoint.lineage.lineage_id:
                _serve(portfolio, course.checkpoints[-1])

    def note_progress(self, lineage: Lineage, position: int, settled_through_us: int, sums: RunningSums) -> None:
        """Notes that settling has looked up to settled_through_us and nothing was learned since the last checkpoint."""
        with self._lock:
            course = self._courses[lineage.lineage_id]
            course.position, course.settled_through_us, course.sums = position, settled_through_us, sums

    def latest(self, lineage_id: int) -> Checkpoint | None:
        """Returns the newest checkpoint of a lineage."""
        with self._lock:
            course = self._courses.get(lineage_id)
            if course is None or not course.checkpoints:
                return None
            return replace(course.checkpoints[-1], lineage=course.lineage)

    def start_lineage(
        self, portfolio_id: str, cause_position: int, learner_version: int, learner: LearnerSpec
    ) -> Lineage:
        """Registers a new lineage. A portfolio's first one serves at once, a later one after take_over. A lineage
        that was still catching up is abandoned.
        """
        with self._lock:
            lineage = Lineage(
                lineage_id=len(self._courses) + 1,
                portfolio_id=portfolio_id,
                cause_position=cause_position,
                learner_version=learner_version,
                learner=learner,
            )
            self._courses[lineage.lineage_id] = _Course(lineage)
            portfolio = self._portfolios.setdefault(portfolio_id, _Portfolio(lineage.lineage_id))
            if portfolio.serving != lineage.lineage_id:
                if portfolio.candidate is not None:
                    self._courses[portfolio.candidate].checkpoints.clear()
                portfolio.candidate = lineage.lineage_id
            return lineage

    def set_segments(self, lineage_id: int, segments: Sequence[Segment]) -> None:
        """Fixes how a relearning lineage settles the stretches of the log."""
        with self._lock:
            course = self._courses[lineage_id]
            course.lineage = replace(course.lineage, segments=tuple(segments))

    def take_over(self, lineage_id: int) -> None:
        """Makes a lineage the serving one of its portfolio and its last checkpoint the newest model, one commit.

        Raises:
            ValueError: The lineage is neither catching up nor serving.
        """
        with self._lock:
            course = self._courses.get(lineage_id)
            portfolio = None if course is None else self._portfolios[course.lineage.portfolio_id]
            if portfolio is not None and portfolio.serving == lineage_id:
                return
            if course is None or portfolio is None or portfolio.candidate != lineage_id:
                raise ValueError(f"lineage {lineage_id} is not catching up: it cannot take over")
            self._courses[portfolio.serving].checkpoints.clear()
            portfolio.serving, portfolio.candidate, portfolio.model_version = lineage_id, None, UNTRAINED
            if course.checkpoints:
                _serve(portfolio, course.checkpoints[-1])

    def abandon(self, lineage_id: int) -> None:
        """Gives up a lineage that is catching up; for any other it does nothing."""
        with self._lock:
            course = self._courses.get(lineage_id)
            portfolio = None if course is None else self._portfolios[course.lineage.portfolio_id]
            if course is not None and portfolio is not None and portfolio.candidate == lineage_id:
                course.checkpoints.clear()
                portfolio.candidate = None

    def serving_lineage(self, portfolio_id: str) -> Lineage | None:
        """Returns the lineage whose models serve a portfolio."""
        with self._lock:
            portfolio = self._portfolios.get(portfolio_id)
            return None if portfolio is None else self._courses[portfolio.serving].lineage

    def candidate_lineage(self, portfolio_id: str) -> Lineage | None:
        """Returns the lineage that is catching up, if any."""
        with self._lock:
            portfolio = self._portfolios.get(portfolio_id)
            if portfolio is None or portfolio.candidate is None:
                return None
            return self._courses[portfolio.candidate].lineage

    def progress(self, portfolio_id: str) -> Progress | None:
        """Returns where the serving lineage of a portfolio stands; None before there is one."""
        with self._lock:
            portfolio = self._portfolios.get(portfolio_id)
            if portfolio is None:
                return None
            course = self._courses[portfolio.serving]
            return Progress(
                model_version=portfolio.model_version,
                position=course.position,
                settled_through_us=course.settled_through_us,
                lineage_id=portfolio.serving,
                sums=course.sums,
                relearning=portfolio.candidate is not None,
            )

    def list_models(self, portfolio_id: str) -> list[ModelSummary]:
        """Returns all models ever served, newest first."""
        with self._lock:
            portfolio = self._portfolios.get(portfolio_id)
            served = [] if portfolio is None else reversed(portfolio.served)
            return [replace(entry.summary, has_weights=entry.model is not None) for entry in served]

    def find_model(self, portfolio_id: str, model_version: str) -> ModelSummary | None:
        """Returns a model that was served, without its weights."""
        found = (summary for summary in self.list_models(portfolio_id) if summary.model_version == model_version)
        return next(found, None)

    def load_model(self, portfolio_id: str, model_version: str) -> Model | None:
        """Returns a model with its weights, or None where it does not exist or its weights are no longer kept."""
        with self._lock:
            portfolio = self._portfolios.get(portfolio_id)
            if portfolio is None:
                return None
            found = [entry.model for entry in portfolio.served if entry.summary.model_version == model_version]
            kept = [saved.model for saved in self._kept(portfolio_id) if saved.model_version == model_version]
            return next((model for model in found + kept if model is not None), None)

    def forget_weights(self, before_us: int, keep: int, spared: Collection[tuple[str, str]] = ()) -> int:
        """Drops the weights of models published before a time, but for the keep newest of each portfolio.

        The newest model of a portfolio and those of checkpoints that may be gone on from keep theirs in any case, and
        so do the (portfolio_id, model_version) in spared.
        """
        dropped = 0
        with self._lock:
            for portfolio_id, portfolio in self._portfolios.items():
                needed = {checkpoint.model_version for checkpoint in self._kept(portfolio_id)}
                needed |= {model_version for owner, model_version in spared if owner == portfolio_id}
                for entry in portfolio.served[: -max(keep, 1)]:
                    old = entry.summary.publish_time_us < before_us and entry.summary.model_version not in needed
                    if old and entry.model is not None:
                        entry.model = None
                        dropped += 1
        return dropped

    def close(self) -> None:
        """Does nothing: there is no file."""

    def _kept(self, portfolio_id: str) -> list[Checkpoint]:
        courses = [course for course in self._courses.values() if course.lineage.portfolio_id == portfolio_id]
        return [checkpoint for course in courses for checkpoint in course.checkpoints]

    def _check_version_is_free(self, checkpoint: Checkpoint) -> None:
        lineage = checkpoint.lineage
        served = [entry.summary for entry in self._portfolios[lineage.portfolio_id].served]
        owners = {summary.lineage_id for summary in served if summary.model_version == checkpoint.model_version}
        owners |= {
            kept.lineage.lineage_id
            for kept in self._kept(lineage.portfolio_id)
            if kept.model_version == checkpoint.model_version
        }
        if owners - {lineage.lineage_id}:
            raise ValueError(f"model_version {checkpoint.model_version!r} is taken by another lineage")


def _private(checkpoint: Checkpoint) -> Checkpoint:
    # A copy, as the learner goes on to change its own weights.
    model = checkpoint.model
    weights, variances = model.weights.copy(), None if model.variances is None else model.variances.copy()
    for copied in (weights, variances):
        if copied is not None:
            copied.flags.writeable = False
    return replace(checkpoint, model=replace(model, weights=weights, variances=variances))


def _serve(portfolio: _Portfolio, checkpoint: Checkpoint) -> None:
    model = checkpoint.model
    summary = ModelSummary(
        portfolio_id=model.portfolio_id,
        model_version=checkpoint.model_version,
        lineage_id=checkpoint.lineage.lineage_id,
        learner_version=model.learner_version,
        position=model.log_position,
        sums=checkpoint.sums,
        reward_mean=model.learned.reward_mean,
        reward_deviation=model.learned.reward_deviation,
        publish_time_us=model.publish_time_us,
        weights_sha256=checkpoint.weights_sha256,
        nonzero_weights=int(np.count_nonzero(model.weights)),
        has_weights=True,
    )
    others = [entry for entry in portfolio.served if entry.summary.model_version != checkpoint.model_version]
    portfolio.served = [*others, _Served(summary, model)]
    portfolio.model_version = checkpoint.model_version
