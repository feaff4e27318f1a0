"""PolicyService: create, get, list, deploy."""

from __future__ import annotations

from banditsvc.core.errors import NotFound
from banditsvc.core.policy import Policy
from banditsvc.ports import Recorded
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.page import page_of
from banditsvc.rpc.required import require_ids
from banditsvc.rpc.wire_policy import read_policy, write_policy
from banditsvc.rpc.wire_text import read_id
from banditsvc.serving.resources import Resources
from banditsvc.v1 import policy_pb2 as pb


class PolicyServicer:
    """Answers PolicyService."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def CreatePolicy(self, request: pb.CreatePolicyRequest) -> pb.CreatePolicyResponse:  # noqa: N802
        """Stores a new policy version."""
        stored = await self._resources.create_policy(read_policy(request.policy))
        return pb.CreatePolicyResponse(policy=write_policy(stored))

    async def GetPolicy(self, request: pb.GetPolicyRequest) -> pb.GetPolicyResponse:  # noqa: N802
        """Returns one policy version, or the one at work."""
        faults = Faults()
        read_id(request.portfolio_id, "portfolio_id", faults)
        if request.policy_version < 0:
            faults.add("policy_version", "must be at least 0")
        faults.raise_if_any()
        deployed = self._resources.deployed_policy(request.portfolio_id)
        version = request.policy_version or deployed.value.policy_version
        return pb.GetPolicyResponse(
            policy=write_policy(self._version(request.portfolio_id, version)),
            is_deployed=version == deployed.value.policy_version,
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
            policies=map(write_policy, page),
            next_page_token=token,
            deployed_policy_version=deployed.value.policy_version,
        )

    async def DeployPolicy(self, request: pb.DeployPolicyRequest) -> pb.DeployPolicyResponse:  # noqa: N802
        """Puts a policy version to work."""
        _check_deployment(request)
        share = request.traffic_share if request.HasField("traffic_share") else 1.0
        stored, previous = await self._resources.deploy_policy(request.portfolio_id, request.policy_version, share)
        return pb.DeployPolicyResponse(policy=write_policy(stored), previous_policy_version=previous)

    def _version(self, portfolio_id: str, version: int) -> Recorded[Policy]:
        for recorded in self._resources.policies(portfolio_id):
            if recorded.value.policy_version == version:
                return recorded
        raise NotFound("policy", str(version))


def _check_deployment(request: pb.DeployPolicyRequest) -> None:
    faults = Faults()
    read_id(request.portfolio_id, "portfolio_id", faults)
    if request.policy_version < 1:
        faults.add("policy_version", "must be at least 1")
    faults.raise_if_any()
