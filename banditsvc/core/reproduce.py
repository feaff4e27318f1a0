"""Reproducing: the probabilities and the draw of a decision computed again from what was logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import DecidedBy, Decision, LearnedState
from banditsvc.core.equal_parts import equal_parts
from banditsvc.core.exploration_limits import ceilings_of
from banditsvc.core.fallback import fallback_probabilities
from banditsvc.core.fixed_order import fixed_ranks
from banditsvc.core.levers import weighted_rewards
from banditsvc.core.policy import Policy, selection_probabilities
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rule_order import entry_ranks
from banditsvc.core.sampling import choose, uniform_draw

SELECT = "select"
"""Purpose of the draw that chooses what is answered."""
SHADOW = "shadow"
"""Purpose of the draw of a shadow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """A decision, or its shadow, computed again."""

    probabilities: tuple[float, ...]
    weighted: tuple[float, ...]
    """The predicted rewards weighted by the levers; empty where none were logged."""
    place: int | None
    """Place within eligible of what is chosen; None where nothing was eligible."""
    draw: float
    """The number drawn, in [0, 1)."""
    is_equal: bool
    """Whether probabilities, choice and explored are what was logged, bit for bit."""


def reproduce(
    decision: Decision, policy: Policy | None, portfolio: Portfolio, campaigns: Sequence[Campaign]
) -> Reproduction:
    """Returns a decision of POLICY, FORCED or FALLBACK computed again.

    Args:
        decision: The decision as logged.
        policy: Its policy_version; None where that is 0.
        portfolio: Its portfolio_version.
        campaigns: Campaign of each entry of eligible, at its catalogue_version or as given inline.

    Raises:
        ValueError: The policy decided, and is not given.
    """
    draw = uniform_draw(portfolio.salt, SELECT, decision.decision_id, decision.draw_attempt)
    if not decision.eligible:
        return Reproduction(probabilities=(), weighted=(), place=None, draw=draw, is_equal=not decision.campaign_id)
    predicted = decision.predicted_rewards[0] if decision.predicted_rewards else ()
    weighted = _weighted(decision, predicted)
    parts = equal_parts(decision.eligible)[None, :]
    if decision.decided_by is DecidedBy.FORCED:
        pmf = np.divide(1.0, parts)
    elif decision.decided_by is DecidedBy.FALLBACK:
        asked, entries, ranks = [decision.input], [decision.eligible], fixed_ranks(campaigns)[None, :]
        pmf = fallback_probabilities(portfolio, asked, entries, ranks, parts)
    elif policy is None:
        raise ValueError("a decision of a policy is reproduced with that policy")
    else:
        pmf = _by_policy(decision, policy, portfolio, campaigns, weighted=weighted, learned=decision.learned)
    place = int(choose(pmf, np.array([draw]))[0])
    row = tuple(weighted[0].tolist())
    explored = decision.decided_by is DecidedBy.POLICY and row[place] < max(row)
    probabilities = tuple(pmf[0].tolist())
    said = (decision.selection_probabilities, decision.campaign_id, decision.treatment_id, decision.explored)
    return Reproduction(
        probabilities=probabilities,
        weighted=row,
        place=place,
        draw=draw,
        is_equal=said == (probabilities, *_entry(decision, place), explored),
    )


def reproduce_shadow(
    decision: Decision, policy: Policy, portfolio: Portfolio, campaigns: Sequence[Campaign]
) -> Reproduction | None:
    """Returns what the shadow of a decision did, computed again; None where there was none.

    Args:
        decision: The decision as logged.
        policy: The shadow's policy_version.
        portfolio: As for reproduce, and so campaigns.
        campaigns: See portfolio.
    """
    shadow = decision.shadow
    if shadow is None:
        return None
    weighted = _weighted(decision, shadow.predicted_rewards)
    pmf = _by_policy(decision, policy, portfolio, campaigns, weighted=weighted, learned=shadow.learned)
    draw = uniform_draw(portfolio.salt, SHADOW, decision.decision_id, decision.draw_attempt)
    place = int(choose(pmf, np.array([draw]))[0])
    probabilities = tuple(pmf[0].tolist())
    said = (shadow.selection_probabilities, shadow.campaign_id, shadow.treatment_id)
    return Reproduction(
        probabilities=probabilities,
        weighted=tuple(weighted[0].tolist()),
        place=place,
        draw=draw,
        is_equal=said == (probabilities, *_entry(decision, place)),
    )


def _weighted(decision: Decision, predicted: tuple[float, ...]) -> NDArray[np.float64]:
    """Returns the weighted rewards, shape (1, K); (1, 0) where none were logged."""
    levers = np.array([decision.levers]) if decision.levers and predicted else None
    return weighted_rewards(np.array([predicted], dtype=np.float64), levers)


def _by_policy(
    decision: Decision,
    policy: Policy,
    portfolio: Portfolio,
    campaigns: Sequence[Campaign],
    *,
    weighted: NDArray[np.float64],
    learned: LearnedState,
) -> NDArray[np.float64]:
    asked, ids = decision.input, decision.eligible
    ranks = entry_ranks(policy.exploration, portfolio.context_schema, asked, ids, fixed_ranks(campaigns))
    ceilings = ceilings_of(policy, [asked.context], [ids])
    parts = equal_parts(ids)[None, :]
    return selection_probabilities(policy, weighted, ranks[None, :], parts, learned, ceilings=ceilings)


def _entry(decision: Decision, place: int) -> tuple[str, str]:
    return decision.eligible[place], decision.treatments[place] if decision.treatments else ""
