"""What is to be decided."""

from __future__ import annotations

from typing import NamedTuple

from banditsvc.core.assignment import UNASSIGNED, Assigned
from banditsvc.core.decision import RankInput
from banditsvc.serving.prepared_set import PreparedSet


class ToDecide(NamedTuple):
    """A request that is to be decided now, under this id, among these campaigns."""

    decision_id: str
    input: RankInput
    prepared: PreparedSet
    assigned: Assigned = UNASSIGNED
    is_challenged: bool = False
    """Whether the policy on trial decides for the customer."""
