"""Deciders: who or what decides for a customer of a group."""

from __future__ import annotations

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign, CampaignType
from banditsvc.core.decision import DecidedBy
from banditsvc.core.phase import Phase
from banditsvc.core.policy import Policy
from banditsvc.serving.active_portfolio import ActivePortfolio

BY_POLICY = (AssignmentGroup.OPTIMIZED, AssignmentGroup.HOLDOUT)
"""Groups for which a policy decides; for HOLDOUT it decides what would have been sent."""


def decider_of(active: ActivePortfolio, group: AssignmentGroup) -> DecidedBy:
    """Returns who decides where something is eligible and nothing is forced; for HOLDOUT, who would have decided."""
    if active.is_tripped:
        return DecidedBy.GUARDRAIL
    return _OF_GROUPS.get(group, _PHASES[active.portfolio.phase.phase])


def decider_of_nothing(active: ActivePortfolio, group: AssignmentGroup) -> DecidedBy:
    """Returns who decides where nothing is left to choose from, and nothing was forced."""
    if group is AssignmentGroup.HOLDOUT:
        return DecidedBy.HOLDOUT
    return _OF_GROUPS.get(group, _PHASES[active.portfolio.phase.phase])


def policy_for(active: ActivePortfolio, *, is_challenged: bool) -> Policy:
    """Returns the policy that decides for a customer who is optimized."""
    return active.challenger if is_challenged and active.challenger is not None else active.policy


def is_held_out(group: AssignmentGroup, force_reason: str, campaign: Campaign) -> bool:
    """Says whether nothing may go out; what is forced and transactional, such as a receipt, goes to everyone.

    Args:
        group: The customer's.
        force_reason: Why a campaign is forced; empty where none is.
        campaign: The first eligible one.
    """
    return group is AssignmentGroup.HOLDOUT and not (force_reason and campaign.type is CampaignType.TRANSACTIONAL)


_PHASES = {
    Phase.OBSERVE: DecidedBy.BUSINESS_AS_USUAL,
    Phase.RANDOM_SHARE: DecidedBy.RANDOM_SHARE,
    Phase.POLICY: DecidedBy.POLICY,
}
"""Who decides for customers who are optimized."""
_OF_GROUPS = {
    AssignmentGroup.UNIFORM_RANDOM: DecidedBy.UNIFORM_RANDOM,
    AssignmentGroup.BUSINESS_AS_USUAL: DecidedBy.BUSINESS_AS_USUAL,
}
"""Who decides for those of other groups."""
