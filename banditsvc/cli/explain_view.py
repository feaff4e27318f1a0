"""An explanation for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from banditsvc.cli.bar import bar, signed_bar
from banditsvc.cli.enum_name import enum_name
from banditsvc.plain import number_text
from banditsvc.v1 import decision_pb2, ranking_pb2

_WIDE = 160
_HALF_BAR = 12
_BAR = 12
_LEAST_SHARE = 1e-3
"""Contributions below this share of the greatest are put together in one line."""


def show_explanation(answer: ranking_pb2.GetDecisionResponse, *, every: bool) -> None:
    """Writes why a decision was made.

    Args:
        answer: The decision with its explanation.
        every: True to show contributions of every campaign, not of the chosen one alone.
    """
    out = Console(highlight=False)
    out.width = out.width if out.is_terminal else _WIDE
    explanation, decision = answer.explanation, answer.decision
    out.print(Text(explanation.summary, style="bold"))
    out.print(_facts(decision, explanation))
    if explanation.campaigns:
        out.print(_chosen_from(decision, explanation.campaigns))
    for entry in explanation.campaigns if every else explanation.campaigns[:1]:
        if entry.contributions:
            out.print(Text(f"\nWhat adds up to {_name(entry)}'s {entry.predicted_reward:.6g}", style="bold"))
            out.print(Padding(_contributions(entry.contributions), (0, 0, 0, 2), expand=False))
    if decision.rejections:
        out.print(Text("\nWhy the others could not be chosen", style="bold"))
        out.print(Padding(_rejections(decision), (0, 0, 0, 2), expand=False))


def _facts(decision: decision_pb2.Decision, explanation: ranking_pb2.Explanation) -> Table:
    table = Table.grid(padding=(0, 2))
    decided_by = enum_name(decision_pb2.DecidedBy, decision.decided_by)
    facts = [
        ("decision", f"{decision.decision_id}, customer {decision.customer_id}"),
        ("decided by", f"{decided_by}, policy {decision.policy_version}, model {decision.model_version}"),
        ("explored", "yes: the choice is not the best predicted" if decision.explored else "no"),
        ("draw", number_text(explanation.draw)),
        ("reproduced", _reproduced(explanation)),
    ]
    if decision.force_reason:
        facts.insert(2, ("forced", decision.force_reason))
    if explanation.missing:
        facts.append(("not shown", explanation.missing))
    if explanation.HasField("shadow"):
        facts.append(("shadow", _shadow(explanation.shadow)))
    for name, value in facts:
        table.add_row(name, Text(value))
    return table


def _reproduced(explanation: ranking_pb2.Explanation) -> str:
    probabilities = "yes, bit for bit" if explanation.probabilities_reproduced else "NO"
    if explanation.scores_reproduced:
        return f"probabilities and choice {probabilities}; predicted rewards yes, bit for bit"
    scores = "cannot be checked" if explanation.missing else "NO"
    return f"probabilities and choice {probabilities}; predicted rewards {scores}"


def _shadow(shadow: ranking_pb2.ShadowDecision) -> str:
    treatment = f" with treatment {shadow.treatment_id}" if shadow.treatment_id else ""
    return (
        f"policy {shadow.policy_version} with model {shadow.model_version} would have chosen "
        f"{shadow.campaign_id}{treatment}, probability {shadow.selection_probability:.4f}"
    )


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
    return table


def _chosen_from(decision: decision_pb2.Decision, entries: Sequence[ranking_pb2.ExplainedCampaign]) -> Padding:
    table = _table("", "eligible", ">probability", "", ">predicted", ">lever", ">weighted", ">behind the best")
    for place, entry in enumerate(entries):
        is_chosen = place == 0 and bool(decision.campaign_id)
        table.add_row(
            "->" if is_chosen else "",
            Text(_name(entry)),
            f"{entry.selection_probability:.4f}",
            Text(bar(entry.selection_probability, _BAR), style="cyan"),
            f"{entry.predicted_reward:.6g}",
            number_text(entry.lever),
            f"{entry.weighted_reward:.6g}",
            f"{entry.gap:.6g}" if entry.gap else "best",
            style="bold" if is_chosen else None,
        )
    return Padding(table, (1, 0, 0, 0), expand=False)


def _contributions(parts: Sequence[ranking_pb2.Contribution]) -> Table:
    """Returns what adds up, the greatest first; the many that hardly count are one line."""
    table = _table("feature", ">value", ">adds", "")
    ordered = sorted(parts, key=lambda part: -abs(part.reward))
    most = abs(ordered[0].reward)
    shown = [part for part in ordered if abs(part.reward) >= _LEAST_SHARE * most and part.reward]
    for part in shown:
        style = "green" if part.reward > 0 else "red"
        drawn = Text(signed_bar(part.reward, most, _HALF_BAR), style=style)
        table.add_row(Text(part.feature), number_text(round(part.value, 6)), f"{part.reward:+.6g}", drawn)
    rest = ordered[len(shown) :]
    if rest:
        total = sum(part.reward for part in rest)
        table.add_row(f"{len(rest)} others", "", f"{total:+.6g}", signed_bar(0.0, most, _HALF_BAR))
    table.add_row("sum", "", f"{sum(part.reward for part in parts):.6g}", "", style="bold")
    return table


def _rejections(decision: decision_pb2.Decision) -> Table:
    table = _table("rejected", "stage", "rule", "reason")
    for one in decision.rejections:
        stage = enum_name(decision_pb2.FunnelStage, one.stage)
        table.add_row(Text(one.campaign_id), stage, Text(one.rule), Text(one.reason))
    return table


def _name(entry: ranking_pb2.ExplainedCampaign) -> str:
    return f"{entry.campaign_id} / {entry.treatment_id}" if entry.treatment_id else entry.campaign_id
