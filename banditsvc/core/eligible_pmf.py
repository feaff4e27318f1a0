"""Selection probabilities over eligible sets: rows with equally many eligible entries are computed together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.ceilings import Ceilings
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.decision import LearnedState
from banditsvc.core.equal_parts import parts_without_treatments
from banditsvc.core.exploration_limits import ceilings_of
from banditsvc.core.learned_states import LearnedStates
from banditsvc.core.policy import Policy, selection_probabilities


def eligible_pmf(
    policy: Policy,
    weighted: NDArray[np.float64],
    order: NDArray[np.int64],
    mask: NDArray[np.bool_],
    columns: ContextColumns,
    *,
    campaign_ids: Sequence[str],
    learned: LearnedState | LearnedStates,
    deviation: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Returns the probabilities that the service would compute for each row, shape (rows, entries), 0 where not eligible.

    Args:
        policy: The policy.
        weighted: Predicted rewards weighted by the levers, shape (rows, entries).
        order: What comes first of the entries has the least number; shape (entries,), or (rows, entries).
        mask: Which entries are eligible, all of a campaign's or none; a row without any gets no probability at all.
        columns: Contexts of the rows.
        campaign_ids: Campaign of each entry, sorted: one entry per campaign, or per pair of campaign and treatment.
        learned: What the models know of their own learning.
        deviation: Deviations of the weighted rewards, likewise; None where the models do not say how sure they are.
    """
    if mask.all() and len(mask):
        return _alike(
            policy, weighted, order, mask, columns, campaign_ids=campaign_ids, learned=learned, deviation=deviation
        )
    counts = np.add.reduce(mask, axis=1, dtype=np.intp)
    found = np.zeros(mask.shape)
    for count in np.flatnonzero(np.bincount(counts)).tolist():
        if count == 0:
            continue
        rows = np.flatnonzero(counts == count)
        alike = mask[rows]
        probabilities = _alike(
            policy,
            weighted[rows],
            order[rows] if order.ndim == 2 else order,
            alike,
            columns.take(rows),
            campaign_ids=campaign_ids,
            learned=learned.take(rows) if isinstance(learned, LearnedStates) else learned,
            deviation=None if deviation is None else deviation[rows],
        )
        spread = np.zeros(alike.shape)
        spread[alike] = probabilities.ravel()
        found[rows] = spread
    return found


def _alike(
    policy: Policy,
    weighted: NDArray[np.float64],
    order: NDArray[np.int64],
    mask: NDArray[np.bool_],
    columns: ContextColumns,
    *,
    campaign_ids: Sequence[str],
    learned: LearnedState | LearnedStates,
    deviation: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Returns the probabilities of rows with equally many eligible entries, of these alone."""
    count = int(np.count_nonzero(mask[0]))
    compact, known = weighted, deviation
    if count < mask.shape[1]:
        compact = weighted[mask].reshape(-1, count)
        known = None if deviation is None else deviation[mask].reshape(-1, count)
    ceilings = _ceilings(policy, columns, mask, campaign_ids) if policy.limits else None
    ranks = _ranks(order, mask, count)
    parts = parts_without_treatments(compact.shape)
    if len(set(campaign_ids)) < len(campaign_ids):
        parts = eligible_parts(mask, campaign_ids)[mask].reshape(-1, count)
    return selection_probabilities(policy, compact, ranks, parts, learned, ceilings=ceilings, deviation=known)


def eligible_parts(mask: NDArray[np.bool_], campaign_ids: Sequence[str]) -> NDArray[np.float64]:
    """Returns equal_parts of the eligible entries, infinity for the others, shape (rows, entries).

    Arguments are those of eligible_pmf.
    """
    first = np.array([place == 0 or campaign_ids[place - 1] != one for place, one in enumerate(campaign_ids)])
    campaign_of = np.cumsum(first) - 1
    campaigns = np.count_nonzero(mask[:, first], axis=1)
    treatments = np.bincount(campaign_of)[campaign_of]
    return np.where(mask, campaigns[:, None] * treatments, np.inf)


def _ranks(order: NDArray[np.int64], mask: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """Returns the place of each eligible entry among those of its row."""
    if order.ndim == 1:
        by_order = order.argsort()
        if count == len(order):
            return np.broadcast_to(by_order.argsort(), mask.shape)
        ranks = np.empty(mask.shape, dtype=np.int64)
        before = np.zeros(len(mask), dtype=np.int64)
        for entry in by_order.tolist():
            ranks[:, entry] = before
            before += mask[:, entry]
        return ranks[mask].reshape(-1, count)
    of_rows = order[mask].reshape(-1, count)
    ranks = np.empty_like(of_rows)
    np.put_along_axis(ranks, of_rows.argsort(axis=1), np.arange(count)[None, :], axis=1)
    return ranks


def _ceilings(
    policy: Policy,
    columns: ContextColumns,
    mask: NDArray[np.bool_],
    campaign_ids: Sequence[str],
) -> Ceilings | None:
    """Returns the ceilings of some rows: they depend on segment, stage and eligible campaigns alone."""
    segment, stage = columns.segment, columns.lifecycle_stage
    nothing = np.zeros(columns.rows, dtype=np.int64)
    keys = np.column_stack(
        [
            nothing if segment is None else segment.codes,
            nothing if stage is None else stage,
            np.packbits(mask, axis=1),
        ]
    )
    _, first, of_row = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    contexts = [
        CustomerContext(
            segment=None if segment is None else segment.text(row),
            lifecycle_stage=LifecycleStage(int(stage[row])) if stage is not None and stage[row] else None,
        )
        for row in first.tolist()
    ]
    ids = np.array(campaign_ids, dtype=np.object_)
    ceilings = ceilings_of(policy, contexts, [tuple(ids[mask[place]].tolist()) for place in first.tolist()])
    if ceilings is None:
        return None
    return Ceilings(ceilings.campaign[of_row], ceilings.of_campaign[of_row], ceilings.of_others[of_row])
