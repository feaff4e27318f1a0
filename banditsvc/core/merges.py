"""Merges of an organization: which customer each id stands for, as of any moment of the log."""

from __future__ import annotations

from collections.abc import Iterable

from banditsvc.core.customer_merge import CustomerMerge


class Merges:
    """The merges of one organization in the order in which they were recorded. Further ones may only be added.

    Ids form trees: each merged id hangs below the one that it was merged into, and the root of a tree is the customer
    that all of its ids stand for. A merge of an id that is merged already, or one that would close a circle, changes
    nothing.
    """

    __slots__ = ("_merged_into", "_parts")

    def __init__(self, recorded: Iterable[tuple[int, CustomerMerge]] = ()) -> None:
        """Takes (record_time_us, merge) pairs in log order."""
        self._merged_into: dict[str, tuple[int, str]] = {}
        self._parts: dict[str, list[str]] = {}
        for record_time_us, merge in recorded:
            self.add(record_time_us, merge)

    def __bool__(self) -> bool:
        """Returns whether there is any merge."""
        return bool(self._merged_into)

    def add(self, record_time_us: int, merge: CustomerMerge) -> None:
        """Takes in a further merge, recorded after all that are known."""
        merged, surviving = merge.merged_customer_id, merge.surviving_customer_id
        if merged in self._merged_into or self.survivor(surviving) == merged:
            return
        self._merged_into[merged] = (record_time_us, surviving)
        self._parts.setdefault(surviving, []).append(merged)

    def survivor(self, customer_id: str, as_of_us: int | None = None) -> str:
        """Returns the customer that an id stands for: itself where it was not merged.

        Args:
            customer_id: Any id, known or not.
            as_of_us: Log time: merges recorded later do not count. None: all count.
        """
        merged = self._merged_into.get(customer_id)
        while merged is not None and (as_of_us is None or merged[0] <= as_of_us):
            customer_id = merged[1]
            merged = self._merged_into.get(customer_id)
        return customer_id

    def survivors(self) -> dict[str, str]:
        """Returns the customer that each id stands for, of all ids that were merged into another."""
        return {customer_id: self.survivor(customer_id) for customer_id in self._merged_into}

    def family(self, customer_id: str, as_of_us: int | None = None) -> tuple[str, ...]:
        """Returns all ids that stand for the same customer as this one: the survivor, then the others.

        Takes the same arguments as survivor. The order is the same for each id of a family.
        """
        if customer_id not in self._merged_into and customer_id not in self._parts:
            return (customer_id,)
        found = [self.survivor(customer_id, as_of_us)]
        for known in found:  # grows while it is read: the parts of each part too
            parts = self._parts.get(known, ())
            found.extend(part for part in parts if as_of_us is None or self._merged_into[part][0] <= as_of_us)
        return tuple(found)
