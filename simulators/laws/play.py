"""A play: a world driven for some days by a fixed choice, with everything that the laws of worlds ask about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.context_columns import ContextColumns
from simulators.engine.campaign_calendar import LiveCampaigns
from simulators.engine.population import Population
from simulators.engine.purchases import Purchases
from simulators.engine.visit import Visit
from simulators.engine.world import Sent, World
from simulators.runs.contact_limits import ContactLimits
from simulators.runs.draws import KeyedDraws
from simulators.worlds.world_spec import WorldSpec

CHECKED_ONE_BY_ONE = 12
"""Customers of a day whom laws look at one by one where all would take long."""

MakeWorld = Callable[[WorldSpec, Sequence[int]], World]
"""Makes a world; the engine's own is World."""

Choice = Callable[[Visit, NDArray[np.intp], NDArray[np.bool_]], NDArray[np.float64]]
"""Returns the probabilities for some rows of a visit, given their eligible sets."""

Columns = Mapping[str, NDArray[np.generic]]
"""Columns of customers' state, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class PlayedDay:
    """One day of a play."""

    day: int
    live: LiveCampaigns
    rows: NDArray[np.intp]
    """Customers who were decided for, among all of all seeds."""
    state: Columns
    """Their state before anything was sent."""
    contexts: ContextColumns
    qualified: NDArray[np.bool_]
    """What the triggers said, shape (rows, campaigns)."""
    probabilities: NDArray[np.float64]
    expected: NDArray[np.float64]
    columns: NDArray[np.intp]
    """What was chosen; -1 for nothing at all."""
    sent: Sent
    purchases: Purchases
    category_count: NDArray[np.int32]
    """Of all customers in the morning; likewise last_cart."""
    last_cart: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Play:
    """A world with what happened in it."""

    world: World
    start: Columns
    """State of all customers before the first day."""
    days: tuple[PlayedDay, ...]

    @property
    def spec(self) -> WorldSpec:
        """Returns the world as it is declared."""
        return self.world.spec


def play(make: MakeWorld, spec: WorldSpec, seeds: Sequence[int], choice: Choice) -> Play:
    """Returns all days of a world in which a choice decides within caps and volume limits."""
    world = make(spec, seeds)
    limits, draws = ContactLimits(spec, len(seeds)), KeyedDraws()
    everybody = np.arange(len(world.customers))
    start = state_of(world.customers, everybody)
    days = []
    for day in range(spec.days):
        visit = world.begin_day()
        limits.begin_day(day)
        state = state_of(world.customers, visit.rows)
        category_count, last_cart = world.customers.category_count.copy(), world.customers.last_cart.copy()
        qualified, probabilities, expected = (
            visit.eligible.mask.copy(),
            visit.probabilities.copy(),
            visit.expected.copy(),
        )

        def pmf_of(rows: NDArray[np.intp], mask: NDArray[np.bool_], visit: Visit = visit) -> NDArray[np.float64]:
            return choice(visit, rows, mask)

        chosen = limits.choose(visit, qualified, world.customers, draws.of(visit, seeds), pmf_of)
        sent = world.send(visit, chosen.column)
        live, rows, columns = visit.live, visit.rows.copy(), chosen.column
        purchases = world.end_day()
        days.append(
            PlayedDay(
                day,
                live,
                rows,
                state,
                visit.contexts.columns,
                qualified,
                probabilities,
                expected,
                columns,
                sent,
                purchases,
                category_count,
                last_cart,
            )
        )
    return Play(world, start, tuple(days))


def spread_rows(day: PlayedDay) -> range:
    """Returns the places of at most CHECKED_ONE_BY_ONE customers of a day, others on other days."""
    step = max(1, -(-len(day.rows) // CHECKED_ONE_BY_ONE))
    return range(day.day % step, len(day.rows), step)


def state_of(customers: Population, rows: NDArray[np.intp]) -> Columns:
    """Returns copies of all columns of some customers' state."""
    found = {name: column.codes[rows] for name, column in customers.features.items()}
    for name, column in vars(customers).items():
        if isinstance(column, np.ndarray):
            found[name] = column[rows]
    return found


def equal_draw(visit: Visit, rows: NDArray[np.intp], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Returns equal probabilities for all that is eligible."""
    del visit, rows
    pmf: NDArray[np.float64] = mask / mask.sum(axis=1, keepdims=True)
    return pmf


def half_otherwise(visit: Visit, rows: NDArray[np.intp], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Returns equal probabilities for every other customer, and for the others all for what is eligible last."""
    pmf = equal_draw(visit, rows, mask)
    others = np.flatnonzero((visit.rows[rows] + visit.day) % 2 == 1)
    pmf[others] = 0.0
    pmf[others, mask.shape[1] - 1 - mask[others, ::-1].argmax(axis=1)] = 1.0
    return pmf
