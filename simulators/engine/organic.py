"""Organic purchases: how often customers buy by themselves."""

from __future__ import annotations

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
