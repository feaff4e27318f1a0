"""Caps and volume limits, kept for many customers at once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from banditsvc.core.sampling import choose
from simulators.engine.world import World
from simulators.runs.contact_limits import ContactLimits
from simulators.runs.draws import KeyedDraws
from simulators.worlds.world_spec import WorldSpec

DAYS = 16


def world(seeds: tuple[int, ...]) -> World:
    """Returns a world with limits of all kinds that are often reached."""
    campaigns = [
        {"campaign_id": "a", "max_contacts_a_day": 4, "max_contacts_a_week": 20},
        {"campaign_id": "b", "max_contacts_a_week": 31},
        {"campaign_id": "c", "max_contacts_a_day": 9},
    ]
    tables = {
        "name": "limits",
        "customers": 40,
        "days": DAYS,
        "visits": {"every_days": 1},
        "no_contact": True,
        "max_contacts_a_day": 14,
        "caps": [{"max_contacts": 2, "window_days": 5}, {"max_contacts": 1, "window_days": 2}],
        "campaigns": campaigns,
    }
    return World(WorldSpec.model_validate(tables), seeds)


def uneven(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Returns probabilities that depend on the eligible set."""
    weights = mask * np.arange(1.0, mask.shape[1] + 1.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def one_by_one(seed: int) -> list[list[str]]:
    """Returns what each visiting customer of each day gets, by counting contacts as one would by hand."""
    lived, found = world((seed,)), []
    contacts: dict[int, list[int]] = {}
    of_week: Counter[str] = Counter()
    for day in range(DAYS):
        visit = lived.begin_day()
        ids = list(visit.eligible.campaign_ids)
        of_day: Counter[str] = Counter()
        if day % 7 == 0:
            of_week.clear()
        draws, columns = KeyedDraws().of(visit, (seed,)), []
        for place, row in enumerate(visit.rows.tolist()):
            earlier = contacts.setdefault(row, [])
            full = sum(one > day - 5 for one in earlier) >= 2 or sum(one > day - 2 for one in earlier) >= 1
            full = full or of_day.total() >= 14
            allowed = {
                "a": of_day["a"] < 4 and of_week["a"] < 20,
                "b": of_week["b"] < 31,
                "c": of_day["c"] < 9,
            }
            mask = np.array([[one == "NO_CONTACT" or (not full and allowed[one]) for one in ids]])
            if mask.sum() == 1:  # NO_CONTACT alone is no choice
                columns.append(-1)
                continue
            column = int(choose(uneven(mask), draws[place : place + 1])[0])
            columns.append(column)
            if ids[column] != "NO_CONTACT":
                earlier.append(day)
                of_day[ids[column]] += 1
                of_week[ids[column]] += 1
        lived.send(visit, np.array(columns, dtype=np.intp))
        lived.end_day()
        found.append([[*ids, ""][column] for column in columns])
    return found


@pytest.mark.parametrize("seeds", [(1,), (2,), (1, 2, 5)])
def test_many_at_once_are_one_by_one(seeds: tuple[int, ...]) -> None:
    """Each customer gets what counting by hand, one customer after the other, would have left and drawn; any seeds together."""
    lived = world(seeds)
    limits = ContactLimits(lived.spec, len(seeds))
    expected = [one_by_one(seed) for seed in seeds]
    for day in range(DAYS):
        limits.begin_day(day)
        visit = lived.begin_day()
        draws = KeyedDraws().of(visit, seeds)
        chosen = limits.choose(visit, visit.eligible.mask, lived.customers, draws, lambda _, mask: uneven(mask))
        lived.send(visit, chosen.column)
        lived.end_day()
        ids = np.array([*visit.eligible.campaign_ids, ""])
        for place in range(len(seeds)):
            assert expected[place][day] == ids[chosen.column[visit.seed_places == place]].tolist()


def test_the_logged_probability_is_of_the_set_that_was_left() -> None:
    """Of every decision the logged vector is what the policy says of the logged set, and the chosen one's is logged."""
    lived = world((4,))
    limits = ContactLimits(lived.spec, 1)
    for day in range(DAYS):
        limits.begin_day(day)
        visit = lived.begin_day()
        draws = KeyedDraws().of(visit, (4,))
        chosen = limits.choose(visit, visit.eligible.mask, lived.customers, draws, lambda _, mask: uneven(mask))
        some = np.flatnonzero(chosen.column >= 0)
        assert (uneven(chosen.mask[some]) == chosen.pmf[some]).all()
        assert (chosen.pmf[some, chosen.column[some]] == chosen.probability[some]).all()
        assert not chosen.mask[chosen.column < 0].any()
        lived.send(visit, chosen.column)
        lived.end_day()
