"""Reproducing: the probabilities and the draw of a decision computed again from what was logged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import DecidedBy, Decision, LearnedState
from banditsvc.core.equal_parts import equal_parts
from banditsvc.core.exploration_limits import ceilings_of
from banditsvc.core.fallback import fallback_probabilities, random_share_probabilities
from banditsvc.core.fixed_order import fixed_ranks
from banditsvc.core.ghost import as_if_sent
from banditsvc.core.levers import weighted_deviations, weighted_rewards
from banditsvc.core.phase import Phase
from banditsvc.core.policy import Policy, selection_probabilities
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rule_order import entry_ranks
from banditsvc.core.sampling import choose, decision_draw

_EQUAL_DRAWS = frozenset({DecidedBy.FORCED, DecidedBy.UNIFORM_RANDOM})
AS_USUAL = frozenset({DecidedBy.BUSINESS_AS_USUAL, DecidedBy.FALLBACK, DecidedBy.GUARDRAIL})
"""Decided by the portfolio's business as usual."""
SELECT = "select"
"""Purpose of the draw that chooses what is answered."""
SHADOW = "shadow"
"""Purpose of the draw of a shadow."""


def is_reproduced(
    decision: Decision, policy: Policy | None, portfolio: Portfolio, campaigns: Sequence[Campaign]
) -> bool:
    """Returns whether probabilities, choice and explored of a decision are, computed again, what was logged.

    Args:
        decision: The decision as logged; of a held-out customer its ghost is looked at.
        policy: Its policy_version; None where that is 0.
        portfolio: Its portfolio_version.
        campaigns: Campaign of each entry of eligible, at its catalogue_version or as given inline.

    Raises:
        ValueError: The policy decided, and is not given.
    """
    decision = as_if_sent(decision)
    if decision.decided_by is DecidedBy.HISTORICAL:
        return False  # nothing was drawn here
    if not decision.eligible:
        return not decision.campaign_id
    weighted = _weighted(decision, decision.predicted_rewards[0] if decision.predicted_rewards else ())
    if decision.decided_by in _EQUAL_DRAWS:
        pmf = np.divide(1.0, equal_parts(decision.eligible)[None, :])
    elif decision.decided_by in AS_USUAL:
        pmf = as_usual_probabilities(decision, portfolio, campaigns)
    elif decision.decided_by is DecidedBy.RANDOM_SHARE:
        pmf = mixed_probabilities(decision, portfolio, campaigns)
    elif policy is None:
        raise ValueError("a decision of a policy is reproduced with that policy")
    elif not _is_of_its_policy(decision, portfolio):
        return False
    else:
        pmf = policy_probabilities(decision, policy, portfolio, campaigns)
    place, drawn = _drawn(decision, portfolio, SELECT, pmf)
    explored = decision.decided_by is DecidedBy.POLICY and bool(weighted[0, place] < weighted.max())
    said = (decision.selection_probabilities, decision.campaign_id, decision.treatment_id)
    return said == drawn and decision.explored == explored


def is_shadow_reproduced(
    decision: Decision, policy: Policy, portfolio: Portfolio, campaigns: Sequence[Campaign]
) -> bool:
    """Returns whether probabilities and choice of a decision's shadow are, computed again, what was logged.

    Args:
        decision: The decision as logged, with or without a shadow.
        policy: The shadow's policy_version.
        portfolio: As for is_reproduced, and so campaigns.
        campaigns: See portfolio.
    """
    shadow = decision.shadow
    if shadow is None:
        return True
    weighted = _weighted(decision, shadow.predicted_rewards)
    deviation = _weighted_deviations(decision, shadow.predicted_rewards, shadow.predicted_deviations)
    pmf = _by_policy(
        decision, policy, portfolio, campaigns, weighted=weighted, learned=shadow.learned, deviation=deviation
    )
    _, drawn = _drawn(decision, portfolio, SHADOW, pmf)
    return drawn == (shadow.selection_probabilities, shadow.campaign_id, shadow.treatment_id)


