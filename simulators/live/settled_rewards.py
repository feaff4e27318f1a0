"""Rewards of a live run as the service settled its decisions, asked for decision by decision."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from banditsvc.client import Client
from banditsvc.v1.ranking_pb2 import GetDecisionResponse, SettleState
from simulators.runs.settling import DayDecisions, Settled


class SettledRewards:
    """Keeps the decisions of one portfolio until they are settled. They are settled in their order, a day at a time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: deque[tuple[DayDecisions, Sequence[str]]] = deque()

    def decided(self, decisions: DayDecisions, decision_ids: Sequence[str]) -> None:
        """Takes in decisions of a day."""
        self._waiting.append((decisions, decision_ids))

    def settle(self) -> list[Settled]:
        """Returns what has been settled since; call it as soon as learning has caught up, before anything is posted."""
        found = []
        while self._waiting:
            decisions, ids = self._waiting[0]
            told = [self._client.get_decision(decision_id) for decision_id in ids[:1]]
            if told and told[0].settle_state == SettleState.SETTLE_STATE_OPEN:
                break
            told += [self._client.get_decision(decision_id) for decision_id in ids[1:]]
            found.append(_settled(decisions, told))
            self._waiting.popleft()
        return found


def _settled(decisions: DayDecisions, told: Sequence[GetDecisionResponse]) -> Settled:
    if any(one.settle_state != SettleState.SETTLE_STATE_SETTLED for one in told):
        return Settled(decisions, None)
    return Settled(decisions, np.array([one.reward for one in told]))
