"""Changes of policies and of the shadow, on a draft."""

from __future__ import annotations

import dataclasses

from banditsvc.core.errors import FailedPrecondition, NotFound
from banditsvc.core.policy import Policy
from banditsvc.ports import Deployment, ShadowSetting
from banditsvc.serving.settings_draft import SettingsDraft


def create_policy(draft: SettingsDraft, policy: Policy) -> int:
    """Stores a new policy version and returns its number; the same content as the newest is that one.

    Raises:
        NotFound: There is no such portfolio.
    """
    policies = draft.after.state(policy.portfolio_id).policies
    newest = len(policies)
    if policies[-1].value != dataclasses.replace(policy, policy_version=newest):
        draft.store(dataclasses.replace(policy, policy_version=newest + 1))
        newest += 1
    return newest


def deploy_policy(
    draft: SettingsDraft, portfolio_id: str, policy_version: int, traffic_share: float = 1.0, reason: str = ""
) -> None:
    """Puts a policy version to work; with a share below 1 on trial, beside the one at work.

    Raises:
        NotFound: There is no such portfolio or version.
        FailedPrecondition: The version that is at work would be on trial beside itself.
    """
    state = draft.after.state(portfolio_id)
    if not 1 <= policy_version <= len(state.policies):
        raise NotFound("policy", str(policy_version))
    is_at_work = policy_version == state.deployed_policy_version
    if traffic_share < 1.0 and is_at_work:
        raise FailedPrecondition(
            "ALREADY_AT_WORK",
            f"policy {policy_version} of portfolio {portfolio_id!r} is at work: a trial needs another one beside it",
        )
    wanted = Deployment(
        portfolio_id=portfolio_id, policy_version=policy_version, traffic_share=traffic_share, reason=reason
    )
    is_same_trial = state.challenge is not None and state.challenge.value == wanted
    if not (is_same_trial or (is_at_work and state.challenge is None)):
        draft.store(wanted)


def put_policy(draft: SettingsDraft, policy: Policy) -> None:
    """Puts a policy to work, stored anew where neither the one at work nor the newest is the same.

    Raises:
        NotFound: There is no such portfolio.
    """
    at_work = draft.after.state(policy.portfolio_id).policy.value
    if at_work != dataclasses.replace(policy, policy_version=at_work.policy_version):
        deploy_policy(draft, policy.portfolio_id, create_policy(draft, policy))


def set_shadow(draft: SettingsDraft, shadow: ShadowSetting) -> None:
    """Lets a policy and a model decide alongside; policy version 0 with an empty model_version ends it.

    Raises:
        NotFound: There is no such portfolio or policy version.
    """
    state = draft.after.state(shadow.portfolio_id)
    if not 0 <= shadow.policy_version <= len(state.policies):
        raise NotFound("policy", str(shadow.policy_version))
    if shadow != (state.shadow or ShadowSetting(portfolio_id=shadow.portfolio_id)):
        draft.store(shadow)
