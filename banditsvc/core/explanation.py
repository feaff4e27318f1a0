"""Explanations: why a decision was made as it was, in numbers and in one sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.contributions import BASELINE, CAMPAIGN, Contribution
from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.exploration import ExclusiveRules, Exploration, FixedPriority, Uniform
from banditsvc.core.levers import weighted_rewards
from banditsvc.core.policy import TOLERANCE
from banditsvc.core.unmet_rules import ExplainedRejection

PIN_PREFIX = "pin:"
"""Begins the force_reason of a decision that a pin forced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedEntry:
    """One campaign, or one pair of campaign and treatment, that was chosen from."""

    campaign_id: str
    treatment_id: str
    predicted_reward: float
    lever: float
    weighted_reward: float
    """Predicted reward with the lever, less the price, by which it was compared."""
    selection_probability: float
    gap: float
    """How far its weighted reward is behind the best, at least 0."""
    contributions: tuple[Contribution, ...]
    """Empty where the weights are not at hand."""
    predicted_deviation: float | None = None
    """How sure the model was of its predicted reward; None where it did not say."""
    price: float = 0.0
    """What limits over all customers took from it; below 0 where they want it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a decision was made as it was."""

    entries: tuple[ExplainedEntry, ...]
    """The chosen one first, then by weighted reward, then by both ids."""
    draw: float
    probabilities_reproduced: bool
    scores_reproduced: bool
    summary: str
    missing: str
    """Why something could not be shown; empty when nothing is missing."""
    rejected: tuple[ExplainedRejection, ...] = ()
    """Of each rejection of the decision, in its order."""


def explained_entries(
    decision: Decision, contributions: Sequence[tuple[Contribution, ...]] = ()
) -> tuple[ExplainedEntry, ...]:
    """Returns what was chosen from.

    Args:
        decision: The decision as logged. Where no model was asked, predicted rewards are 0; likewise probabilities that
            are not known.
        contributions: Of each entry of the decision, in its order; empty where they are not known.
    """
    count = len(decision.eligible)
    members = decision.predicted_rewards
    predicted = [sum(column) / len(members) for column in zip(*members, strict=True)] if members else [0.0] * count
    levers = decision.levers or (1.0,) * count
    probabilities = decision.selection_probabilities or (0.0,) * count
    prices = decision.prices or (0.0,) * count
    compared = weighted_rewards(np.array(predicted), np.array(levers), np.array(prices)).tolist()
    best = max(compared, default=0.0)
    order = sorted(range(count), key=compared.__getitem__, reverse=True)
    if decision.campaign_id:
        order.sort(key=lambda k: k != decision.chosen_place)
    return tuple(
        ExplainedEntry(
            campaign_id=decision.eligible[k],
            treatment_id=decision.treatments[k] if decision.treatments else "",
            predicted_reward=predicted[k],
            lever=levers[k],
            weighted_reward=compared[k],
            selection_probability=probabilities[k],
            gap=best - compared[k],
            contributions=contributions[k] if contributions else (),
            predicted_deviation=decision.predicted_deviations[k] if decision.predicted_deviations else None,
            price=prices[k],
        )
        for k in order
    )


def summary(decision: Decision, entries: Sequence[ExplainedEntry], exploration: Exploration | None) -> str:
    """Returns in one sentence what decided.

    Args:
        decision: The decision.
        entries: What was chosen from, as explained_entries gives them.
        exploration: That of the decision's policy; None where it is not known.
    """
    if decision.result is Result.HELD_OUT:
        return "The customer is held out, so nothing is sent."
    if decision.result is Result.NO_ELIGIBLE:
        return _nothing_left(decision)
    chosen, among = _named(entries[0]), _among(decision)
    if decision.decided_by is DecidedBy.FORCED:
        return _forced(decision, chosen)
    if decision.decided_by is DecidedBy.HISTORICAL:
        return f"This is history: {chosen} was sent before, and nothing was decided here."
    if decision.decided_by is DecidedBy.BUSINESS_AS_USUAL and decision.group is AssignmentGroup.OPTIMIZED:
        return f"Business as usual, which is observed before the policy is at work, chose {chosen} from {among}."
    if decision.decided_by is not DecidedBy.POLICY:
        return f"{_AGENTS.get(decision.decided_by, 'The service')} chose {chosen} from {among}."
    odds = f"with probability {decision.arm_probability:.3g}"
    fixed = _without_model(exploration)
    if fixed:
        return f"{fixed} chose {chosen} {odds} from {among}."
    if decision.explored and len(entries) > 1:
        best = max(entries, key=lambda entry: entry.weighted_reward)
        return (
            f"To learn more, {chosen} was chosen {odds}, though {_named(best)} is predicted better "
            f"({best.weighted_reward:.4g} against {entries[0].weighted_reward:.4g}{_included(entries)})."
        )
    if len(entries) == 1:
        return f"{_capital(chosen)} was chosen because nothing else was eligible{_rejected(decision)}."
    return _best(entries, f"{_capital(chosen)} was", odds, among)


