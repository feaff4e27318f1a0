"""`banditsvc decision`: what was decided, why, and what became of it."""

from __future__ import annotations

from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.cli.connection import connected
from banditsvc.cli.decision_view import show_decision
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.options import Config, Json, Server
from banditsvc.cli.output import write_json
from banditsvc.plain import number_text, span_text
from banditsvc.v1 import decision_pb2, ranking_pb2

UNKNOWN = "-"


def decision(
    decision_id: Annotated[str, typer.Argument(help="Id of the decision.")],
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Shows a stored decision: what was chosen and why, what became of it, and its reward."""
    with connected(server, config) as client:
        answer = client.get_decision(decision_id)
    if as_json:
        write_json(answer)
    else:
        show_decision(answer.decision, ["test"] if answer.decision.is_test else [], _more(answer))


def _more(answer: ranking_pb2.GetDecisionResponse) -> list[tuple[str, object]]:
    decided = answer.decision
    versions = (
        f"portfolio {decided.portfolio_version}, encoder {decided.encoder_version}, "
        f"catalogue {decided.catalogue_version}"
    )
    return [
        ("portfolio", decided.portfolio_id),
        ("customer", decided.customer_id),
        ("assignment key", decided.assignment_key or UNKNOWN),
        ("occasion", decided.occasion or UNKNOWN),
        ("decided at", _time(decided.decision_time)),
        ("send time", _time(decided.send_time)),
        ("versions", versions),
        ("activation", _activation(answer)),
        ("settle state", f"{enum_name(ranking_pb2.SettleState, answer.settle_state)}, due {_due(answer)}"),
        ("reward as of now", number_text(answer.reward) if answer.HasField("reward") else UNKNOWN),
        ("outcomes", ", ".join(answer.outcome_ids) or UNKNOWN),
        *([("provisionally", _provisionally(answer))] if answer.HasField("provisional_age") else []),
        *([("excluded", f"by exclusion {answer.exclusion_id}")] if answer.exclusion_id else []),
    ]


def _activation(answer: ranking_pb2.GetDecisionResponse) -> str:
    if answer.activation_state == ranking_pb2.ACTIVATION_STATE_UNSPECIFIED:
        has_something_to_send = answer.decision.result == decision_pb2.RESULT_CAMPAIGN
        is_needed = answer.decision.defer_activation and has_something_to_send
        return "nothing said yet, needed" if is_needed else "nothing said, not needed"
    at = f" at {_time(answer.activate_time)}" if answer.HasField("activate_time") else ""
    return enum_name(ranking_pb2.ActivationState, answer.activation_state) + at


def _provisionally(answer: ranking_pb2.GetDecisionResponse) -> str:
    return f"learned from, by what had come {span_text(answer.provisional_age.ToTimedelta())} after its sending"


def _due(answer: ranking_pb2.GetDecisionResponse) -> str:
    return _time(answer.due_time) if answer.HasField("due_time") else "not known yet"


def _time(moment: Timestamp) -> str:
    return moment.ToJsonString()
