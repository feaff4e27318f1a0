"""Who was enrolled: one row per customer of a scope, with what is known of it at entry."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from banditsvc.core.assignment import AssignedGroup
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import Shares
from banditsvc.core.contact import Contact
from banditsvc.core.context import CustomerContext
from banditsvc.core.merges import Merges
from banditsvc.lift_tables.entry_slices import SLICES, entry_slices
from banditsvc.lift_tables.families import only_alone
from banditsvc.lift_tables.scope import LiftScope

_CHANGED, _CONTACTED, _OUTSIDE = 1, 2, 4
"""Bits: the group changed later on; something was sent; another division decided before this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """The customers of a scope, for one assignment_version."""

    frame: pd.DataFrame
    """One row per customer, in the order of entry: customer_id, group, entry_us, contact_us, campaign and family of the
    first would-be contact (empty without one), SLICES, and contaminated: held out and contacted all the same."""
    version: int
    """0 where nobody is enrolled."""
    shares: Shares
    changed_group: int
    """Customers of the frame who were in another group later on, as their assignment_key changed; the first one stands."""
    contaminated: int
    """Customers of the frame who were held out and contacted all the same; they stay: lift is by intention to treat."""
    outside: int
    """Customers left out because a division that comes before this one put them into a group other than OPTIMIZED."""
    mixed_families: int
    """Customers left out because several enrolled ids turned out to be theirs, in different groups."""
    merged_families: int
    """The same with all ids in one group."""
    not_activated: int
    """Customers left out because no decision of theirs was activated, where only activated ones count."""


class EnrolledBook:
    """Takes in enrollments and decisions of a scope, in any order.

    Where no version is asked for, the newest that turns up is what it is about; what older ones left is dropped.
    """

    def __init__(self, scope: LiftScope) -> None:
        self._scope = scope
        self._start(scope.version or 0, (1.0, 0.0, 0.0, 0.0))

    def _start(self, version: int, shares: Shares) -> None:
        self._version, self._shares = version, shares
        self._places: dict[str, int] = {}
        self._waiting: set[str] = set()
        self._waiting_sent: set[str] = set()
        self._entry_us, self._contact_us = array("q"), array("q")
        self._group, self._marks = array("b"), array("b")
        self._slices = [_Labels() for _ in SLICES]
        self._campaign, self._family = _Labels(), _Labels()

    def draw_of(self, draws: Sequence[AssignedGroup]) -> int:
        """Returns the place of the draw that counts among those of a record, -1 where the record is not about it."""
        place = self._scope.place_among(draws)
        if place < 0:
            return place
        draw = draws[place]
        if draw.assignment_version != self._version:
            if self._scope.version is not None or draw.assignment_version < self._version:
                return -1
            self._start(draw.assignment_version, draw.shares)
        self._shares = draw.shares
        return place

    def enroll(
        self, customer_id: str, draws: Sequence[AssignedGroup], place: int, context: CustomerContext, time_us: int
    ) -> int:
        """Enters a customer, or changes the entry to this one where it is earlier.

        Args:
            customer_id: The customer.
            draws: Those of the record.
            place: What draw_of returned for them.
            context: As of the record.
            time_us: When the customer would have entered.

        Returns:
            The row of the customer.
        """
        row = self._places.get(customer_id)
        group = draws[place].group
        if row is None:
            row = self._places[customer_id] = len(self._entry_us)
            self._entry_us.append(time_us)
            self._contact_us.append(0)
            self._group.append(group)
            self._marks.append(_outside(draws, place))
            self._campaign.append("")
            self._family.append("")
            for labels, value in zip(self._slices, entry_slices(context), strict=True):
                labels.append(value)
            return row
        if group != self._group[row]:
            self._marks[row] |= _CHANGED
        if time_us < self._entry_us[row]:
            self._entry_us[row], self._group[row] = time_us, group
            self._marks[row] = self._marks[row] & ~_OUTSIDE | _outside(draws, place)
            for labels, value in zip(self._slices, entry_slices(context), strict=True):
                labels.change(row, value)
        return row

    def wait(self, customer_id: str, *, was_sent: bool) -> None:
        """Notes a decision by which nobody enters as it was not activated, and whether something went out in its place."""
        self._waiting.add(customer_id)
        if was_sent:
            self._waiting_sent.add(customer_id)

    def note_would_be_contact(self, row: int, contact: Contact, time_us: int) -> None:
        """Notes that a customer was, or would have been, contacted at a time; the earliest stands."""
        if not self._contact_us[row] or time_us < self._contact_us[row]:
            self._contact_us[row] = time_us
            self._campaign.change(row, contact.campaign.campaign_id)
            # As everywhere, a campaign without a family is one of its own.
            self._family.change(row, contact.campaign.family or contact.campaign.campaign_id)

    def note_sent(self, row: int) -> None:
        """Notes that something may have gone out to a customer that no held-out one should get."""
        self._marks[row] |= _CONTACTED

    def enrolled(self, merges: Merges) -> Enrolled:
        """Returns what was taken in, ids that turned out to be one customer taken together."""
        for customer_id in self._waiting_sent & self._places.keys():
            self.note_sent(self._places[customer_id])
        marks = np.asarray(self._marks, dtype=np.int8)
        group = np.asarray(self._group, dtype=np.int8)
        entry, contact = (np.asarray(one, dtype=np.int64) for one in (self._entry_us, self._contact_us))
        frame = pd.DataFrame(
            {
                "customer_id": pd.array(list(self._places), dtype=object),
                "group": pd.Categorical.from_codes(group - 1, pd.Index([one.name for one in AssignmentGroup])),
                "entry_us": entry,
                # A send_time may lie before the record; nobody is contacted before entry.
                "contact_us": np.where(contact > 0, np.maximum(contact, entry), 0),
                "campaign": self._campaign.column(),
                "family": self._family.column(),
                **{name: labels.column() for name, labels in zip(SLICES, self._slices, strict=True)},
                "marks": marks,
            }
        ).sort_values("entry_us", kind="stable", ignore_index=True)
        frame["is_outside"] = (frame["marks"] & _OUTSIDE) > 0
        frame, mixed, alike = only_alone(frame, merges)
        inside = frame[~frame["is_outside"]].reset_index(drop=True)
        is_holdout = inside["group"] == AssignmentGroup.HOLDOUT.name
        inside["contaminated"] = is_holdout & ((inside["marks"] & _CONTACTED) > 0)
        return Enrolled(
            frame=inside.drop(columns=["marks", "is_outside"]),
            version=self._version if self._places else 0,
            shares=self._shares,
            changed_group=int(((inside["marks"] & _CHANGED) > 0).sum()),
            contaminated=int(inside["contaminated"].sum()),
            outside=len(frame) - len(inside),
            mixed_families=mixed,
            merged_families=alike,
            not_activated=len(self._waiting - self._places.keys()),
        )


class _Labels:
    """A column of texts of which there are few different ones."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._column = array("i")

    def append(self, value: str) -> None:
        self._column.append(self._codes.setdefault(value, len(self._codes)))

    def change(self, row: int, value: str) -> None:
        self._column[row] = self._codes.setdefault(value, len(self._codes))

    def column(self) -> pd.Categorical[str]:
        return pd.Categorical.from_codes(np.asarray(self._column, dtype=np.int32), pd.Index(list(self._codes)))


def _outside(draws: Sequence[AssignedGroup], place: int) -> int:
    before = draws[:place]
    return _OUTSIDE if any(draw.group is not AssignmentGroup.OPTIMIZED for draw in before) else 0
