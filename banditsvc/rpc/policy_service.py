"""PolicyService: create, get, list, deploy, shadow."""

from __future__ import annotations

from banditsvc.core.errors import NotFound
from banditsvc.core.policy import Policy
from banditsvc.ports import Clock, Recorded, ShadowSetting
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.page import page_of
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_policy import read_override_reason, read_policy, write_policy
from banditsvc.rpc.wire_standing import write_standing
from banditsvc.rpc.wire_text import read_id, read_label
from banditsvc.serving.models import Models
from banditsvc.serving.resources import Resources
from banditsvc.v1 import policy_pb2 as pb


class PolicyServicer:
    """Answers PolicyService."""

    def __init__(self, resources: Resources, models: Models, clock: Clock) -> None:
        self._resources = resources
        self._models = models
        self._clock = clock

    async def CreatePolicy(self, request: pb.CreatePolicyRequest) -> pb.CreatePolicyResponse:  # noqa: N802
        """Stores a new policy version."""
        stored = await self._resources.create_policy(read_policy(request.policy))
        return pb.CreatePolicyResponse(policy=self._written(stored))

    async def GetPolicy(self, request: pb.GetPolicyRequest) -> pb.GetPolicyResponse:  # noqa: N802
        """Returns one policy version, or the one at work."""
        faults = Faults()
        read_id(request.portfolio_id, "portfolio_id", faults)
        if request.policy_version < 0:
            faults.add("policy_version", "must be at least 0")
        faults.raise_if_any()
        state = self._resources.state(request.portfolio_id)
        deployed, split = state.policy, state.split
        version = request.policy_version or deployed.value.policy_version
        shadow_version, shadow_model = self._shadow(request.portfolio_id)
        return pb.GetPolicyResponse(
            policy=self._written(self._version(request.portfolio_id, version)),
            is_deployed=version == deployed.value.policy_version,
            shadow_policy_version=shadow_version,
            shadow_model_version=shadow_model,
            challenger_policy_version=split.challenger_version if split else 0,
            challenger_share=split.challenger_share if split else 0.0,
            trial_ended_reason=state.deploy_reason,
        )

    async def ListPolicies(self, request: pb.ListPoliciesRequest) -> pb.ListPoliciesResponse:  # noqa: N802
        """Returns a page of policy versions, oldest first."""
        require_ids(portfolio_id=request.portfolio_id)
        page, token = page_of(
            self._resources.policies(request.portfolio_id),
            lambda recorded: str(recorded.value.policy_version),
            request.page_size,
            request.page_token,
            ("ListPolicies", request.portfolio_id),
        )
        deployed = self._resources.deployed_policy(request.portfolio_id)
        return pb.ListPoliciesResponse(
            policies=map(self._written, page),
            next_page_token=token,
            deployed_policy_version=deployed.value.policy_version,
        )

    async def DeployPolicy(self, request: pb.DeployPolicyRequest) -> pb.DeployPolicyResponse:  # noqa: N802
        """Puts a policy version to work."""
        reason = _check_deployment(request)
        share = request.traffic_share if request.HasField("traffic_share") else 1.0
        stored, previous = await self._resources.deploy_policy(
            request.portfolio_id, request.policy_version, share, reason
        )
        return pb.DeployPolicyResponse(policy=self._written(stored), previous_policy_version=previous)

    async def SetShadow(self, request: pb.SetShadowRequest) -> pb.SetShadowResponse:  # noqa: N802
        """Lets a second policy or model decide alongside."""
        self._check_shadow(request)
        await self._resources.set_shadow(
            ShadowSetting(
                portfolio_id=request.portfolio_id,
                policy_version=request.policy_version,
                model_version=request.model_version,
            )
        )
        policy_version, model_version = self._shadow(request.portfolio_id)
        return pb.SetShadowResponse(policy_version=policy_version, model_version=model_version)

    def _check_shadow(self, request: pb.SetShadowRequest) -> None:
        faults = Faults()
        read_id(request.portfolio_id, "portfolio_id", faults)
        read_label(request.model_version, "model_version", faults)
        if request.policy_version < 0:
            faults.add("policy_version", "must be at least 0")
        faults.raise_if_any()
        self._models.check_weights(request.portfolio_id, request.model_version)

    def _shadow(self, portfolio_id: str) -> tuple[int, str]:
        """Returns policy version and model of the shadow, 0 and an empty text for none."""
        state = self._resources.state(portfolio_id)
        if state.shadow is None:
            return 0, ""
        return state.shadow.policy_version or state.deployed_policy_version, state.shadow.model_version

    def _written(self, stored: Recorded[Policy]) -> pb.Policy:
        """Returns a policy as a message, with its standing now."""
        message = write_policy(stored)
        message.standing.CopyFrom(write_standing(self._resources.standing(stored.value, self._clock.now_us())))
        return message

    def _version(self, portfolio_id: str, version: int) -> Recorded[Policy]:
        for recorded in self._resources.policies(portfolio_id):
            if recorded.value.policy_version == version:
                return recorded
        raise NotFound("policy", str(version))


def _check_deployment(request: pb.DeployPolicyRequest) -> str:
    """Returns the reason why it goes live without a certificate."""
    faults = Faults()
    read_id(request.portfolio_id, "portfolio_id", faults)
    if request.policy_version < 1:
        faults.add("policy_version", "must be at least 1")
    reason = read_override_reason(request.override_reason, "override_reason", faults)
    faults.raise_if_any()
    return reason
