"""The exact optimum of a stateless world: what the best policy earns a decision in the long run."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.context_columns import Coded
from banditsvc.usage_error import UsageError
from simulators.engine.campaign_calendar import CampaignCalendar
from simulators.engine.population import Population
from simulators.engine.response import ResponseModel
from simulators.worlds.world_spec import WorldSpec

_FINITE = "segment"
"""Part of the context whose shares are declared; so are those of features.NAME."""


def exact_optimum(spec: WorldSpec, seed: int = 1) -> float:
    """Returns the expected reward a decision of the best policy, in units of the reward terms, over all days alike.

    It is the sum over the cells of the context that matter, which are finitely many, of share x best expected reward:
    in a stateless world nothing that is done has a later effect, so what is best at once is best.

    Args:
        spec: A stateless world whose odds are by segment and features alone, and without volume limits.
        seed: Of the run; it matters only where campaigns of a week differ from their family.

    Raises:
        UsageError: The world is not of this kind; the text names what is in the way.
    """
    _check(spec)
    calendar = CampaignCalendar(spec)
    responses = ResponseModel(spec, calendar, [seed])
    shares, customers = _cells(spec)
    rows = np.arange(len(shares))
    total = 0.0
    for day in range(spec.days):
        live = calendar.live(day)
        contexts = customers.contexts(rows, day)
        chance = responses.probabilities(
            live, contexts, customers=customers, rows=rows, seed_places=np.zeros(len(rows), dtype=np.intp), day=day
        )
        expected = responses.expected(live, chance, customers, rows, day)
        total += float(shares @ expected.max(axis=1))
    return total / spec.days


def _check(spec: WorldSpec) -> None:
    if not spec.stateless:
        raise UsageError(
            f"{spec.name} has no exact optimum: it is not stateless, so what is best at once may not be best"
        )
    if spec.max_contacts_a_day is not None or any(
        one.max_contacts_a_day is not None or one.max_contacts_a_week is not None for one in spec.campaigns
    ):
        raise UsageError(f"{spec.name} has no exact optimum that is known: it has volume limits")
    alone = {} if spec.without_contact is None else spec.without_contact.odds
    parts = {part for odds in (alone, *[one.odds for one in spec.campaigns]) for part in odds}
    unknown = sorted(part for part in parts if part != _FINITE and not part.startswith("features."))
    if unknown:
        raise UsageError(
            f"{spec.name} has no exact optimum that is known: its odds are by {', '.join(unknown)} too, "
            "and only segments and features have declared shares"
        )


def _cells(spec: WorldSpec) -> tuple[NDArray[np.float64], Population]:
    """Returns the share of each cell of segment and features, and a customer for each."""
    population = spec.population
    parts = [[one.share for one in population.segments.values()]]
    parts += [list(feature.shares.values()) for feature in population.features.values()]
    shares = np.array([float(np.prod(cell)) for cell in product(*parts)])
    codes = np.array(list(product(*[range(len(part)) for part in parts])), dtype=np.int64)
    customers = Population(population, np.zeros(len(shares), dtype=np.uint64))
    customers.segment = codes[:, 0].astype(np.int8)
    customers.features = {
        name: Coded(codes[:, 1 + place], tuple(feature.shares))
        for place, (name, feature) in enumerate(population.features.items())
    }
    return shares, customers
