"""Policy on a log: the probabilities that a policy's exploration gives by the rewards that were predicted as served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.ceilings import Ceilings
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.equal_parts import parts_without_treatments
from banditsvc.core.exploration import ExclusiveRules, FixedPriority, Uniform
from banditsvc.core.exploration_limits import ceilings_of
from banditsvc.core.levers import weighted_deviations, weighted_rewards
from banditsvc.core.policy import Policy, selection_probabilities
from banditsvc.core.rule import FeatureType
from banditsvc.core.rule_order import rule_order
from offline_eval.choices import UNKNOWN
from offline_eval.intervals import Floats
from offline_eval.logged.log_refused import LogRefused
from offline_eval.logged.logged import Integers, Logged
from offline_eval.logged.logged_request import logged_requests

_WITHOUT_MODEL = (FixedPriority, ExclusiveRules, Uniform)
"""Explorations that need no predicted rewards."""
_NO_SCHEMA: Mapping[str, FeatureType] = MappingProxyType({})


def policy_on_log(logged: Logged, policy: Policy, schema: Mapping[str, FeatureType] = _NO_SCHEMA) -> Floats:
    """Returns the policy's probability of each entry, whoever decided.

    They are those of banditsvc.core.reproduce.policy_probabilities of each decision, bit for bit: the policy's exploration,
    floor and limits on the logged predicted rewards, deviations, levers, prices, fixed order and learned counts. The effect of a
    policy on learning is not in them. NaN where no model predicted and the policy needs one.

    Args:
        logged: Decisions with their predicted rewards.
        policy: The policy.
        schema: Types of the further features that exclusive rules may name; the portfolio's context_schema.

    Raises:
        LogRefused: The log lacks what the policy depends on: learned counts, the fixed order, or the contexts that exclusive
            rules are about.
        RuleFault: An exclusive rule does not fit the schema.
    """
    _check(logged, policy)
    ranks = _ranks(logged, policy, schema)
    found = np.full(len(logged.entries), np.nan)
    for rows, places in alike(logged):
        for group in _by_knowledge(logged, policy, places):
            own = places[group]
            found[own] = _probabilities(logged, policy, rows[group], own, ranks)
    return found


def alike(logged: Logged) -> Iterator[tuple[Integers, NDArray[np.intp]]]:
    """Yields the decisions with equally many entries, and the places of these, shape (rows, K)."""
    sizes = logged.entries.size
    for size in np.flatnonzero(np.bincount(sizes)).tolist() if len(sizes) else []:
        rows = np.flatnonzero(sizes == size)
        yield rows, logged.entries.start[rows][:, None] + np.arange(size)


def equal_parts_on_log(logged: Logged, places: NDArray[np.intp]) -> Floats:
    """Returns the equal_parts of the entries at some places, shape (rows, K)."""
    if logged.entries.treatment is None:
        return parts_without_treatments(places.shape)
    codes = logged.entries.campaign.codes[places]
    rows, size = codes.shape
    # Entries of one campaign stand together.
    run = np.zeros(codes.shape, dtype=np.int64)
    np.cumsum(codes[:, 1:] != codes[:, :-1], axis=1, out=run[:, 1:])
    key = np.arange(rows)[:, None] * size + run
    entries_of_campaign = np.bincount(key.ravel(), minlength=rows * size)[key]
    return np.asarray((run[:, -1:] + 1) * entries_of_campaign, dtype=np.float64)


def _check(logged: Logged, policy: Policy) -> None:
    needs_order = isinstance(policy.exploration, FixedPriority | ExclusiveRules) or bool(policy.limits)
    lacks = [
        text
        for lacking, text in (
            (logged.learned is None, "what the models had learned: read the log or its joined.parquet"),
            (needs_order and logged.entries.fixed_rank is None, "the fixed order: read it with the catalogue"),
            (
                isinstance(policy.exploration, ExclusiveRules) and logged.contexts is None,
                "the contexts that exclusive rules are about: read it with contexts",
            ),
            (
                bool(policy.limits) and not {"segment", "lifecycle_stage"} <= set(logged.labels),
                "segment and lifecycle_stage, which limits are about: read them as labels",
            ),
        )
        if lacking
    ]
    if lacks:
        raise LogRefused(f"the policy cannot be applied: the log as read lacks {'; and '.join(lacks)}")


def _ranks(logged: Logged, policy: Policy, schema: Mapping[str, FeatureType]) -> Integers | None:
    ranks = logged.entries.fixed_rank
    if not isinstance(policy.exploration, ExclusiveRules) or ranks is None or logged.contexts is None:
        return ranks
    order, names = rule_order(policy.exploration, schema), logged.entries.campaign.names
    codes, start = logged.entries.campaign.codes.tolist(), logged.entries.start.tolist()
    found = [np.empty(0, dtype=np.int64)]
    for row, asked in enumerate(logged_requests(logged.contexts)):
        first, end = start[row], start[row + 1]
        found.append(order.ranks(asked, tuple([names[code] for code in codes[first:end]]), ranks[first:end]))
    return np.concatenate(found)


def _by_knowledge(logged: Logged, policy: Policy, places: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Yields the rows that the policy can be applied to, those with deviations apart from those without."""
    has_model = np.isfinite(logged.entries.predicted[places]).all(axis=1)
    can = has_model | (isinstance(policy.exploration, _WITHOUT_MODEL) and not policy.limits)
    is_sure = np.isfinite(logged.entries.deviation[places]).all(axis=1)
    for chosen in (can & is_sure, can & ~is_sure):
        group = np.flatnonzero(chosen)
        if len(group):
            yield group


