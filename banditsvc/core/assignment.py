"""Assignment: the group of a customer, by a salted hash of its assignment key."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import AssignmentSpec, Shares
from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.core.sampling import Keys, key_draws, uniform_draw

ASSIGN = "assign"
"""Purpose of the draw."""
_GROUPS = tuple(AssignmentGroup)


class AssignmentOwner(IntEnum):
    """Whose specification it is."""

    ORGANIZATION = 1
    PORTFOLIO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedGroup:
    """What one specification says of a customer. Logged with each decision."""

    owner: AssignmentOwner
    channel: str
    """Of the specification; empty where it holds for all."""
    assignment_version: int
    group: AssignmentGroup
    shares: Shares
    horizon_us: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """The group of a customer for one request."""

    group: AssignmentGroup = AssignmentGroup.OPTIMIZED
    """The first group of draws that is not OPTIMIZED, if any is."""
    share: float = 1.0
    """Probability of this group, over all draws."""
    draws: tuple[AssignedGroup, ...] = ()
    """What each specification says: the organization's before the portfolio's, whatever the channel before the channel's."""


UNASSIGNED = Assigned()
"""Where nobody divides customers into groups."""


def mixture_shares(draws: Sequence[AssignedGroup]) -> Shares:
    """Returns the probability of each group over independent draws, of which the first that is not OPTIMIZED counts."""
    found = [0.0, 0.0, 0.0, 0.0]
    left = 1.0
    for draw in draws:
        for place in range(1, len(found)):
            found[place] += left * draw.shares[place]
        left *= draw.shares[0]
    return (left, found[1], found[2], found[3])


class _Divider(NamedTuple):
    """One specification, ready to draw."""

    salt: str
    bounds: tuple[float, ...]
    """Ends of the stretches of [0, 1) that are HOLDOUT, BUSINESS_AS_USUAL and UNIFORM_RANDOM; the rest is OPTIMIZED."""
    answers: tuple[AssignedGroup, ...]
    """One for each stretch and the rest."""

    def place(self, key: str) -> int:
        """Returns the place in answers of what is drawn for a key."""
        return bisect_right(self.bounds, uniform_draw(self.salt, ASSIGN, key, 0))


class Assignments:
    """All specifications that hold for the requests of a portfolio."""

    __slots__ = ("_assigned", "_by_channel", "_whole")

    def __init__(self, organization: Sequence[AssignmentSpec], portfolio: Sequence[AssignmentSpec]) -> None:
        owned = [(AssignmentOwner.ORGANIZATION, spec) for spec in organization if spec.divides]
        owned += [(AssignmentOwner.PORTFOLIO, spec) for spec in portfolio if spec.divides]
        # A stable sort: what holds for all channels comes before the channel's, each owner's in turn.
        owned.sort(key=lambda one: (one[0], bool(one[1].channel)))
        channels = {spec.channel for _, spec in owned if spec.channel}
        self._whole = tuple(_divider(owner, spec) for owner, spec in owned if not spec.channel)
        self._by_channel = {
            channel: tuple(_divider(owner, spec) for owner, spec in owned if spec.channel in ("", channel))
            for channel in channels
        }
        self._assigned: dict[tuple[str, tuple[int, ...]], Assigned] = {}

    def assign(self, assignment_key: str, channel: str) -> Assigned:
        """Returns the group of a customer, the same for the same key as long as the specifications stand.

        Raises:
            InvalidRequest: Groups are assigned by channel, and no channel is named.
        """
        dividers = self._dividers(channel)
        if not dividers:
            return UNASSIGNED
        return self._of_places(dividers, channel, tuple([divider.place(assignment_key) for divider in dividers]))

    def assign_all(self, assignment_keys: Keys, channel: str) -> tuple[list[Assigned], NDArray[np.intp]]:
        """Returns the distinct groups of some customers, and the place of each customer's among them.

        Raises:
            InvalidRequest: As assign.
        """
        dividers = self._dividers(channel)
        whole = np.zeros(len(assignment_keys), dtype=np.intp)
        for divider in dividers:
            draws = key_draws(divider.salt, ASSIGN, assignment_keys, 0)
            whole = whole * len(divider.answers) + np.searchsorted(divider.bounds, draws, side="right")
        shape = [len(divider.answers) for divider in dividers]
        used = np.flatnonzero(np.bincount(whole))
        places_of = np.zeros(math.prod(shape), dtype=np.intp)
        places_of[used] = np.arange(len(used))
        all_places = [tuple([int(place) for place in np.unravel_index(one, shape)]) if shape else () for one in used]
        found = [self._of_places(dividers, channel, places) if places else UNASSIGNED for places in all_places]
        return found, places_of[whole]

    def _dividers(self, channel: str) -> tuple[_Divider, ...]:
        if self._by_channel and not channel:
            raise InvalidRequest(
                [FieldViolation("channel", "is required: customers are assigned to groups by channel")]
            )
        return self._by_channel.get(channel, self._whole)

    def _of_places(self, dividers: Sequence[_Divider], channel: str, places: tuple[int, ...]) -> Assigned:
        key = (channel if channel in self._by_channel else "", places)
        assigned = self._assigned.get(key)
        if assigned is None:
            # A specification has four answers, so there are few of these.
            draws = [divider.answers[place] for divider, place in zip(dividers, places, strict=True)]
            assigned = self._assigned[key] = _assigned(tuple(draws))
        return assigned


def _divider(owner: AssignmentOwner, spec: AssignmentSpec) -> _Divider:
    answers = tuple(
        AssignedGroup(
            owner=owner,
            channel=spec.channel,
            assignment_version=spec.assignment_version,
            group=group,
            shares=spec.shares,
            horizon_us=spec.horizon_us,
        )
        for group in reversed(_GROUPS)
    )
    return _Divider(spec.salt, tuple(accumulate(reversed(spec.shares[1:]))), answers)


def _assigned(draws: tuple[AssignedGroup, ...]) -> Assigned:
    group = next(
        (draw.group for draw in draws if draw.group is not AssignmentGroup.OPTIMIZED), AssignmentGroup.OPTIMIZED
    )
    return Assigned(group, mixture_shares(draws)[group - 1], draws)
