"""The model registry: the learner's own store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from banditsvc.core.model import Model
from banditsvc.core.portfolio import LearnerSpec


@dataclass(frozen=True, slots=True)
class Segment:
    """How a stretch of the log was settled: positions up to through_position with outcomes recorded up to as_of_us."""

    through_position: int
    as_of_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """One unbroken course of learning: which settings, and what each decision was settled with.

    segments come from relearning; every decision after the last segment is settled when it is due, with what was
    recorded by then. Replaying the log by these gives the same model bit for bit.
    """

    lineage_id: int
    portfolio_id: str
    cause_position: int
    """Position of the portfolio version or relearn request that asked for it."""
    learner_version: int
    learner: LearnerSpec
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlySums:
    """How far learning at the checkpoints has come, the ages before the end of the outcome window."""

    positions: tuple[int, ...] = ()
    """Decisions up to here have passed each age, the youngest first."""
    standing: tuple[int, ...] = ()
    """Decisions learned from provisionally, as of each age and no later one."""
    changes: int = 0
    """Number of times that a provisional reward was learned or taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSums:
    """What the learner carries along besides the weights; rewards are scaled to [0, 1]."""

    learned_count: int = 0
    eligible_sum: int = 0
    """Sum over learned decisions of the number of eligible campaigns."""
    reward_sum: float = 0.0
    """By the weights of the decisions; likewise that of the squares."""
    reward_square_sum: float = 0.0
    clipped_count: int = 0
    """Rewards outside [least, greatest]."""
    lapsed_count: int = 0
    """Decisions left unlearned because their feed was not complete within the grace."""
    skipped_count: int = 0
    """Decisions never learned from: not sent, replaced, expired, or nothing eligible. Tests are not counted."""
    historical_count: int = 0
    """Of the learned decisions, those that are history."""
    discount_sum: float = 0.0
    """Sum over learned decisions of 1 less their weight; only history weighs less than 1."""
    drift_count: int = 0
    """How often the drift watch found that the world had changed for a campaign or a wider kind."""
    early: EarlySums = EarlySums()
    """What was learned provisionally; all other sums are of final rewards alone."""

    @property
    def step(self) -> int:
        """Returns a number that rises whenever something is learned or taken back: it names the model."""
        return self.learned_count + self.early.changes

    @property
    def weight_sum(self) -> float:
        """Returns the sum of the weights of the decisions learned."""
        return self.learned_count - self.discount_sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The learner's whole state at a position of the log; saving it is one commit."""

    lineage: Lineage
    model_version: str
    position: int
    """Decisions of the portfolio up to here are settled."""
    settled_through_us: int
    """Log time up to which settling has looked."""
    sums: RunningSums
    learner_state: bytes
    """Serialised Vowpal Wabbit workspace, to go on from."""
    model: Model
    weights_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """A model without its weights."""

    portfolio_id: str
    model_version: str
    lineage_id: int
    learner_version: int
    position: int
    sums: RunningSums
    reward_mean: float
    reward_deviation: float
    publish_time_us: int
    weights_sha256: str
    nonzero_weights: int
    has_weights: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the serving lineage of a portfolio stands."""

    model_version: str
    position: int
    settled_through_us: int
    lineage_id: int = 0
    sums: RunningSums = RunningSums()
    relearning: bool = False
    """True while a second lineage catches up."""


class ModelRegistry(Protocol):
    """The learner's own store. The learner alone writes it; servers read."""

    def save(self, checkpoint: Checkpoint) -> None:
        """Stores a checkpoint and, when its lineage is the serving one, its model as the newest; one commit."""
        ...

    def note_progress(self, lineage: Lineage, position: int, settled_through_us: int, sums: RunningSums) -> None:
        """Notes that settling has looked up to settled_through_us and nothing was learned since the last checkpoint."""
        ...

    def latest(self, lineage_id: int) -> Checkpoint | None:
        """Returns the newest checkpoint of a lineage whose SHA-256 matches; older ones are fallen back to."""
        ...

    def start_lineage(
        self, portfolio_id: str, cause_position: int, learner_version: int, learner: LearnerSpec
    ) -> Lineage:
        """Registers a new lineage. A portfolio's first one serves at once, a later one after take_over. A lineage
        that was still catching up is abandoned.
        """
        ...

    def set_segments(self, lineage_id: int, segments: Sequence[Segment]) -> None:
        """Fixes how a relearning lineage settles the stretches of the log."""
        ...

    def take_over(self, lineage_id: int) -> None:
        """Makes a lineage the serving one of its portfolio and its last checkpoint the newest model, one commit."""
        ...

    def abandon(self, lineage_id: int) -> None:
        """Gives up a lineage that is catching up; for any other it does nothing."""
        ...

    def serving_lineage(self, portfolio_id: str) -> Lineage | None: ...

    def candidate_lineage(self, portfolio_id: str) -> Lineage | None:
        """Returns the lineage that is catching up, if any."""
        ...

    def progress(self, portfolio_id: str) -> Progress | None: ...

    def list_models(self, portfolio_id: str) -> list[ModelSummary]:
        """Returns all models ever served, newest first."""
        ...

    def find_model(self, portfolio_id: str, model_version: str) -> ModelSummary | None:
        """Returns a model that was served, without its weights."""
        ...

    def load_model(self, portfolio_id: str, model_version: str) -> Model | None:
        """Returns a model with its weights, or None where it does not exist or its weights are no longer kept."""
        ...

    def forget_weights(self, before_us: int, keep: int, spared: Collection[tuple[str, str]] = ()) -> int:
        """Drops the weights of models published before a time, but for the keep newest of each portfolio.

        The newest model of a portfolio and those of checkpoints that may be gone on from keep theirs in any case, and
        so do the (portfolio_id, model_version) in spared.
        """
        ...

    def close(self) -> None: ...
