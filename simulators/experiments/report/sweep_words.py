"""What a sweep came to, in words and as plain values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from banditsvc.reports.number_words import NOTHING, about, amount, between, percent, signed_amounts
from simulators.comparison import LEAST_SEEDS, Beside
from simulators.experiments.report.report_values import rows_of
from simulators.experiments.sweep import Sweep

CANDIDATE_COLUMNS = (
    "setting",
    ">per customer",
    ">opt-outs",
    ">contacts",
    ">missed campaigns",
    ">days to find",
    ">beside the highest",
    "so",
)


def sweep_sentences(sweep: Sweep) -> Iterator[str]:
    """Yields what to choose and why, a sentence or two at a time."""
    metric = sweep.spec.of.value
    if not sweep.chosen:
        yield _why_nothing(sweep)
        return
    yield f"Choose {sweep.chosen}."
    if not sweep.beside:
        yield "No other setting keeps the guard rails."
    elif not sweep.tied:
        verb = "are" if metric.endswith("s") else "is"
        yield f"Its {metric} {verb} the highest; the runner-up, {sweep.runner_up}, has {_less(sweep.beside[0])} per customer."
    else:
        yield from _of_ties(sweep, metric)
    broken = sweep.candidates[sweep.candidates["fault"] != ""]
    for row in broken.to_dict("records"):
        yield f"{row['policy']} is out of the question: {row['fault']}."


def _why_nothing(sweep: Sweep) -> str:
    if sweep.seeds < LEAST_SEEDS:
        return f"Nothing can be concluded from {sweep.seeds} seeds: it takes at least {LEAST_SEEDS}."
    faults = "; ".join(f"{row['policy']}: {row['fault']}" for row in sweep.candidates.to_dict("records"))
    return f"No setting keeps the guard rails: {faults}."


def _of_ties(sweep: Sweep, metric: str) -> Iterator[str]:
    names = ", ".join([sweep.highest, *sweep.tied])
    yield f"These cannot be told apart by their {metric}: {names}."
    if sweep.chosen == sweep.highest:
        yield "Among them none has fewer opt-outs, or as few and fewer contacts, so it is the one with the highest mean."
    else:
        yield "Among them it has the fewest opt-outs, and of those as safe the fewest contacts."
    first = next(one for one in sweep.beside if one.policy in sweep.tied)
    yield f"The runner-up is {sweep.runner_up}. {first.policy} has {_less(first)} per customer than {sweep.highest}."
    needed = first.difference.seeds_to_tell(first.level)
    if needed is None:
        yield "No number of seeds that could be run would tell a difference as small as that."
    elif needed > sweep.seeds:
        yield (
            f"If the difference is what it seems, about {about(needed)} seeds in all, {about(needed - sweep.seeds)} more, "
            "would tell it in 4 of 5 cases."
        )
    else:
        yield "A few seeds more may tell them apart."


def candidate_rows(sweep: Sweep) -> Iterator[tuple[str, ...]]:
    """Yields a row of CANDIDATE_COLUMNS for each setting, the highest first."""
    beside = {one.policy: one for one in sweep.beside}
    for row in sweep.candidates.sort_values("value", ascending=False, kind="stable").to_dict("records"):
        label = row["policy"]
        so = [
            word
            for word, is_so in (("chosen", label == sweep.chosen), ("runner-up", label == sweep.runner_up))
            if is_so
        ]
        if row["fault"]:
            so.append("breaks a guard rail")
        elif label in sweep.tied:
            so.append("cannot be told from the highest")
        yield (
            label,
            amount(row["value"]),
            percent(row["opt_outs"]),
            amount(row["contacts"]),
            str(row["missed_campaigns"]),
            f"{row['days_to_find']:g}" if math.isfinite(row["days_to_find"]) else NOTHING,
            _less(beside[label]) if label in beside else NOTHING,
            ", ".join(so),
        )


def sweep_values(sweep: Sweep) -> dict[str, Any]:
    """Returns all of a sweep as plain values, for JSON."""
    return {
        "of": sweep.spec.of.value,
        "seeds": sweep.seeds,
        "chosen": sweep.chosen or None,
        "runner_up": sweep.runner_up or None,
        "highest": sweep.highest or None,
        "cannot_tell_from_highest": list(sweep.tied),
        "why": list(sweep_sentences(sweep)),
        "candidates": rows_of(sweep.candidates),
        "highest_less_others": [_plain(one) for one in sweep.beside],
    }


def _plain(one: Beside) -> dict[str, Any]:
    low, high = one.difference.interval(one.level)
    return {
        "policy": one.policy,
        "difference": one.difference.value,
        "low": low if math.isfinite(low) else None,
        "high": high if math.isfinite(high) else None,
        "level": one.level,
        "conclusion": one.conclusion.value,
        "seeds_to_tell": one.difference.seeds_to_tell(one.level),
    }


def _less(one: Beside) -> str:
    """Returns by how much a setting is lower than the highest: `0.20 less (0.10 to 0.30 at 98.3 %)`."""
    low, high = one.difference.interval(one.level)
    show = signed_amounts(one.difference.value, low, high)
    at = percent(one.level)
    ends = (
        f"{between(low, high, show)} at {at}"
        if math.isfinite(low)
        else f"the same with all of {one.difference.seeds} seeds"
    )
    return f"{show(one.difference.value).removeprefix('+')} less ({ends})"
