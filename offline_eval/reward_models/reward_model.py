"""RewardModel: the reward of every eligible campaign."""

from __future__ import annotations

from typing import Protocol

from offline_eval.intervals import Floats
from offline_eval.logged import Logged


class RewardModel(Protocol):
    """A model of the reward by which DM, DR and their kin are made."""

    def predicted(self, logged: Logged) -> Floats:
        """Returns the reward of each entry, of a model that has not seen what its customer's decisions brought."""
