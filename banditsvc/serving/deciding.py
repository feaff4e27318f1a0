"""Deciding: from eligible campaigns to a decision, for one customer or many at once. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.decision import DecidedBy, Decision, Result, ShadowDecision
from banditsvc.core.fallback import fallback_probabilities, random_share_probabilities
from banditsvc.core.ghost import held_out
from banditsvc.core.reproduce import SELECT
from banditsvc.core.reserved_contact import reserved_contact
from banditsvc.core.rules import RuleFault
from banditsvc.core.sampling import choose, decision_draw
from banditsvc.core.scoring import Prediction
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.answering import Answers, answer, predict
from banditsvc.serving.deciders import decider_of, decider_of_nothing, is_held_out, policy_for
from banditsvc.serving.entry_rows import EntryRows, entry_rows
from banditsvc.serving.to_decide import ToDecide

__all__ = ["ToDecide", "decide_all"]

_log = structlog.get_logger(__name__)


class _Ruling(NamedTuple):
    """How some requests are decided."""

    decided_by: DecidedBy
    policy_version: int
    probabilities: NDArray[np.float64]
    predicted: NDArray[np.float64] | None = None
    """None where no model was asked, or none could answer."""
    weighted: NDArray[np.float64] | None = None
    """None where nothing counts as explored."""
    deviations: NDArray[np.float64] | None = None
    """Of the predicted rewards; None where the model does not say how sure it is."""


def decide_all(active: ActivePortfolio, requests: Sequence[ToDecide]) -> list[Decision]:
    """Decides requests of one portfolio, each as if it were alone, bit for bit, in their order.

    Those with as many entries are computed together. Whatever fails in the learned part falls back to business as
    usual, and the decision says so. What is forced is an equal draw, and needs no model. A held-out customer is decided
    for like one of the group OPTIMIZED, and the decision becomes a ghost.
    """
    if len(requests) == 1:
        return _decide_alike(active, requests)
    groups: dict[tuple[int, bool, int, bool], list[int]] = {}
    for place, request in enumerate(requests):
        prepared = request.prepared
        # There are few of what is assigned, each made once, and hashing an enumeration's member takes long.
        key = (len(prepared.ids), bool(prepared.force_reason), id(request.assigned), request.is_challenged)
        groups.setdefault(key, []).append(place)
    if len(groups) == 1:
        return _decide_alike(active, requests)
    decisions: dict[int, Decision] = {}
    for places in groups.values():
        made = _decide_alike(active, [requests[place] for place in places])
        decisions.update(zip(places, made, strict=True))
    return [decisions[place] for place in range(len(requests))]


def _decide_alike(active: ActivePortfolio, requests: Sequence[ToDecide]) -> list[Decision]:
    """Decides requests with equally many entries, of one group and of one policy, all forced or none."""
    if not requests[0].prepared.ids:
        return [_nothing_eligible(active, request) for request in requests]
    rows = entry_rows(requests)
    if requests[0].prepared.force_reason:
        return _force(active, rows)
    decided_by = decider_of(active, requests[0].assigned.group)
    return _decide(active, rows) if decided_by is DecidedBy.POLICY else _decide_without(active, rows, decided_by)


def _decide_without(active: ActivePortfolio, rows: EntryRows, decided_by: DecidedBy) -> list[Decision]:
    """Decides by an equal draw, business as usual or both. What the model predicts is logged too, where it answers."""
    pmf = np.divide(1.0, rows.equal_parts) if decided_by is DecidedBy.UNIFORM_RANDOM else _as_usual(active, rows)
    if decided_by is DecidedBy.RANDOM_SHARE:
        pmf = random_share_probabilities(active.portfolio, pmf, rows.equal_parts)
    version = active.policy.policy_version
    try:
        predicted, deviations = _predict(active, rows)
        if np.isfinite(predicted).all():
            return _draw(active, rows, _Ruling(decided_by, version, pmf, predicted, deviations=deviations))
    except Exception as failure:  # noqa: BLE001 - these need no model
        _tell(active, rows, failure)
    if len(rows.requests) == 1:
        return _draw(active, rows, _Ruling(decided_by, version, pmf))
    return [_decide_without(active, entry_rows([request]), decided_by)[0] for request in rows.requests]


def _decide(active: ActivePortfolio, rows: EntryRows) -> list[Decision]:
    try:
        answers = _answers(active, rows)
    except RuleFault as fault:
        # It would be the same for each of them alone.
        _log.error("rules_do_not_fit", portfolio_id=active.portfolio.portfolio_id, fault=fault.text)
        return _fall_back(active, rows)
    if answers is not None and np.logical_and.reduce(answers.is_sound):
        version, pmf = (
            policy_for(active, is_challenged=rows.requests[0].is_challenged).policy_version,
            answers.probabilities,
        )
        said = (answers.predicted, answers.weighted, answers.deviations)
        return _draw(active, rows, _Ruling(DecidedBy.POLICY, version, pmf, *said))
    if len(rows.requests) == 1:
        return _fall_back(active, rows)
    # A request whose context breaks the scores has no part in how others are decided.
    return [_decide(active, entry_rows([request]))[0] for request in rows.requests]


def _answers(active: ActivePortfolio, rows: EntryRows) -> Answers | None:
    """Returns what the customers' policy says, None where that fails."""
    encoded = [request.prepared.encoded for request in rows.requests]
    try:
        return answer(
            policy_for(active, is_challenged=rows.requests[0].is_challenged),
            active.scorer,
            active.portfolio.context_schema,
            rows,
            encoded,
        )
    except RuleFault:
        raise
    except Exception as failure:  # noqa: BLE001 - whatever failed, business as usual answers
        _tell(active, rows, failure)
        return None


