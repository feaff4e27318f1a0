"""What the shell must provide: a decision log, a model registry and a clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from banditsvc.core.activation import Activation
from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import Decision
from banditsvc.core.model import Model
from banditsvc.core.outcome import FeedMark, Outcome
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import LearnerSpec, Portfolio


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignVersion:
    """A campaign as of a catalogue version of its portfolio."""

    portfolio_id: str
    catalogue_version: int
    campaign: Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A policy version put to work."""

    portfolio_id: str
    policy_version: int
    traffic_share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPin:
    """The model that servers use instead of the newest; an empty version ends the pin."""

    portfolio_id: str
    model_version: str


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelearnRequest:
    """Asks the learner for a new lineage that includes what came late."""

    portfolio_id: str


Resource = Portfolio | CampaignVersion | Policy | Deployment | ModelPin | RelearnRequest
LogRecord = Decision | Activation | Outcome | FeedMark | Resource


@dataclass(frozen=True, slots=True)
class Recorded(Generic[T]):
    """A value as it stands in the log."""

    position: int
    """Place in the log: one sequence over all kinds of records, rising in commit order."""
    record_time_us: int
    """Stamped by the writer inside the commit; equal within a commit, strictly rising from commit to commit."""
    value: T


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far the log is complete: every record stamped up to time_us has a position up to this one."""

    position: int
    time_us: int


@dataclass(frozen=True, slots=True)
class Commit:
    """What one append did."""

    record_time_us: int
    positions: tuple[int | None, ...]
    """Position of each record; None for one that the log holds already (same key), which was left as it is."""


class DecisionLog(Protocol):
    """The truth: an append-only log of decisions, activations, outcomes, feed marks and resources.

    Keys, at most one record each: a decision's decision_id; an activation's decision_id; an outcome's (portfolio_id,
    outcome_id, revision). Feed marks and resources have none.
    """

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        """Appends records as one atomic commit and returns once they are durable (fsync).

        Stamps them all with one record_time_us = max(now_us, last stamp + 1) and stores that as the watermark, also
        when records is empty. Within and across calls positions rise in the order given. A record whose key exists
        already, in the log or earlier in records, is skipped and has position None.

        Called by one thread at a time.

        Raises:
            LogFull: The disk is full; nothing was written, and a later call may succeed.
            LogUnavailable: The commit failed or its outcome is unknown; nothing may be assumed.
        """
        ...

    def watermark(self) -> Watermark:
        """Returns the last commit's stamp and the last position, (0, 0) for an empty log."""
        ...

    def get_decision(self, decision_id: str) -> Recorded[Decision] | None: ...

    def get_decision_on(self, portfolio_id: str, customer_id: str, occasion: str) -> Recorded[Decision] | None:
        """Returns the newest decision for a customer on an occasion, which is not empty; tests do not count."""
        ...

    def get_activation(self, decision_id: str) -> Recorded[Activation] | None: ...

    def get_outcome(self, portfolio_id: str, outcome_id: str) -> list[Recorded[Outcome]]:
        """Returns all stored revisions of an outcome by position."""
        ...

    def refunds_of(self, portfolio_id: str, outcome_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome that has a REFUND revision of one of outcome_ids, by position."""
        ...

    def read_decisions(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Decision]]:
        """Returns the first limit decisions of a portfolio with position > after, by position."""
        ...

    def count_decisions(self, portfolio_id: str, after: int) -> int:
        """Returns how many decisions of a portfolio have position > after."""
        ...

    def activations_of(self, decision_ids: Sequence[str]) -> list[Recorded[Activation]]: ...

    def outcomes_of_decisions(self, portfolio_id: str, decision_ids: Sequence[str]) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome that names one of the decisions, by position."""
        ...

    def outcomes_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Outcome]]:
        """Returns every revision of every outcome with a revision that names one of the customers and occurred in
        [from_us, to_us), by position.
        """
        ...

    def decisions_of_customers(
        self, portfolio_id: str, customer_ids: Sequence[str], from_us: int, to_us: int
    ) -> list[Recorded[Decision]]:
        """Returns the decisions of the customers with send_time in [from_us, to_us), by position."""
        ...

    def read_feed_marks(self, portfolio_id: str) -> list[Recorded[FeedMark]]:
        """Returns all feed marks of a portfolio by position."""
        ...

    def read_resources(self, after: int) -> list[Recorded[Resource]]:
        """Returns all resources with position > after, by position."""
        ...

    def read_outcomes(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Outcome]]:
        """Returns the first limit outcomes of a portfolio with position > after, by position."""
        ...

    def close(self) -> None: ...


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
class RunningSums:
    """What the learner carries along besides the weights; rewards are scaled to [0, 1]."""

    learned_count: int = 0
    eligible_sum: int = 0
    """Sum over learned decisions of the number of eligible campaigns."""
    reward_sum: float = 0.0
    reward_square_sum: float = 0.0
    clipped_count: int = 0
    """Rewards outside [least, greatest]."""
    lapsed_count: int = 0
    """Decisions left unlearned because their feed was not complete within the grace."""
    skipped_count: int = 0
    """Decisions never learned from: not sent, replaced, expired, or nothing eligible. Tests are not counted."""


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


class Clock(Protocol):
    """The service's only source of the present time."""

    def now_us(self) -> int:
        """Returns the present time; it may repeat, it never goes back while the process lives."""
        ...
