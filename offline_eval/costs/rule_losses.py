"""What rules and caps took away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.choices import Choices

NOT_ESTIMATED = "not estimated: campaigns that are dropped are not scored, and have no chance"
"""What rules cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLoss:
    """One rule or cap of the funnel."""

    rule: str
    """Stage and name."""
    decisions: int
    """In which it dropped at least one campaign."""
    customers: int
    left_with_nothing: int
    """Those of the decisions in which no campaign was left, whatever else dropped out."""
    customers_left_with_nothing: int


def rule_losses(choices: Choices) -> tuple[RuleLoss, ...]:
    """Returns what each rule took away, the one with the most decisions first.

    Forced decisions are not counted, because nothing was to be chosen, nor are those of held-out customers, who get
    nothing anyway.
    """
    own = choices.where(~choices.decided_by.is_name("FORCED", "HOLDOUT") & ~choices.group.is_name("HOLDOUT"))
    losses = own.losses
    customer = own.customer[losses.decision]
    is_left = own.result.is_name("NO_ELIGIBLE")[losses.decision]
    found = []
    for code in np.unique(losses.rule.codes).tolist():
        rows = losses.rule.codes == code
        found.append(
            RuleLoss(
                rule=losses.rule.names[code],
                decisions=int(rows.sum()),
                customers=len(np.unique(customer[rows])),
                left_with_nothing=int(is_left[rows].sum()),
                customers_left_with_nothing=len(np.unique(customer[rows & is_left])),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.decisions, one.rule)))
