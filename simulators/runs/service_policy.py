"""The service's own policy: its exploration, encoder, learner and scorer, without its log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.model import Model
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.rule import FeatureType
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned
from simulators.runs.service_bank import ServiceBank


@dataclass(kw_only=True)
class ServicePolicy:
    """Decides and learns as a portfolio of the service with these settings does, bit for bit.

    It starts from start, or else knowing nothing. Whoever changes a setting makes another policy of it.
    """

    policy: Policy
    learner: LearnerSpec
    context_schema: Mapping[str, FeatureType] = field(default_factory=dict)
    """Types of the further features that exclusive rules may name."""
    window_days: int | None = None
    """Window whose outcomes it learns; None: that of the world's reward."""
    frozen: bool = False
    """Whether it learns nothing."""
    start: Model | None = None
    """The model that it starts from, only where it is frozen: a snapshot is not enough to learn on from."""
    _own: ServiceBank | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Checks that the settings go together."""
        if self.learner.settle.checkpoints_us:
            raise ValueError(
                "a policy that learns at checkpoints cannot be simulated in process, where decisions are learned from once: "
                "let it run through a server, or leave the checkpoints out"
            )
        if self.start is not None and not self.frozen:
            raise ValueError(
                "a policy that starts from a model must be frozen: a snapshot does not say how to learn on"
            )

    @property
    def floor(self) -> float:
        """Returns the share that is spread evenly over the eligible campaigns."""
        return self.policy.floor

    @property
    def waits_for_feed(self) -> bool:
        """Returns whether it learns a decision only once the feeds of its outcomes are complete."""
        return bool(self.learner.settle.required_feeds)

    @property
    def learns(self) -> bool:
        """Whether learning changes its choices."""
        return self._bank().learns

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns the selection probabilities, shape (rows, campaigns)."""
        return self._bank().pmf(contexts, eligible, np.zeros(len(contexts), dtype=np.intp))

    def learn(self, batch: Learned) -> None:
        """Learns some decisions, one after the other."""
        self._bank().learn(batch, np.zeros(len(batch.chosen), dtype=np.intp))

    def model(self) -> Model:
        """Returns a snapshot of what it has learned."""
        return self._bank().model(0)

    def bank(self, seeds: Sequence[int]) -> ServiceBank:
        """Returns a bank with a fresh model for each seed."""
        return ServiceBank(
            self.policy, self.learner, len(seeds), schema=self.context_schema, frozen=self.frozen, start=self.start
        )

    def _bank(self) -> ServiceBank:
        if self._own is None:
            self._own = self.bank([0])
        return self._own
