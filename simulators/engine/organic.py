"""Organic purchases: how often customers buy by themselves, and what contacts change about that."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulators.engine.population import Population
from simulators.worlds.population_spec import PopulationSpec


def organic_rate(spec: PopulationSpec, customers: Population, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Returns the organic purchases a day that each customer would make without any contact: 0 for the silent."""
    factors = np.array([one.organic_factor for one in spec.segments.values()]) * spec.organic.rate_factor
    rate = factors[customers.segment[rows]] / customers.gap_days[rows]
    rate[customers.is_silent[rows]] = 0.0
    return rate


def organic_change(
    spec: PopulationSpec, customers: Population, rows: NDArray[np.intp], day: int, factors: Sequence[float]
) -> NDArray[np.float64]:
    """Returns how many organic purchases more a contact today makes in its effect_days, shape (rows, factors).

    Beside sending nothing, which leaves the effect of an earlier contact as it is: a contact puts its own in the place
    of that. Who falls silent after a purchase makes no further one.

    Args:
        spec: The population.
        customers: All customers, as of the start of the day.
        rows: The customers asked about.
        day: The day.
        factors: organic_factor of each contact.
    """
    days = math.ceil(spec.effect_days)
    rate, silent = organic_rate(spec, customers, rows), spec.organic.silent_share
    left = np.clip(np.ceil(customers.effect_end[rows] - day), 0.0, days)
    under_way = -np.expm1(-rate * customers.effect_factor[rows])
    alone = -np.expm1(-rate)
    without = _count(under_way, left, silent) + (1.0 - silent * under_way) ** left * _count(alone, days - left, silent)
    change = np.zeros((len(rows), len(factors)))
    for factor in set(factors):
        wanted = [column for column, one in enumerate(factors) if one == factor]
        change[:, wanted] = (_count(-np.expm1(-rate * factor), days, silent) - without)[:, None]
    return change


def _count(chance: NDArray[np.float64], days: NDArray[np.float64] | int, silent: float) -> NDArray[np.float64]:
    """Returns the mean number of purchases in some days with this chance on each, until one silences the customer."""
    if silent == 0.0:
        return np.asarray(chance * days)
    return np.asarray((1.0 - (1.0 - silent * chance) ** days) / silent)
