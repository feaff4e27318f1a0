"""Traffic split: for whom a policy on trial decides, by a salted hash of the assignment key."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.sampling import Keys, key_draws, uniform_draw

TRAFFIC = "traffic"
"""Purpose of the draw."""


@dataclass(frozen=True, slots=True)
class TrafficSplit:
    """Two policies that divide the customers who are optimized. Logged with each decision that it has a part in."""

    policy_version: int
    """Policy at work: the incumbent."""
    challenger_version: int
    """Policy on trial."""
    challenger_share: float
    """Share of the customers for whom the challenger decides, above 0 and below 1."""

    def version_for(self, salt: str, assignment_key: str) -> int:
        """Returns the version that decides for a customer.

        Each challenger has a draw of its own, which does not depend on the groups of an assignment. Who is the challenger's
        at one share is so at every greater one.
        """
        draw = uniform_draw(salt, TRAFFIC, assignment_key, self.challenger_version)
        return self.challenger_version if draw < self.challenger_share else self.policy_version

    def is_challenged(self, salt: str, assignment_keys: Keys) -> NDArray[np.bool_]:
        """Returns of each customer whether version_for is the challenger's."""
        return key_draws(salt, TRAFFIC, assignment_keys, self.challenger_version) < self.challenger_share

    def share_of(self, policy_version: int) -> float:
        """Returns the share of the customers for whom a version decides."""
        if policy_version == self.challenger_version:
            return self.challenger_share
        return 1.0 - self.challenger_share if policy_version == self.policy_version else 0.0
