"""Groups of a played trial: which share of its customers is not decided for by the policy."""

from __future__ import annotations

import math
from dataclasses import dataclass

from banditsvc.v1.assignment_pb2 import AssignmentSpec
from simulators.column_map import ColumnMap
from simulators.trial import TrialError


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialGroups:
    """Shares of the control groups, from 0 to 1; the target group has the rest."""

    holdout: float = 0.0
    uniform_random: float = 0.0
    business_as_usual: float = 0.0

    @property
    def shares(self) -> dict[str, float]:
        """Returns the share of each control group by its name."""
        return {
            "holdout": self.holdout,
            "uniform_random": self.uniform_random,
            "business_as_usual": self.business_as_usual,
        }

    @property
    def divides(self) -> bool:
        """Returns whether there is any control group."""
        return any(self.shares.values())

    def check(self, columns: ColumnMap) -> None:
        """Checks that a trial can be played with these groups.

        Raises:
            TrialError: A share is none, they leave nobody to the policy, or the trial cannot tell what comes of sending
                nothing.
        """
        for name, share in self.shares.items():
            if not 0.0 <= share < 1.0:
                raise TrialError(f"the share {name} is {share:g}: it must be at least 0 and below 1")
        total = math.fsum(self.shares.values())
        if total >= 1.0:
            names = " + ".join(name for name, share in self.shares.items() if share)
            raise TrialError(f"{names} is {total:g}: below 1, so that the policy has the rest")
        if self.holdout and not columns.allows_no_contact:
            raise TrialError(
                "nobody can be held out of this trial: it has no arm whose campaign_id is NO_CONTACT, so what held-out "
                "customers would have done is not known; leave holdout at 0"
            )

    def assignments(self) -> list[AssignmentSpec]:
        """Returns the portfolio's division into groups, none where there is no control group."""
        spec = AssignmentSpec(
            holdout=self.holdout, uniform_random=self.uniform_random, business_as_usual=self.business_as_usual
        )
        return [spec] if self.divides else []
