"""Policies of a live run: what the service is told to decide and to learn by."""

from __future__ import annotations

from dataclasses import replace

from banditsvc.client import Client
from banditsvc.core.exploration import ExclusiveRules
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.times import DAY_US
from banditsvc.ports import Recorded
from banditsvc.rpc.wire_policy import write_policy
from banditsvc.usage_error import UsageError
from simulators.engine.campaign_calendar import LiveCampaigns
from simulators.runs.named_policies import named_policy
from simulators.runs.service_policy import ServicePolicy
from simulators.runs.world_rules import exclusive_rules
from simulators.worlds.world_spec import WorldSpec

IN_PROCESS = "run it in process, without --live"


def service_policy(given: ServicePolicy | str, world: WorldSpec, remedy: str = IN_PROCESS) -> ServicePolicy:
    """Returns a policy, or that of a text, if a service can run it; the remedy is told where it cannot.

    Raises:
        UsageError: It is no policy, or runs in process alone.
    """
    policy = named_policy(given, world) if isinstance(given, str) else given
    if not isinstance(policy, ServicePolicy) or policy.frozen or not policy.waits_for_feed:
        name = repr(given) if isinstance(given, str) else "the policy"
        raise UsageError(f"{name} is no policy of the service: {remedy}")
    return policy


def learner_of(policy: ServicePolicy) -> LearnerSpec:
    """Returns what the portfolio learns by, the policy's own window included."""
    if policy.window_days is None:
        return policy.learner
    return replace(policy.learner, reward=replace(policy.learner.reward, window_us=policy.window_days * DAY_US))


class LivePolicy:
    """The policy of one portfolio."""

    def __init__(self, client: Client, portfolio_id: str, policy: Policy) -> None:
        self._client = client
        self._policy = replace(policy, portfolio_id=portfolio_id, policy_version=0)
        self._follows = isinstance(policy.exploration, ExclusiveRules)

    def begin(self) -> None:
        """Puts the policy to work; exclusive rules wait for the campaigns that they are about."""
        if not self._follows:
            self._deploy(self._policy)

    def follow(self, live: LiveCampaigns) -> None:
        """Puts the rules of the day's campaigns to work, where the policy is exclusive rules."""
        if self._follows:
            self._deploy(replace(self._policy, exploration=exclusive_rules(live.entries)))

    def _deploy(self, policy: Policy) -> None:
        message = write_policy(Recorded(0, 0, policy))
        message.ClearField("create_time")
        self._client.deploy_policy(policy.portfolio_id, self._client.create_policy(message).policy_version)
