"""An explanation for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from banditsvc.cli.bar import bar, signed_bar
from banditsvc.cli.decision_view import REJECTED, rejected_rows
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.output import empty_table, results, short_number, write_fields
from banditsvc.v1 import decision_pb2, ranking_pb2

_WIDE = 160
_HALF_BAR = 12
_BAR = 12
_LEAST_SHARE = 1e-3
"""Contributions below this share of the greatest are put together in one line."""


def show_explanation(answer: ranking_pb2.GetDecisionResponse, *, every: bool, most: int | None) -> None:
    """Writes why a decision was made.

    Args:
        answer: The decision with its explanation.
        every: True to show contributions of every campaign, not of the chosen one alone.
        most: Number of features shown for a campaign; None shows those that count.
    """
    out = results(_WIDE)
    explanation, decision = answer.explanation, answer.decision
    out.print(Text(explanation.summary, style="bold"))
    write_fields(_facts(decision, explanation))
    if explanation.campaigns:
        out.print(_chosen_from(decision, explanation.campaigns))
    for entry in explanation.campaigns if every else explanation.campaigns[:1]:
        if any(part.reward for part in entry.contributions):
            said = f"\nWhat adds up to {_name(entry)}'s {short_number(entry.predicted_reward)}"
            out.print(Text(said, style="bold"))
            out.print(Padding(_contributions(entry.contributions, most), (0, 0, 0, 2), expand=False))
        elif entry.contributions:
            out.print(Text(f"\n{_name(entry)}: nothing is learned yet, so nothing adds up", style="bold"))
    if decision.rejections:
        out.print(Text("\nWhy the others could not be chosen", style="bold"))
        out.print(Padding(_rejections(decision, explanation.rejected), (0, 0, 0, 2), expand=False))


def _facts(decision: decision_pb2.Decision, explanation: ranking_pb2.Explanation) -> list[tuple[str, str]]:
    decided_by = enum_name(decision_pb2.DecidedBy, decision.decided_by)
    facts = [
        ("decision", f"{decision.decision_id}, customer {decision.customer_id}"),
        ("decided by", f"{decided_by}, policy {decision.policy_version}, model {decision.model_version}"),
        ("explored", "yes: the choice is not the best predicted" if decision.explored else "no"),
        ("draw", short_number(explanation.draw)),
        ("reproduced", _reproduced(explanation)),
    ]
    if decision.force_reason:
        facts.insert(2, ("forced", decision.force_reason))
    if explanation.missing:
        facts.append(("not shown", explanation.missing))
    if explanation.HasField("shadow"):
        facts.append(("shadow", _shadow(explanation.shadow)))
    return facts


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


def _chosen_from(decision: decision_pb2.Decision, entries: Sequence[ranking_pb2.ExplainedCampaign]) -> Padding:
    has_prices = any(entry.price for entry in entries)
    priced = (">price",) if has_prices else ()
    table = empty_table(
        "", "eligible", ">probability", "", ">predicted", ">lever", *priced, ">weighted", ">behind the best"
    )
    for place, entry in enumerate(entries):
        is_chosen = place == 0 and bool(decision.campaign_id)
        table.add_row(
            "->" if is_chosen else "",
            Text(_name(entry)),
            f"{entry.selection_probability:.4f}",
            Text(bar(entry.selection_probability, _BAR), style="cyan"),
            short_number(entry.predicted_reward),
            short_number(entry.lever),
            *([short_number(entry.price)] if has_prices else []),
            short_number(entry.weighted_reward),
            short_number(entry.gap) if entry.gap else "best",
            style="bold" if is_chosen else None,
        )
    return Padding(table, (1, 0, 0, 0), expand=False)


def _contributions(parts: Sequence[ranking_pb2.Contribution], most_shown: int | None) -> Table:
    """Returns what adds up, the greatest first; the rest, or the many that hardly count, are one line."""
    table = empty_table("feature", ">value", ">adds", "")
    ordered = sorted(parts, key=lambda part: -abs(part.reward))
    most = abs(ordered[0].reward)
    shown = [part for part in ordered if abs(part.reward) >= _LEAST_SHARE * most and part.reward]
    shown = shown if most_shown is None else ordered[:most_shown]
    for part in shown:
        style = "green" if part.reward > 0 else "red"
        drawn = Text(signed_bar(part.reward, most, _HALF_BAR), style=style)
        table.add_row(Text(part.feature), short_number(part.value), _signed(part.reward), drawn)
    rest = ordered[len(shown) :]
    if rest:
        total = sum(part.reward for part in rest)
        name = "1 other" if len(rest) == 1 else f"{len(rest)} others"
        table.add_row(name, "", _signed(total), signed_bar(0.0, most, _HALF_BAR))
    table.add_row("sum", "", short_number(sum(part.reward for part in parts)), "", style="bold")
    return table


def _signed(reward: float) -> str:
    return f"{'' if reward < 0 else '+'}{short_number(reward)}"


def _rejections(decision: decision_pb2.Decision, explained: Sequence[ranking_pb2.RejectedCampaign]) -> Table:
    """Returns what was dropped; where something was not known, it stands below the reason."""
    table = empty_table(*REJECTED)
    unknown = [tuple(one.unknown_fields) for one in explained] or [()] * len(decision.rejections)
    for row, fields in zip(rejected_rows(decision), unknown, strict=True):
        table.add_row(*map(Text, row))
        for field in fields:
            table.add_row("", "", "", Text(f"  {field}", style="yellow"))
    return table


def _name(entry: ranking_pb2.ExplainedCampaign) -> str:
    return f"{entry.campaign_id} / {entry.treatment_id}" if entry.treatment_id else entry.campaign_id