def _best(entries: Sequence[ExplainedEntry], chosen_was: str, odds: str, among: str) -> str:
    """Returns that the chosen one is predicted best, alone or with others."""
    reward, lever = entries[0].weighted_reward, entries[0].lever
    shares: dict[str, float] = defaultdict(float)
    for entry in entries:
        if entry.weighted_reward == reward:
            shares[entry.campaign_id] += entry.selection_probability
    if len(shares) > 1:
        alike = f"{chosen_was} drawn {odds}: {len(shares)} of {among} are predicted alike and best ({reward:.4g})"
        if max(shares.values()) - min(shares.values()) < TOLERANCE:
            return f"{alike}."
        return f"{alike}, and a limit on exploration leaves the first of them in the fixed order the rest."
    predicted = f"its predicted reward of {entries[0].predicted_reward:.4g}"
    changes = [f"with its lever of {lever:.3g}"] if lever != 1.0 else []
    changes += _priced(entries[0].price)
    if changes:
        predicted += f", {reward:.4g} {' and '.join(changes)},"
    return f"{chosen_was} chosen {odds} because {predicted} is the best of {among}{_strongest(entries[0])}."


_AGENTS = {
    DecidedBy.UNIFORM_RANDOM: "An equal draw for the control group",
    DecidedBy.BUSINESS_AS_USUAL: "Business as usual, for the control group,",
    DecidedBy.RANDOM_SHARE: "Business as usual with a share of equal draws, before the policy is at work,",
    DecidedBy.FALLBACK: "The model could not answer, so business as usual",
    DecidedBy.GUARDRAIL: "A guardrail had tripped, so business as usual",
}


def _priced(price: float) -> list[str]:
    if price == 0.0:
        return []
    return [f"less its price of {price:.4g}" if price > 0.0 else f"with {-price:.4g} for a minimum volume"]


def _included(entries: Sequence[ExplainedEntry]) -> str:
    has_levers, has_prices = (any(entry.lever != 1.0 for entry in entries), any(entry.price for entry in entries))
    named = [name for name, is_there in (("levers", has_levers), ("prices", has_prices)) if is_there]
    return f", {' and '.join(named)} included" if named else ""


def _named(entry: ExplainedEntry) -> str:
    if entry.campaign_id == NO_CONTACT:
        return "no contact"
    if not entry.treatment_id:
        return f"campaign {entry.campaign_id!r}"
    return f"campaign {entry.campaign_id!r} with treatment {entry.treatment_id!r}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _among(decision: Decision) -> str:
    count = len(set(decision.eligible))
    return f"{count} eligible campaigns" if count != 1 else "one eligible campaign"


def _without_model(exploration: Exploration | None) -> str:
    match exploration:
        case FixedPriority():
            return "The fixed order"
        case ExclusiveRules():
            return "The exclusive rules"
        case Uniform():
            return "An equal draw"
        case _:
            return ""


def _forced(decision: Decision, chosen: str) -> str:
    if decision.force_reason.startswith(PIN_PREFIX):
        return (
            f"{_capital(chosen)} was chosen because the pin {decision.force_reason.removeprefix(PIN_PREFIX)!r} holds."
        )
    return f"{_capital(chosen)} was forced by the caller: {decision.force_reason}."


def _nothing_left(decision: Decision) -> str:
    if not decision.rejections:
        return "Nothing was chosen because no campaign was offered."
    return f"Nothing was chosen because no campaign was eligible{_rejected(decision)}."


def _rejected(decision: Decision) -> str:
    if not decision.rejections:
        return ""
    # NO_CONTACT is no campaign to fall back on: it drops out because the others did.
    dropped = [one for one in decision.rejections if one.campaign_id != NO_CONTACT] or decision.rejections
    counts = Counter((rejection.stage.name, rejection.rule) for rejection in dropped)
    [((stage, rule), most)] = counts.most_common(1)
    total = len(dropped)
    if total == 1:
        return f": 1 was rejected, by {rule!r} ({stage})"
    return f": {total} were rejected, {most} of them by {rule!r} ({stage})"


def _strongest(entry: ExplainedEntry) -> str:
    """Returns the feature of the customer that speaks most for a campaign."""
    of_customer = [part for part in entry.contributions if part.feature not in (BASELINE, CAMPAIGN)]
    most = max(of_customer, key=lambda part: part.reward, default=None)
    if most is None or most.reward <= 0.0:
        return ""
    return f", where {most.feature} adds most ({most.reward:+.3g})"
