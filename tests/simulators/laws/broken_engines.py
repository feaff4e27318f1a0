"""Engines that are wrong in one thing each, with the law that must find it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulators.engine.purchases import NEVER, Purchases
from simulators.engine.visit import Visit
from simulators.engine.world import Sent, World
from simulators.worlds.world_spec import WorldSpec


class _Forgetful(World):
    """Lets those who have opted out come back."""

    def end_day(self) -> Purchases:
        self.customers.has_opted_out[:] = False
        return super().end_day()


class _Insistent(World):
    """Contacts everybody whom a cap protects: forgets the contacts of the day."""

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        sent = super().send(visit, chosen)
        self.customers.contact_days[:] = 0
        return sent


class _Lucky(World):
    """A hundred responses more than the chances say."""

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        sent = super().send(visit, chosen)
        sent.has_responded[np.flatnonzero(sent.is_contact)[:20]] = True
        return sent


class _Silent(World):
    """Nobody responds."""

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        sent = super().send(visit, chosen)
        sent.has_responded[:] = False
        self.customers.pending_time[:] = np.inf
        return sent


class _Hasty(World):
    """The file of a day tells what is still to happen."""

    def end_day(self) -> Purchases:
        bought = super().end_day()
        return replace(bought, arrival=np.where(bought.arrival == NEVER, NEVER, bought.arrival - 1))


class _Lossy(World):
    """Forgets to deliver every third purchase."""

    def end_day(self) -> Purchases:
        bought = super().end_day()
        lost = bought.rows % 3 == 0
        return replace(
            bought,
            arrival=np.where(lost, NEVER, bought.arrival),
            is_duplicated=bought.is_duplicated & ~lost,
            revision_arrival=np.where(lost, NEVER, bought.revision_arrival),
            refund_arrival=np.where(lost, NEVER, bought.refund_arrival),
        )


class _Twice(World):
    """Every caused purchase is made twice."""

    def end_day(self) -> Purchases:
        bought = super().end_day()
        places = np.repeat(np.arange(len(bought)), np.where(bought.is_organic, 1, 2))
        return Purchases(**{name: getattr(bought, name)[places] for name in Purchases.__slots__})


class _Patient(World):
    """Nobody ever opts out."""

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        sent = super().send(visit, chosen)
        sent.has_opted_out[:] = False
        self.customers.has_opted_out[:] = False
        return sent


class _Careless(World):
    """Loses the purchases of every third customer that are under way."""

    def end_day(self) -> Purchases:
        self.customers.pending_time[self.day % 3 :: 3] = np.inf
        return super().end_day()


class _Moody(World):
    """Draws by a generator's state instead of keys."""

    rng = np.random.default_rng(7)

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        before = self.customers.keys
        self.customers.keys = before ^ self.rng.integers(0, 1 << 60, dtype=np.uint64)
        sent = super().send(visit, chosen)
        self.customers.keys = before
        return sent


class _Counting(World):
    """Draws depend on how many were sent to, and so on the policy."""

    def send(self, visit: Visit, chosen: NDArray[np.intp]) -> Sent:
        before = self.customers.keys
        self.customers.keys = before + np.uint64(chosen.sum())
        sent = super().send(visit, chosen)
        self.customers.keys = before
        return sent


class _Neighborly(World):
    """A seed's course depends on which seeds run beside it."""

    def __init__(self, spec: WorldSpec, seeds: Sequence[int]) -> None:
        super().__init__(spec, seeds)
        self.customers.gap_days *= len(seeds)


class _Stubborn(World):
    """Every seed is the first."""

    def __init__(self, spec: WorldSpec, seeds: Sequence[int]) -> None:
        super().__init__(spec, [1] * len(seeds))


class _Optimistic(World):
    """Promises something of sending nothing, and more than a response is worth."""

    def begin_day(self) -> Visit:
        visit = super().begin_day()
        visit.__dict__["expected"] = visit.expected + 0.01
        return visit


class _Sleepy(World):
    """Forgets the time of a customer's last purchase in the triggers."""

    def begin_day(self) -> Visit:
        last = self.customers.last_purchase
        self.customers.last_purchase = last - 5.0
        visit = super().begin_day()
        _ = visit.eligible
        self.customers.last_purchase = last
        return visit


class _Absent(World):
    """Leaves some customers out on a day of theirs."""

    def begin_day(self) -> Visit:
        visit = super().begin_day()
        return Visit(self, visit.rows[visit.rows % 7 != self.day % 7])


class _Amnesiac(World):
    """Tells policies of a day more since the last purchase."""

    def begin_day(self) -> Visit:
        visit = super().begin_day()
        recency = visit.contexts.columns.recency_days
        assert recency is not None
        told = replace(visit.contexts.columns, recency_days=recency + 1.0)
        visit.__dict__["contexts"] = replace(visit.contexts, columns=told)
        return visit


class _Tireless(World):
    """Forgets how tired customers are."""

    def end_day(self) -> Purchases:
        self.customers.fatigue[:] = 0.0
        return super().end_day()


class _Keen(World):
    """Half as many responses more than the world file says, and states that chance."""

    def begin_day(self) -> Visit:
        visit = super().begin_day()
        visit.__dict__["probabilities"] = 1.5 * visit.probabilities
        return visit


BROKEN: list[tuple[str, type[World], str]] = [
    ("fatigue", _Forgetful, "who has opted out"),
    ("fatigue", _Insistent, r"contacts in the \d+ days up to day"),
    ("drift-step", _Lucky, "more responses came than the stated chances say"),
    ("drift-step", _Silent, "more responses came than the stated chances say"),
    ("faulty-pipeline", _Hasty, "A purchase of day .* is told on day"),
    ("faulty-pipeline", _Lossy, "purchases are lost, where their share is 0.03"),
    ("drift-step", _Twice, "causes a purchase without a response, or a second one"),
    ("fatigue", _Patient, "more customers opt out than the world file says"),
    ("drift-step", _Careless, "and the purchase never comes"),
    ("drift-step", _Moody, "is not the same for seed 1 played again"),
    ("drift-step", _Counting, "by the policy, with the same campaign and in the same state"),
    ("drift-step", _Neighborly, "beside others and alone"),
    ("drift-step", _Stubborn, "The same customers buy on the same days"),
    ("fatigue", _Optimistic, "the expected reward of NO_CONTACT is not 0"),
    ("drift-step", _Optimistic, "the expected reward of .* is not its chance times its worth"),
    ("lifecycle", _Sleepy, "against its trigger"),
    ("drift-step", _Amnesiac, "is told with recency_days"),
    ("fatigue", _Tireless, "has the chance .* by the world file"),
    ("drift-step", _Keen, "has the chance .* by the world file"),
    ("drift-step", _Absent, "is due on day .*, and is not decided for"),
]
"""A preset, the engine, and what is said of it."""
