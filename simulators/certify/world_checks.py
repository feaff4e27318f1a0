"""Checks in worlds: does a policy find a new winner, does it recover, and does it keep the guardrails?

What happens on the way is known exactly in a simulated world, and cannot be read off a log: a policy that never tries has a
log without a trace of what it missed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from banditsvc.core.certificate import Check, Verdict
from simulators.certify.candidate import Candidate
from simulators.certify.changed_worlds import NEW_WINNER, with_new_winner, without_best
from simulators.certify.share_of_runs import share_ends, verdict_of_runs
from simulators.certify.world_terms import MORE_UNSUBSCRIBES, WorldTerms
from simulators.runs.policy import Policy as SimulatedPolicy
from simulators.runs.run_frames import RunFrames
from simulators.runs.simulate import simulate
from simulators.worlds.campaign_span import DAYS_A_WEEK
from simulators.worlds.world_spec import WorldSpec

LEAST_DECISIONS = 100
"""Of the last week for which the new winner must be best: a share of fewer says nothing."""
_LOOKED_AT, _EQUAL_DRAW = "policy", "coin"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What a policy must manage in a world."""

    name: str
    what: str
    world: WorldSpec
    managed: Callable[[RunFrames], Sequence[bool | None]]
    """Whether it did, for each run; None where that cannot be told."""


def new_winner_check(
    candidate: Candidate, world: WorldSpec, terms: WorldTerms, on_day: Callable[[], None] = lambda: None
) -> Check:
    """Returns whether a campaign that is launched and wins in one segment gets that segment's decisions in time."""

    def managed(frames: RunFrames) -> list[bool | None]:
        finds = frames.finds
        last = finds[(finds["policy"] == _LOOKED_AT) & (finds["day"] >= terms.days - DAYS_A_WEEK)]
        sums = last[last["campaign_id"] == NEW_WINNER].groupby("seed")[["best_for", "best_and_chosen"]].sum()
        best, chosen = sums.reindex(_seeds(frames), fill_value=0.0).to_numpy(dtype=np.float64).T
        return [
            bool(mine >= terms.least_share * of) if of >= LEAST_DECISIONS else None
            for of, mine in zip(best, chosen, strict=True)
        ]

    changed = with_new_winner(world, terms.change_day, terms.days)
    what = f"finds a new winner within {terms.find_days} days"
    question = _Question(name=f"new_winner_in_{_word(world)}", what=what, world=changed, managed=managed)
    return _looked_at(question, candidate, terms, on_day)


def drift_check(
    candidate: Candidate, world: WorldSpec, terms: WorldTerms, on_day: Callable[[], None] = lambda: None
) -> Check:
    """Returns whether, after the best campaign has ended, the policy comes back from an equal draw to the best in time."""

    def managed(frames: RunFrames) -> list[bool | None]:
        last = frames.daily[frames.daily["day"] >= terms.days - DAYS_A_WEEK]
        values = last.pivot_table("expected_policy", "seed", "policy", "sum", observed=True)
        best = last[last["policy"] == _LOOKED_AT].groupby("seed")["best_expected"].sum()
        way = (values[_LOOKED_AT] - values[_EQUAL_DRAW]) / (best - values[_EQUAL_DRAW])
        return [bool(one >= terms.least_share) for one in way.reindex(_seeds(frames))]

    changed = without_best(world, terms.change_day, terms.days)
    what = f"recovers within {terms.find_days} days from the end of the best campaign"
    question = _Question(name=f"drift_in_{_word(world)}", what=what, world=changed, managed=managed)
    return _looked_at(question, candidate, terms, on_day)


def unsubscribes_check(
    candidate: Candidate, world: WorldSpec, terms: WorldTerms, on_day: Callable[[], None] = lambda: None
) -> Check:
    """Returns whether the share of contacts that are followed by an opt-out stays within its limit."""
    policies: dict[str, SimulatedPolicy | str] = {_LOOKED_AT: candidate.in_world(world), _EQUAL_DRAW: "coin"}
    seeds = range(terms.seed, terms.seed + terms.looks[0])
    frames = simulate(world, policies, seeds=seeds, days=terms.days, on_day=on_day)
    sums = frames.daily.groupby("policy", observed=True)[["contacts", "opt_outs"]].sum()
    (contacts, opt_outs), (equal_contacts, equal_opt_outs) = (
        sums.loc[[_LOOKED_AT, _EQUAL_DRAW]].to_numpy(dtype=np.int64).tolist()
    )
    equal = equal_opt_outs / max(equal_contacts, 1)
    limit = MORE_UNSUBSCRIBES * equal if terms.most_unsubscribes is None else terms.most_unsubscribes
    low, high = share_ends(opt_outs, contacts, terms.level)
    verdict = Verdict.PASS if high <= limit else Verdict.FAIL if low > limit else Verdict.NOT_ENOUGH_DATA
    share = opt_outs / max(contacts, 1)
    return Check(
        name=f"unsubscribes_in_{_word(world)}",
        verdict=verdict,
        reason=f"in the world {world.name} {share:.3%} of its contacts drive a customer away (at least {low:.3%}, at most "
        f"{high:.3%}); at most {limit:.3%} may",
        numbers={"unsubscribe_rate": share, "unsubscribe_rate_limit": limit, "contacts": float(contacts)},
    )


def _looked_at(
    question: _Question, candidate: Candidate, terms: WorldTerms, on_day: Callable[[], None] = lambda: None
) -> Check:
    """Returns the check of a share of runs, after as many runs as it takes."""
    world = question.world
    policies: dict[str, SimulatedPolicy | str] = {_LOOKED_AT: candidate.in_world(world), _EQUAL_DRAW: "coin"}
    # Each look may err by its part of the chance that is left.
    looks = tuple(dict.fromkeys(terms.looks))
    level = 1.0 - (1.0 - terms.level) / len(looks)
    found: list[bool] = []
    for upto in looks:
        seeds = range(terms.seed + len(found), terms.seed + upto)
        answers = question.managed(simulate(world, policies, seeds=seeds, on_day=on_day))
        if None in answers:
            return Check(
                name=question.name,
                verdict=Verdict.NOT_ENOUGH_DATA,
                reason=f"the world {world.name} has too few decisions a week to judge by: give it more customers",
            )
        found += [bool(one) for one in answers]
        verdict, low, high = verdict_of_runs(sum(found), len(found), terms.least_share_of_runs, level)
        if verdict is not Verdict.NOT_ENOUGH_DATA:
            break
    return Check(
        name=question.name,
        verdict=verdict,
        reason=f"in the world {world.name} it {question.what} in {sum(found)} of {len(found)} runs (at least {low:.0%}, at "
        f"most {high:.0%} of all runs); {terms.least_share_of_runs:.0%} are asked for",
        numbers={
            "runs": float(len(found)),
            "managed_share": sum(found) / len(found),
            "managed_share_low": low,
            "managed_share_high": high,
        },
    )


def _seeds(frames: RunFrames) -> list[int]:
    return list(pd.unique(frames.daily["seed"]))


def _word(world: WorldSpec) -> str:
    return world.name.replace("-", "_")