def policy_probabilities(
    decision: Decision, policy: Policy, portfolio: Portfolio, campaigns: Sequence[Campaign]
) -> NDArray[np.float64]:
    """Returns what a policy's probabilities are by the logged predicted rewards, shape (1, K), whoever decided."""
    predicted = decision.predicted_rewards[0] if decision.predicted_rewards else ()
    weighted = _weighted(decision, predicted)
    deviation = _weighted_deviations(decision, predicted, decision.predicted_deviations)
    return _by_policy(
        decision, policy, portfolio, campaigns, weighted=weighted, learned=decision.learned, deviation=deviation
    )


def as_usual_probabilities(
    decision: Decision, portfolio: Portfolio, campaigns: Sequence[Campaign]
) -> NDArray[np.float64]:
    """Returns what the probabilities of business as usual are, shape (1, K), whoever decided."""
    asked, entries, ranks = [decision.input], [decision.eligible], fixed_ranks(campaigns)[None, :]
    return fallback_probabilities(portfolio, asked, entries, ranks, equal_parts(decision.eligible)[None, :])


def mixed_probabilities(decision: Decision, portfolio: Portfolio, campaigns: Sequence[Campaign]) -> NDArray[np.float64]:
    """Returns what the probabilities of the phase RANDOM_SHARE are, shape (1, K), whoever decided."""
    as_usual = as_usual_probabilities(decision, portfolio, campaigns)
    return random_share_probabilities(portfolio, as_usual, equal_parts(decision.eligible)[None, :])


def optimized_probabilities(
    decision: Decision, policy: Policy, portfolio: Portfolio, campaigns: Sequence[Campaign]
) -> NDArray[np.float64]:
    """Returns the probabilities for a customer who is optimized, shape (1, K): those of the portfolio's phase."""
    match portfolio.phase.phase:
        case Phase.OBSERVE:
            return as_usual_probabilities(decision, portfolio, campaigns)
        case Phase.RANDOM_SHARE:
            return mixed_probabilities(decision, portfolio, campaigns)
    return policy_probabilities(decision, policy, portfolio, campaigns)


def _is_of_its_policy(decision: Decision, portfolio: Portfolio) -> bool:
    """Returns whether the policy that decided is that of the customer, where one is on trial."""
    split = decision.traffic_split
    key = decision.input.assignment_key or decision.input.customer_id
    return split is None or split.version_for(portfolio.salt, key) == decision.policy_version


def _weighted(decision: Decision, predicted: tuple[float, ...]) -> NDArray[np.float64]:
    """Returns the weighted rewards, shape (1, K); (1, 0) where none were logged."""
    levers = np.array([decision.levers]) if decision.levers and predicted else None
    prices = np.array([decision.prices]) if decision.prices and predicted else None
    return weighted_rewards(np.array([predicted], dtype=np.float64), levers, prices)


def _weighted_deviations(
    decision: Decision, predicted: tuple[float, ...], deviations: tuple[float, ...]
) -> NDArray[np.float64] | None:
    """Returns the deviations of the weighted rewards, shape (1, K); None where none were logged."""
    if not deviations:
        return None
    levers = np.array([decision.levers]) if decision.levers else None
    return weighted_deviations(np.array([deviations], dtype=np.float64), np.array([predicted]), levers)


def _by_policy(
    decision: Decision,
    policy: Policy,
    portfolio: Portfolio,
    campaigns: Sequence[Campaign],
    *,
    weighted: NDArray[np.float64],
    learned: LearnedState,
    deviation: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    asked, ids = decision.input, decision.eligible
    ranks = entry_ranks(policy.exploration, portfolio.context_schema, asked, ids, fixed_ranks(campaigns))
    ceilings = ceilings_of(policy, [asked.context], [ids])
    parts = equal_parts(ids)[None, :]
    return selection_probabilities(
        policy, weighted, ranks[None, :], parts, learned, ceilings=ceilings, deviation=deviation
    )


def _drawn(
    decision: Decision, portfolio: Portfolio, purpose: str, pmf: NDArray[np.float64]
) -> tuple[int, tuple[tuple[float, ...], str, str]]:
    """Returns the place that is drawn, and the probabilities with the campaign and treatment that stand there."""
    draw = decision_draw(portfolio.salt, purpose, decision.decision_id, decision.draw_attempt)
    place = int(choose(pmf, np.array([draw]))[0])
    treatment_id = decision.treatments[place] if decision.treatments else ""
    return place, (tuple(pmf[0].tolist()), decision.eligible[place], treatment_id)
