"""Mixtures: the exact probability of each choice over all deciding groups, for estimates that pool them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.assignment import mixture_shares
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.core.equal_parts import equal_parts
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.reproduce import as_usual_probabilities, optimized_probabilities, policy_probabilities

POOLED = (DecidedBy.POLICY, DecidedBy.UNIFORM_RANDOM, DecidedBy.BUSINESS_AS_USUAL, DecidedBy.RANDOM_SHARE)
"""Decisions that were drawn as their group says, and so may be pooled."""


def mixture_probabilities(
    decision: Decision, policies: Mapping[int, Policy], portfolio: Portfolio, campaigns: Sequence[Campaign]
) -> tuple[float, ...] | None:
    """Returns the probability of each entry of eligible over the groups that send, given that the customer is in one.

    While a policy is on trial, those of the group OPTIMIZED are the mixture of both policies by their shares. The rows of all groups then have one behaviour policy in common, the mixture of theirs by the groups' shares, whichever
    group drew them (multiple importance sampling with the balance heuristic: Veach and Guibas, 1995, equation 11;
    Agarwal et al., 2017, "Effective evaluation using logged bandit feedback from multiple loggers").

    Args:
        decision: As logged.
        policies: Its policy_version, and both of its traffic_split, by version.
        portfolio: Its portfolio_version.
        campaigns: Campaign of each entry of eligible, at its catalogue_version or as given inline.

    Returns:
        None for a decision that its group did not draw: forced, held out, a fallback or a guardrail's; and where no model
        answered, so that it is not known what the policy would have done.
    """
    if decision.decided_by not in POOLED or not decision.eligible or not decision.predicted_rewards:
        return None
    if not decision.draws and decision.traffic_split is None:
        return decision.selection_probabilities
    shares = dict(zip(AssignmentGroup, mixture_shares(decision.draws), strict=True))
    pmf = shares[AssignmentGroup.OPTIMIZED] * _optimized(decision, policies, portfolio, campaigns)
    if shares[AssignmentGroup.UNIFORM_RANDOM]:
        pmf += shares[AssignmentGroup.UNIFORM_RANDOM] / equal_parts(decision.eligible)
    if shares[AssignmentGroup.BUSINESS_AS_USUAL]:
        pmf += shares[AssignmentGroup.BUSINESS_AS_USUAL] * as_usual_probabilities(decision, portfolio, campaigns)
    sent = 1.0 - shares[AssignmentGroup.HOLDOUT]
    return tuple(np.divide(pmf, sent)[0].tolist())


def _optimized(
    decision: Decision, policies: Mapping[int, Policy], portfolio: Portfolio, campaigns: Sequence[Campaign]
) -> NDArray[np.float64]:
    """Returns the probabilities for a customer who is optimized, shape (1, K), whichever policy decides for this one."""
    split = decision.traffic_split
    if split is None:
        return optimized_probabilities(decision, policies[decision.policy_version], portfolio, campaigns)
    both = np.zeros((1, len(decision.eligible)))
    for version in (split.policy_version, split.challenger_version):
        both += split.share_of(version) * policy_probabilities(decision, policies[version], portfolio, campaigns)
    return both
