"""The law of contexts: what policies are told of a customer is what the customer has bought."""

from __future__ import annotations

import math
from bisect import bisect_right

from banditsvc.core.context import CustomerContext, LifecycleStage
from simulators.laws.customer_history import CustomerHistory, histories
from simulators.laws.law_broken import LawBroken
from simulators.laws.play import Play, spread_rows
from simulators.worlds.population_spec import PopulationSpec

_CENT = 0.01


def check_contexts(played: Play) -> None:
    """Checks the contexts of some customers of each day against their purchases.

    Raises:
        LawBroken: A part of a context is not what it should be.
    """
    spec = played.spec.population
    for day, of_customers in histories(played):
        for place in spread_rows(day):
            row = int(day.rows[place])
            found = day.contexts.context(place)
            wanted = _context(spec, of_customers[row], day.day, found)
            for part in ("recency_days", "frequency", "monetary", "r", "f", "m", "lifecycle_stage", "favourites"):
                ours, theirs = getattr(found, part), getattr(wanted, part)
                if not _alike(ours, theirs):
                    raise LawBroken(f"On day {day.day} customer {row} is told with {part} {ours}, and has {theirs}.")


def _alike(first: object, second: object) -> bool:
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-9, abs_tol=_CENT / 2)
    return first == second


def _context(spec: PopulationSpec, of: CustomerHistory, day: int, told: CustomerContext) -> CustomerContext:
    has_bought = of.frequency > 0
    since = day - of.last
    total = sum(of.counts.values())
    shares = {name: round(count / total, 3) for name, count in of.counts.items()}
    # Money is added up to the cent day by day; a sum in another order may fall on the other side of an edge.
    money = told.monetary if _alike(told.monetary, of.monetary) and told.monetary is not None else of.monetary
    return CustomerContext(
        recency_days=since if has_bought else None,
        frequency=float(of.frequency),
        monetary=of.monetary,
        r=5 - bisect_right(spec.recency_edges, since) if has_bought else None,
        f=1 + bisect_right(spec.frequency_edges, of.frequency),
        m=1 + bisect_right(spec.monetary_edges, money),
        lifecycle_stage=_stage(spec, of, since, money),
        favourites={name: share for name, share in shares.items() if share >= spec.favourite_share},
    )


def _stage(spec: PopulationSpec, of: CustomerHistory, since: float, money: float) -> LifecycleStage:
    """Returns the first stage that fits."""
    if of.frequency == 0:
        return LifecycleStage.PROSPECT
    if since >= spec.lapsed_days:
        return LifecycleStage.LAPSED
    if of.silence_before_last >= spec.lapsed_days:
        return LifecycleStage.WON_BACK
    if since >= spec.at_risk_gaps * of.gap_days:
        return LifecycleStage.AT_RISK
    if of.frequency == 1 and since <= spec.new_days:
        return LifecycleStage.NEW
    return LifecycleStage.HIGH_VALUE if money >= spec.high_value else LifecycleStage.ACTIVE
