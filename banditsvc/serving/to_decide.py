"""What is to be decided."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.core.decision import RankInput
from banditsvc.serving.prepared_set import PreparedSet


@dataclass(frozen=True, slots=True)
class ToDecide:
    """A request that is to be decided now, under this id, among these campaigns."""

    decision_id: str
    input: RankInput
    prepared: PreparedSet
