"""What exploration, levers, overrides and rules cost, in words; where that cannot be told, why."""

from __future__ import annotations

from collections.abc import Iterator

from banditsvc.reports.monday.monday_report import Cost
from banditsvc.reports.number_words import amount, between, percent
from offline_eval.choices import Choices
from offline_eval.costs import exploration_cost, lever_cost, overrides, rule_losses
from offline_eval.costs.overrides import NOT_ESTIMATED as FORCED_WORDS
from offline_eval.costs.rule_losses import NOT_ESTIMATED as RULE_WORDS
from offline_eval.value import Estimate

_MOST = 3
"""Overrides and rules that are shown, of each the most frequent."""


def cost_rows(week: Choices, known: Choices) -> tuple[Cost, ...]:
    """Returns the rows.

    Args:
        week: The week's decisions: how often something had a say.
        known: Decisions up to the week's end, of which those whose reward is known are estimated from.
    """
    return (*_exploration(week, known), *_levers(week, known), *_overrides(week), *_rules(week))


def _exploration(week: Choices, known: Choices) -> Iterator[Cost]:
    now, cost = exploration_cost(week), exploration_cost(known)
    if now.decisions:
        if not now.explored:
            words = "nothing: every choice was among the model's best"
            yield Cost(name="exploration", what=f"none of the policy's {now.decisions:,} decisions", estimate=words)
            return
        what = f"{now.explored:,} of the policy's {now.decisions:,} decisions ({percent(now.explored_share)})"
        view = f"the model's own word: {amount(now.predicted_gain)} a decision, {amount(now.predicted_total)} in all"
        yield Cost(name="exploration", what=what, estimate=f"{_gain(cost.gain, cost.mature, now.decisions)}; {view}")


def _levers(week: Choices, known: Choices) -> Iterator[Cost]:
    now, cost = lever_cost(week), lever_cost(known)
    if now.decisions:
        view = f"the model's own word: {amount(now.predicted_gain)} a decision"
        yield Cost(
            name="levers",
            what=f"{now.decisions:,} decisions among campaigns with levers",
            estimate=f"{_gain(cost.gain, cost.mature, now.decisions)}; {view}",
        )


def _overrides(week: Choices) -> Iterator[Cost]:
    for one in overrides(week)[:_MOST]:
        yield Cost(
            name=f"forced: {one.reason}",
            what=f"{one.decisions:,} decisions for {one.customers:,} customers",
            estimate=FORCED_WORDS,
        )


def _rules(week: Choices) -> Iterator[Cost]:
    for one in rule_losses(week)[:_MOST]:
        without = f", {one.left_with_nothing:,} of them left with nothing" if one.left_with_nothing else ""
        yield Cost(
            name=one.rule,
            what=f"dropped a campaign in {one.decisions:,} decisions for {one.customers:,} customers{without}",
            estimate=RULE_WORDS,
        )


def _gain(gain: Estimate, mature: int, decisions: int) -> str:
    """Returns a gain a decision, and over the decisions of the week, both with their intervals."""
    if gain.interval is None:
        return f"from outcomes nothing can be said yet: {gain.refusal}" if gain.refusal else "no outcome is known yet"
    interval = between(gain.interval.low, gain.interval.high, amount)
    low, high = decisions * gain.interval.low, decisions * gain.interval.high
    return (
        f"{amount(gain.value)} of reward a decision ({interval}), over the week {amount(decisions * gain.value)} "
        f"({between(low, high, amount)}), from {mature:,} decisions whose reward is known"
    )
