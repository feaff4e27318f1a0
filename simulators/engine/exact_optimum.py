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
from simulators.worlds.population_spec import PopulationSpec
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
    parts = _odds_parts(spec)
    _check(spec, parts)
    calendar = CampaignCalendar(spec)
    responses = ResponseModel(spec, calendar, [seed])
    shares, customers = _cells(spec.population, parts)
    rows = np.arange(len(shares))
    total = 0.0
    for day in range(spec.days):
        live = calendar.live(day)
        if not live.entries:
            continue  # nothing can be sent, and nothing is earned
        contexts = customers.contexts(rows, day)
        chance = responses.probabilities(
            live, contexts, customers=customers, rows=rows, seed_places=np.zeros(len(rows), dtype=np.intp), day=day
        )
        expected = responses.expected(live, chance, customers, rows, day)
        total += float(shares @ expected.max(axis=1))
    return total / spec.days


def _odds_parts(spec: WorldSpec) -> frozenset[str]:
    """Returns the parts of the context by which odds differ."""
    alone = {} if spec.without_contact is None else spec.without_contact.odds
    return frozenset(part for odds in (alone, *[one.odds for one in spec.campaigns]) for part in odds)


def _check(spec: WorldSpec, parts: frozenset[str]) -> None:
    if not spec.stateless:
        raise UsageError(
            f"{spec.name} has no exact optimum: it is not stateless, so what is best at once may not be best"
        )
    if spec.max_contacts_a_day is not None or any(
        one.max_contacts_a_day is not None or one.max_contacts_a_week is not None for one in spec.campaigns
    ):
        raise UsageError(f"{spec.name} has no exact optimum that is known: it has volume limits")
    unknown = sorted(part for part in parts if part != _FINITE and not part.startswith("features."))
    if unknown:
        raise UsageError(
            f"{spec.name} has no exact optimum that is known: its odds are by {', '.join(unknown)} too, "
            "and only segments and features have declared shares"
        )


def _cells(population: PopulationSpec, parts: frozenset[str]) -> tuple[NDArray[np.float64], Population]:
    """Returns the share of each cell of segment and of the features among the parts, and a customer for each."""
    features = {name: one for name, one in population.features.items() if f"features.{name}" in parts}
    kinds = [[one.share for one in population.segments.values()]]
    kinds += [list(feature.shares.values()) for feature in features.values()]
    shares = np.array([float(np.prod(cell)) for cell in product(*kinds)])
    codes = np.array(list(product(*[range(len(kind)) for kind in kinds])), dtype=np.int64)
    customers = Population(population.model_copy(update={"features": {}}), np.zeros(len(shares), dtype=np.uint64))
    customers.segment = codes[:, 0].astype(np.int8)
    customers.features = {
        name: Coded(codes[:, 1 + place], tuple(feature.shares))
        for place, (name, feature) in enumerate(features.items())
    }
    return shares, customers
