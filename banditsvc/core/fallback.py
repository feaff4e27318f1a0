"""Fallback: business as usual, where the model cannot answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState, RankInput
from banditsvc.core.exploration import Exploration, FixedPriority
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rule_order import entry_ranks
from banditsvc.core.rules import RuleFault


def fallback_probabilities(
    portfolio: Portfolio,
    asked: Sequence[RankInput],
    entries: Sequence[tuple[str, ...]],
    fixed_rank: NDArray[np.int64],
    equal_parts: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Returns the probabilities of the portfolio's business as usual, shape (rows, K); no model has a part in them.

    Rules that no longer fit the portfolio's context_schema give way to the fixed order: it always has an answer.

    Args:
        portfolio: The portfolio.
        asked: The requests.
        entries: Campaign of each eligible entry of each request.
        fixed_rank: As for Exploration.pmf, and so equal_parts.
        equal_parts: See fixed_rank.
    """
    usual: Exploration = portfolio.business_as_usual
    ranks = fixed_rank
    try:
        rows = zip(asked, entries, fixed_rank, strict=True)
        ranks = np.array([entry_ranks(usual, portfolio.context_schema, one, ids, rank) for one, ids, rank in rows])
    except RuleFault:
        usual = FixedPriority()
    return usual.pmf(np.zeros(ranks.shape), ranks, equal_parts, LearnedState())


def random_share_probabilities(
    portfolio: Portfolio, as_usual: NDArray[np.float64], equal_parts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns the probabilities of the phase RANDOM_SHARE, shape (rows, K): share x equal draw + (1 - share) x as usual.

    What is drawn from them is drawn from the mixture itself, so they are exact: nobody has to know which part drew.

    Args:
        portfolio: The portfolio.
        as_usual: The probabilities of business as usual, as fallback_probabilities gives them.
        equal_parts: As for Exploration.pmf.
    """
    share = portfolio.phase.random_share
    mixed: NDArray[np.float64] = share / equal_parts + (1.0 - share) * as_usual
    return mixed
