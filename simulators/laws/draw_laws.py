"""Laws of draws: a world's course depends on its seed and on what was sent, and on nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from simulators.engine.purchases import Purchases
from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Play, PlayedDay


def check_same_course(first: Play, second: Play) -> None:
    """Checks that two plays with the same seeds and choices are equal, bit for bit.

    Raises:
        LawBroken: They are not.
    """
    seeds = ", ".join(map(str, first.world.seeds))
    _check_equal(first, second, 0, first.spec.customers * len(first.world.seeds), f"seed {seeds} played again")


def check_other_course(first: Play, second: Play) -> None:
    """Checks that two plays with different seeds differ.

    Raises:
        LawBroken: They are equal.
    """
    pairs = zip(first.days, second.days, strict=True)
    if all(a.purchases.rows.tobytes() == b.purchases.rows.tobytes() for a, b in pairs):
        if not any(len(one.purchases) for one in first.days):
            return
        raise LawBroken(
            f"The same customers buy on the same days with seed {first.world.seeds[0]} and seed {second.world.seeds[0]}."
        )


def check_side_by_side(together: Play, alone: Play, place: int) -> None:
    """Checks that the seed at a place among several goes its course as it does alone, bit for bit.

    Raises:
        LawBroken: It does not.
    """
    count = together.spec.customers
    seed = together.world.seeds[place]
    _check_equal(together, alone, place * count, count, f"seed {seed} beside others and alone")


def check_common_draws(first: Play, second: Play) -> None:
    """Checks that the same campaign, sent to the same customer in the same state on the same day, does the same.

    Raises:
        LawBroken: Under another policy it does something else.
    """
    for a, b in zip(first.days, second.days, strict=True):
        _, of_a, of_b = np.intersect1d(a.rows, b.rows, assume_unique=True, return_indices=True)
        alike = (a.columns[of_a] == b.columns[of_b]) & (a.columns[of_a] >= 0)
        for name, column in a.state.items():
            same = _equal_values(column[of_a], b.state[name][of_b])
            alike &= same.reshape(len(same), -1).all(axis=1)
        of_a, of_b = of_a[alike], of_b[alike]
        for what, ours, theirs in (
            ("responds", a.sent.has_responded, b.sent.has_responded),
            ("opts out", a.sent.has_opted_out, b.sent.has_opted_out),
        ):
            differ = np.flatnonzero(ours[of_a] != theirs[of_b])
            if differ.size:
                row = a.rows[of_a[differ[0]]]
                raise LawBroken(
                    f"On day {a.day} customer {row} {what} or not by the policy, with the same campaign and in the same state."
                )


def _check_equal(first: Play, second: Play, start: int, count: int, what: str) -> None:
    """Compares the customers from start on, count of them, of the first play with all of the second."""
    for a, b in zip(first.days, second.days, strict=True):
        for (name, ours), (_, theirs) in zip(_columns(a, start, count), _columns(b, 0, count), strict=True):
            if ours.dtype != theirs.dtype or ours.tobytes() != theirs.tobytes():
                raise LawBroken(f"On day {a.day} {name} is not the same for {what}.")


def _columns(day: PlayedDay, start: int, count: int) -> Iterator[tuple[str, NDArray[np.generic]]]:
    which = (day.rows >= start) & (day.rows < start + count)
    yield "who is decided for", day.rows[which] - start
    for name, column in day.state.items():
        # Keys are of the seed and the customer; all else follows from them.
        yield name, column[which]
    for name in ("qualified", "probabilities", "expected", "columns"):
        yield name, getattr(day, name)[which]
    for name in ("is_contact", "has_responded", "has_opted_out"):
        yield name, getattr(day.sent, name)[which]
    bought = (day.purchases.rows >= start) & (day.purchases.rows < start + count)
    for one in fields(Purchases):
        column = getattr(day.purchases, one.name)[bought]
        yield f"purchases.{one.name}", column - start if one.name == "rows" else column


def _equal_values(first: NDArray[np.generic], second: NDArray[np.generic]) -> NDArray[np.bool_]:
    return np.asarray(first == second)