def _probabilities(
    logged: Logged, policy: Policy, rows: Integers, places: NDArray[np.intp], ranks: Integers | None
) -> Floats:
    entries = logged.entries
    assert logged.learned is not None  # checked
    predicted, deviation = entries.predicted[places], entries.deviation[places]
    levers = None if entries.lever is None else entries.lever[places]
    prices = None if entries.price is None else entries.price[places]
    known = None if np.isnan(deviation[0, 0]) else deviation
    order = np.broadcast_to(np.arange(places.shape[1]), places.shape) if ranks is None else ranks[places]
    return selection_probabilities(
        policy,
        weighted_rewards(predicted, levers, prices),
        order,
        equal_parts_on_log(logged, places),
        logged.learned.take(rows),
        ceilings=_ceilings(logged, policy, rows, places) if policy.limits else None,
        deviation=weighted_deviations(known, predicted, levers),
    )


def _ceilings(logged: Logged, policy: Policy, rows: Integers, places: NDArray[np.intp]) -> Ceilings | None:
    """Returns the ceilings of some decisions: they depend on segment, stage and eligible campaigns alone."""
    segment, stage = logged.labels["segment"], logged.labels["lifecycle_stage"]
    codes = logged.entries.campaign.codes[places]
    keys = np.column_stack([segment.codes[rows], stage.codes[rows], codes])
    _, first, of_row = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    names = logged.entries.campaign.names
    contexts = [
        CustomerContext(
            segment=_known(segment.names[segment.codes[rows[place]]]),
            lifecycle_stage=_stage(stage.names[stage.codes[rows[place]]]),
        )
        for place in first.tolist()
    ]
    ids = [tuple([names[code] for code in codes[place].tolist()]) for place in first.tolist()]
    ceilings = ceilings_of(policy, contexts, ids)
    if ceilings is None:
        return None
    return Ceilings(ceilings.campaign[of_row], ceilings.of_campaign[of_row], ceilings.of_others[of_row])


def _known(text: str) -> str | None:
    return None if text == UNKNOWN else text


def _stage(text: str) -> LifecycleStage | None:
    return LifecycleStage[text] if text in LifecycleStage.__members__ else None
