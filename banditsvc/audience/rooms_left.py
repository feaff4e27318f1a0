"""Rooms left: how capacity closes as the contacts of an audience are made in its order."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.core.room import Room


class RoomsLeft:
    """What is left of the rooms; a CapacityLeft."""

    __slots__ = ("_left", "_rooms", "is_empty")

    def __init__(self, rooms: Sequence[Room]) -> None:
        self._rooms = rooms
        self._left = [room.left for room in rooms]
        self.is_empty = not rooms

    def exhausted(self, labels: CampaignLabels, send_time_us: int) -> str | None:  # noqa: ARG002  the protocol gives it
        """Returns the name of the first room without space for one more contact of a campaign; None if all have."""
        campaign_id = labels.campaign_id
        for room, left in zip(self._rooms, self._left, strict=True):
            if campaign_id in room.units and left < room.units[campaign_id]:
                return room.name
        return None

    def rejection(self, campaign_id: str, name: str) -> Rejection:
        """Returns what is said of a campaign for which a room is closed."""
        reason = next(room.reason for room in self._rooms if room.name == name)
        return Rejection(campaign_id, FunnelStage.CAPACITY, name, reason)

    def version(self, send_time_us: int) -> Hashable:  # noqa: ARG002  the protocol gives it
        """Returns what stays the same as long as exhausted answers the same."""
        return tuple(
            [
                tuple([left < units for units in sorted(set(room.units.values()))])
                for room, left in zip(self._rooms, self._left, strict=True)
            ]
        )

    def take(self, campaign_ids: Sequence[str], places: NDArray[np.intp]) -> int:
        """Takes the contacts of some rows, up to and with the first that closes something to those after it.

        Args:
            campaign_ids: Some campaigns.
            places: Place among them of the campaign of each row's contact, -1 for none.

        Returns:
            How many rows stand; the others are to be decided anew.
        """
        made = np.flatnonzero(places >= 0)
        units = np.array([[room.units.get(one, 0) for one in campaign_ids] for room in self._rooms], dtype=np.int64)
        sums = np.cumsum(units[:, places[made]], axis=1)
        stands = len(places)
        for room, left, taken in zip(self._rooms, self._left, sums, strict=True):
            for least in set(room.units.values()):
                # What is taken never falls, so the first row after which too little is left is found by bisection.
                first = int(np.searchsorted(taken, left - least, side="right")) if left >= least else len(made)
                if first < len(made):
                    stands = min(stands, int(made[first]) + 1)
        count = int(np.searchsorted(made, stands))
        if count:
            self._left = [left - int(taken[count - 1]) for left, taken in zip(self._left, sums, strict=True)]
        return stands
