"""A decision for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.output import short_number, write_fields, write_table
from banditsvc.cli.reason_text import reason_text
from banditsvc.v1 import assignment_pb2, decision_pb2

REJECTED = ("rejected", "stage", "rule", "reason")


def show_decision(
    decision: decision_pb2.Decision, remarks: Sequence[str] = (), more: Iterable[tuple[str, object]] = ()
) -> None:
    """Writes what was decided and why.

    Args:
        decision: What to show.
        remarks: Stand behind the id.
        more: Names and values that stand below the decision's own.
    """
    write_fields([*_fields(decision, remarks), *more])
    if decision.ranking:
        _show_ranking(decision)
    if decision.rejections:
        write_table(REJECTED, rejected_rows(decision))


def rejected_rows(decision: decision_pb2.Decision) -> list[tuple[str, str, str, str]]:
    """Returns what was dropped, in the columns of REJECTED."""
    return [
        (one.campaign_id, stage, one.rule, reason_text(stage, one.reason))
        for one in decision.rejections
        for stage in [enum_name(decision_pb2.FunnelStage, one.stage)]
    ]


def _show_ranking(decision: decision_pb2.Decision) -> None:
    columns = ["campaign", ">selection_probability", ">predicted_reward"]
    if not any(ranked.treatments for ranked in decision.ranking):
        rows = [_figures(ranked.campaign_id, ranked) for ranked in decision.ranking]
        write_table(columns, rows)
        return
    paired = []
    for ranked in decision.ranking:
        paired.append((*_figures(ranked.campaign_id, ranked), "", ""))
        for one in ranked.treatments:
            row = ("", "", short_number(one.predicted_reward), one.treatment_id, f"{one.treatment_probability:.4f}")
            paired.append(row)
    write_table([*columns, "treatment", ">treatment_probability"], paired)


def _figures(campaign_id: str, ranked: decision_pb2.RankedCampaign) -> tuple[str, str, str]:
    return campaign_id, f"{ranked.selection_probability:.4f}", short_number(ranked.predicted_reward)


def _fields(decision: decision_pb2.Decision, remarks: Sequence[str]) -> list[tuple[str, object]]:
    result = enum_name(decision_pb2.Result, decision.result)
    decided_by = enum_name(decision_pb2.DecidedBy, decision.decided_by)
    fields: list[tuple[str, object]] = [
        ("decision", decision.decision_id + (f"  ({', '.join(remarks)})" if remarks else "")),
        ("result", result if decision.campaign_id == result else f"{result}  {_chosen(decision)}".rstrip()),
        ("group", enum_name(assignment_pb2.AssignmentGroup, decision.group)),
        ("decided by", f"{decided_by}, policy {decision.policy_version}, model {decision.model_version}"),
    ]
    if decision.HasField("traffic_share"):
        fields.append(("share of its policy", f"{decision.traffic_share:.3g}"))
    if decision.campaign_id:
        fields.append(("probability", short_number(decision.selection_probability)))
    chosen = [ranked for ranked in decision.ranking if ranked.campaign_id == decision.campaign_id]
    if chosen:
        fields.append(("predicted reward", short_number(chosen[0].predicted_reward)))
    if decision.treatment_id:
        fields.append(("treatment probability", short_number(decision.treatment_probability)))
    if decision.force_reason:
        fields.append(("forced because", decision.force_reason))
    if decision.message_fields:
        passed = ", ".join(f"{name}={value}" for name, value in sorted(decision.message_fields.items()))
        fields.append(("message fields", passed))
    return [*fields, ("explored", "yes" if decision.explored else "no")]


def _chosen(decision: decision_pb2.Decision) -> str:
    if decision.result == decision_pb2.RESULT_HELD_OUT:
        return "(do not send)"
    treatment = f" / {decision.treatment_id}" if decision.treatment_id else ""
    return f"{decision.campaign_id}{treatment}"