def _fall_back(active: ActivePortfolio, rows: EntryRows) -> list[Decision]:
    return _draw(active, rows, _Ruling(DecidedBy.FALLBACK, 0, _as_usual(active, rows), None, None))


def _as_usual(active: ActivePortfolio, rows: EntryRows) -> NDArray[np.float64]:
    asked = [request.input for request in rows.requests]
    entries = [request.prepared.ids for request in rows.requests]
    return fallback_probabilities(active.portfolio, asked, entries, rows.fixed_rank, rows.equal_parts)


def _force(active: ActivePortfolio, rows: EntryRows) -> list[Decision]:
    try:
        predicted, deviations = _predict(active, rows)
        if np.isfinite(predicted).all():
            return _draw(active, rows, _forced(active, rows, predicted, deviations))
    except Exception as failure:  # noqa: BLE001 - what is forced goes out without a model
        _tell(active, rows, failure)
    if len(rows.requests) == 1:
        return _draw(active, rows, _forced(active, rows))
    return [_force(active, entry_rows([request]))[0] for request in rows.requests]


def _tell(active: ActivePortfolio, rows: EntryRows, failure: Exception) -> None:
    # Requests that fail together are tried again one by one. The failure's text may hold what the customer's context says.
    if len(rows.requests) == 1:
        _log.error("scoring_failed", portfolio_id=active.portfolio.portfolio_id, kind=type(failure).__name__)


def _forced(
    active: ActivePortfolio,
    rows: EntryRows,
    predicted: NDArray[np.float64] | None = None,
    deviations: NDArray[np.float64] | None = None,
) -> _Ruling:
    pmf = np.divide(1.0, rows.equal_parts)
    return _Ruling(DecidedBy.FORCED, active.policy.policy_version, pmf, predicted, deviations=deviations)


def _predict(active: ActivePortfolio, rows: EntryRows) -> Prediction:
    return predict(active.scorer, rows.requests, [request.prepared.encoded for request in rows.requests])


