"""Histories made by worlds: what a retailer would have on file had it lived in one, as tables of sends and orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulators.engine.world import World
from simulators.engine.world_time import day_us
from simulators.runs.policy import Eligible, Policy
from simulators.worlds.world_spec import WorldSpec

MORNING_HOURS = 8
"""When the sends of a day go out; orders come at any time of theirs."""
_HOUR_US = 3_600_000_000
_CHOICE_SEED = 101


@dataclass(frozen=True, slots=True, eq=False)
class PlayedHistory:
    """What went on in a world."""

    sends: pd.DataFrame
    """customer_id, send_time, campaign_id, segment, selection_probability; by time."""
    orders: pd.DataFrame
    """customer_id, order_time, amount; by time."""


def played_history(world: WorldSpec, policy: Policy, seed: int = 1) -> PlayedHistory:
    """Returns what a policy that does not learn sends in a world, and what is ordered, organic purchases included.

    Volume limits and caps of the world are not kept.
    """
    engine, random = World(world, (seed,)), np.random.default_rng((_CHOICE_SEED, seed))
    sends, orders = [], []
    names = np.array(list(world.population.segments), dtype=object)
    for _ in range(world.days):
        visit = engine.begin_day()
        mask = visit.eligible.mask
        ids = np.array(visit.customer_ids, dtype=object)
        chosen = np.full(len(visit), -1, dtype=np.intp)
        some = np.flatnonzero(mask.any(axis=1))
        pmf = policy.pmf(visit.contexts.take(some), Eligible(visit.live.campaigns, mask[some]))
        chosen[some] = _drawn(pmf, random)
        is_contact = np.array([*[entry.spec is not None for entry in visit.live.entries], False])[chosen]
        campaigns = np.array([one.campaign_id for one in visit.live.campaigns], dtype=object)
        time = pd.Timestamp(day_us(world, visit.day) + MORNING_HOURS * _HOUR_US, unit="us", tz="UTC")
        own = is_contact[some]
        sends.append(
            pd.DataFrame(
                {
                    "customer_id": ids[some][own],
                    "send_time": time,
                    "campaign_id": campaigns[chosen[some][own]],
                    "segment": names[engine.customers.segment[visit.rows[some][own]]],
                    "selection_probability": pmf[np.flatnonzero(own), chosen[some][own]],
                }
            )
        )
        engine.send(visit, chosen)
        orders.append(_bought(engine, world))
    return PlayedHistory(pd.concat(sends, ignore_index=True), _sorted(pd.concat(orders, ignore_index=True)))


def _drawn(pmf: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.intp]:
    ends = np.cumsum(pmf, axis=1)
    return np.asarray((random.random(len(pmf))[:, None] * ends[:, -1:] >= ends).sum(axis=1), dtype=np.intp)


def _bought(engine: World, world: WorldSpec) -> pd.DataFrame:
    day = engine.day
    purchases = engine.end_day()
    caused = purchases.cause_day if world.stateless else np.full(len(purchases), day, dtype=np.int32)
    # What a contact causes comes after it: a day of the world begins with the sends.
    hours = MORNING_HOURS + (purchases.time - day) * (24 - MORNING_HOURS)
    times = day_us(world, day) + (hours * _HOUR_US).astype(np.int64)
    return pd.DataFrame(
        {
            "customer_id": engine.customer_ids(purchases.rows, caused),
            "order_time": pd.to_datetime(times, unit="us", utc=True).floor("s"),
            "amount": purchases.amount,
        }
    )


def _sorted(orders: pd.DataFrame) -> pd.DataFrame:
    return orders.sort_values(["order_time", "customer_id"], ignore_index=True)
