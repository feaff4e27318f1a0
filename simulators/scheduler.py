"""The campaign scheduler of a simulated shop: asks for a batch of decisions and says what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.client import Client
from banditsvc.v1.decision_pb2 import RESULT_HELD_OUT, Decision
from banditsvc.v1.ranking_pb2 import (
    ActivateRequest,
    ActivationState,
    RankRequest,
)
from simulators.errors import SimulationError, check_status
from simulators.simulated_time import timestamp

MOST_PER_CALL = 1000
"""Greatest batch of the service."""


def rank_batch(client: Client, requests: Sequence[RankRequest]) -> list[Decision]:
    """Returns the decisions, one per request; at most MOST_PER_CALL.

    Raises:
        SimulationError: The service refused a request, or chose neither a campaign nor no contact and holds nobody out.
    """
    answer = client.batch_rank(requests)
    for request, result in zip(requests, answer.results, strict=True):
        check_status(result.status, f"to rank customer {request.customer_id}")
        decision = result.response.decision
        if not decision.campaign_id and decision.result != RESULT_HELD_OUT:
            raise SimulationError(f"the service chose nothing for {request.customer_id}: no campaign was eligible")
    return [result.response.decision for result in answer.results]


def activate_batch(
    client: Client, decisions: Sequence[Decision], sent: Sequence[bool], now_us: int, reason: str = ""
) -> None:
    """Says of each decision that it was sent now, or that it was not, for that reason.

    Raises:
        SimulationError: The service refused one.
    """
    requests = [
        ActivateRequest(
            decision_id=decision.decision_id,
            state=ActivationState.ACTIVATION_STATE_SENT if was_sent else ActivationState.ACTIVATION_STATE_NOT_SENT,
            activate_time=timestamp(now_us),
            reason="" if was_sent else reason,
        )
        for decision, was_sent in zip(decisions, sent, strict=True)
    ]
    answer = client.batch_activate(requests)
    for decision, result in zip(decisions, answer.results, strict=True):
        check_status(result.status, f"to activate decision {decision.decision_id}")
