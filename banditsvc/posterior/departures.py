"""Departures: to which node a decision is counted, once its campaign's own node is no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from banditsvc.posterior.statistics import Retired

Departure = tuple[int, int, tuple[int, ...]]
"""Feature of a node, that of its parent, and how many decisions had been put in by then at each checkpoint."""


class Departures:
    """Nodes that were counted to their parents, as long as a decision that was put in before may be taken out.

    A campaign that comes back gets a new node; what was put in before stays with what it was counted to.
    """

    def __init__(self, stored: Iterable[Departure] = ()) -> None:
        self._of_feature = _by_feature(stored)

    def note(self, retired: Retired, entered: Sequence[int]) -> None:
        """Notes that a node goes, after so many decisions were put in."""
        departure = (retired.feature, retired.parent_feature, tuple(entered))
        self._of_feature.setdefault(retired.feature, []).append(departure)

    def forget(self, left: Sequence[int]) -> None:
        """Forgets what no decision asks for any more, when so many have been taken out."""
        kept = [one for one in self.stored() if any(then > now for then, now in zip(one[2], left, strict=True))]
        self._of_feature = _by_feature(kept)

    def holder(self, feature: int, age: int, ordinal: int) -> int:
        """Returns the feature of the node that has the decision put in as number so-and-so at a checkpoint, 0 the root."""
        for _, parent, entered in self._of_feature.get(feature, ()):
            if ordinal <= entered[age]:
                # Its parent was there as long as it was: a departure that matches is a later one.
                return self.holder(parent, age, ordinal)
        return feature

    def stored(self) -> list[Departure]:
        """Returns what a new one starts from."""
        return [one for departures in self._of_feature.values() for one in departures]


def _by_feature(departures: Iterable[Departure]) -> dict[int, list[Departure]]:
    """Returns departures by feature, in order of time."""
    found: dict[int, list[Departure]] = {}
    for one in departures:
        found.setdefault(one[0], []).append(one)
    return found