def _draw(active: ActivePortfolio, rows: EntryRows, ruling: _Ruling) -> list[Decision]:
    salt, nothing = active.portfolio.salt, repeat(None)
    draws = np.array([decision_draw(salt, SELECT, request.decision_id, 0) for request in rows.requests])
    places = choose(ruling.probabilities, draws).tolist()
    predicted = nothing if ruling.predicted is None else ruling.predicted.tolist()
    if ruling.weighted is ruling.predicted:
        weighted = predicted
    else:
        weighted = nothing if ruling.weighted is None else ruling.weighted.tolist()
    shadows: Iterable[ShadowDecision | None] = nothing
    # Where one campaign is forced, a second opinion has nothing to choose.
    if active.shadow is not None and ruling.decided_by is not DecidedBy.FORCED:
        shadows = active.shadow.decide(active.portfolio, rows)
    deviations = nothing if ruling.deviations is None else ruling.deviations.tolist()
    vectors = (ruling.probabilities.tolist(), predicted, weighted, deviations)
    # What is nothing for all has no end.
    drawn = zip(rows.requests, places, *vectors, shadows, strict=False)
    return _decisions(active, ruling, drawn)


_Vector = list[float] | None
_DrawnRow = tuple[ToDecide, int, list[float], _Vector, _Vector, _Vector, ShadowDecision | None]
"""Of one request the place drawn, the probabilities, predicted and weighted rewards, deviations, and the shadow."""


def _decisions(active: ActivePortfolio, ruling: _Ruling, drawn: Iterable[_DrawnRow]) -> list[Decision]:
    portfolio, model, decisions = active.portfolio, active.model, []
    for request, place, probabilities, predicted, weighted, deviations, shadow in drawn:
        prepared, asked = request.prepared, request.input
        treatments, levers, campaign_id = prepared.treatments, prepared.levers, prepared.ids[place]
        prices = prepared.prices
        is_out = is_held_out(request.assigned.group, prepared.force_reason, prepared.campaigns[0])
        is_contact = campaign_id != NO_CONTACT
        decision = Decision(
            decision_id=request.decision_id,
            input=asked,
            result=Result.CAMPAIGN if is_contact else Result.NO_CONTACT,
            decided_by=ruling.decided_by,
            campaign_id=campaign_id,
            eligible=prepared.ids,
            selection_probabilities=tuple(probabilities),
            predicted_rewards=() if predicted is None else (tuple(predicted),),
            predicted_deviations=() if deviations is None else tuple(deviations),
            treatments=treatments,
            treatment_id=treatments[place] if treatments else "",
            levers=() if levers is None else tuple(levers.tolist()),
            prices=() if prices is None else tuple(prices.tolist()),
            rejections=prepared.rejections,
            explored=weighted is not None and weighted[place] < max(weighted),
            learned=model.learned,
            portfolio_version=portfolio.portfolio_version,
            policy_version=ruling.policy_version,
            model_version=model.model_version,
            learner_version=model.learner_version,
            encoder_version=active.encoder_version,
            catalogue_version=active.catalogue_version,
            force_reason=prepared.force_reason,
            contact=reserved_contact(portfolio, asked, prepared.labels[place]) if is_contact else None,
            shadow=shadow,
            group=request.assigned.group,
            group_share=request.assigned.share,
            draws=request.assigned.draws,
            traffic_split=None if ruling.decided_by is DecidedBy.FORCED else active.split,
        )
        decisions.append(held_out(decision) if is_out else decision)
    return decisions


def _nothing_eligible(active: ActivePortfolio, request: ToDecide) -> Decision:
    reason, model, assigned = request.prepared.force_reason, active.model, request.assigned
    is_out = assigned.group is AssignmentGroup.HOLDOUT
    decided_by = DecidedBy.FORCED if reason and not is_out else decider_of_nothing(active, assigned.group)
    is_forced = decided_by is DecidedBy.FORCED
    policy = active.policy if is_forced else policy_for(active, is_challenged=request.is_challenged)
    return Decision(
        decision_id=request.decision_id,
        input=request.input,
        result=Result.HELD_OUT if is_out else Result.NO_ELIGIBLE,
        decided_by=decided_by,
        rejections=request.prepared.rejections,
        learned=model.learned,
        portfolio_version=active.portfolio.portfolio_version,
        policy_version=policy.policy_version,
        model_version=model.model_version,
        learner_version=model.learner_version,
        encoder_version=active.encoder_version,
        catalogue_version=active.catalogue_version,
        force_reason=reason,
        group=assigned.group,
        group_share=assigned.share,
        draws=assigned.draws,
        traffic_split=None if decided_by is DecidedBy.FORCED else active.split,
    )
