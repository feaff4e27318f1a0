"""Candidates: what is certified."""

from __future__ import annotations

from dataclasses import dataclass, replace

from banditsvc.core.certified_subject import Subject, subject_of
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import LearnerSpec
from simulators.runs.service_policy import ServicePolicy
from simulators.worlds.world_spec import WorldSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is judged."""

    policy: Policy
    learner: LearnerSpec
    any_shop: bool = False
    """Whether reward and encoder are left open: each shop has its own."""

    def in_world(self, world: WorldSpec) -> ServicePolicy:
        """Returns the same as a policy of a world, whose reward it learns."""
        own = world.reward.learner_spec()
        return ServicePolicy(
            policy=self.policy, learner=replace(own, train=self.learner.train, encoder=self.learner.encoder)
        )

    @property
    def subject(self) -> Subject:
        """Returns what a certificate binds of it."""
        return subject_of(self.policy, self.learner, any_shop=self.any_shop)
