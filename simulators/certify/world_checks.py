"""Checks in worlds: does a policy find a new winner, does it recover, and does it keep the guardrails?

What happens on the way is known exactly in a simulated world, and cannot be read off a log: a policy that never tries has a
log without a trace of what it missed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import beta

from banditsvc.core.certificate import Check, Verdict
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import LearnerSpec
from simulators.certify.changed_worlds import NEW_WINNER, with_new_winner, without_best
from simulators.certify.share_of_runs import verdict_of_runs
from simulators.certify.world_terms import MORE_UNSUBSCRIBES, WorldTerms
from simulators.runs.run_frames import RunFrames
from simulators.runs.service_policy import ServicePolicy
from simulators.runs.simulate import simulate
from simulators.worlds.campaign_span import DAYS_A_WEEK
from simulators.worlds.world_spec import WorldSpec

LEAST_DECISIONS = 100
"""Of the last week for which the new winner must be best: a share of fewer says nothing."""
_LOOKED_AT, _EQUAL_DRAW = "policy", "coin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is judged."""

    policy: Policy
    learner: LearnerSpec

    def in_world(self, world: WorldSpec) -> ServicePolicy:
        """Returns the same as a policy of a world, whose reward it learns."""
        own = world.reward.learner_spec()
        return ServicePolicy(
            policy=self.policy, learner=replace(own, train=self.learner.train, encoder=self.learner.encoder)
        )


def new_winner_check(
    candidate: Candidate, world: WorldSpec, terms: WorldTerms, on_day: Callable[[], None] = lambda: None
) -> Check:
    """Returns whether a campaign that is launched and wins in one segment gets that segment's decisions in time."""

    def managed(frames: RunFrames) -> list[bool | None]:
        finds = frames.finds
        last = finds[(finds["policy"] == _LOOKED_AT) & (finds["day"] >= terms.days - DAYS_A_WEEK)]
        of_winner = last[last["campaign_id"] == NEW_WINNER].groupby("seed")[["best_for", "best_and_chosen"]].sum()
        return [
            bool(row.best_and_chosen >= terms.least_share * row.best_for) if row.best_for >= LEAST_DECISIONS else None
            for row in of_winner.reindex(_seeds(frames), fill_value=0.0).itertuples()
        ]

    changed = with_new_winner(world, terms.change_day, terms.days)
    what = f"finds a new winner within {terms.find_days} days"
    return _looked_at(f"new_winner_in_{_word(world)}", what, candidate, changed, terms, managed, on_day)


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
    return _looked_at(f"drift_in_{_word(world)}", what, candidate, changed, terms, managed, on_day)


def unsubscribes_check(
    candidate: Candidate, world: WorldSpec, terms: WorldTerms, on_day: Callable[[], None] = lambda: None
) -> Check:
    """Returns whether the share of contacts that are followed by an opt-out stays within its limit."""
    frames = simulate(
        world.model_copy(update={"days": terms.days}),
        {_LOOKED_AT: candidate.in_world(world), _EQUAL_DRAW: "coin"},
        seeds=range(terms.seed, terms.seed + terms.looks[0]),
        on_day=on_day,
    )
    sums = frames.daily.groupby("policy", observed=True)[["contacts", "opt_outs"]].sum()
    contacts, opt_outs = (int(sums.loc[_LOOKED_AT, column]) for column in ("contacts", "opt_outs"))
    equal = float(sums.loc[_EQUAL_DRAW, "opt_outs"] / max(float(sums.loc[_EQUAL_DRAW, "contacts"]), 1.0))
    limit = MORE_UNSUBSCRIBES * equal if terms.most_unsubscribes is None else terms.most_unsubscribes
    low = float(beta.ppf(1.0 - terms.level, opt_outs, contacts - opt_outs + 1)) if opt_outs else 0.0
    high = float(beta.ppf(terms.level, opt_outs + 1, contacts - opt_outs)) if opt_outs < contacts else 1.0
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
    name: str,
    what: str,
    candidate: Candidate,
    world: WorldSpec,
    terms: WorldTerms,
    managed: Callable[[RunFrames], Sequence[bool | None]],
    on_day: Callable[[], None],
) -> Check:
    """Returns the check of a share of runs, after as many runs as it takes."""
    policies = {_LOOKED_AT: candidate.in_world(world), _EQUAL_DRAW: "coin"}
    # Each look may err by half of the chance that is left.
    level = 1.0 - (1.0 - terms.level) / len(terms.looks)
    found: list[bool] = []
    runs = 0
    for upto in terms.looks:
        seeds = range(terms.seed + runs, terms.seed + upto)
        answers = managed(simulate(world, policies, seeds=seeds, on_day=on_day))
        if None in answers:
            return Check(
                name=name,
                verdict=Verdict.NOT_ENOUGH_DATA,
                reason=f"the world {world.name} has too few decisions a week to judge by: give it more customers",
            )
        found += [bool(one) for one in answers]
        runs = upto
        verdict, low, high = verdict_of_runs(sum(found), runs, terms.least_share_of_runs, level)
        if verdict is not Verdict.NOT_ENOUGH_DATA:
            break
    share = float(np.mean(found))
    return Check(
        name=name,
        verdict=verdict,
        reason=f"in the world {world.name} it {what} in {sum(found)} of {runs} runs (at least {low:.0%}, at most {high:.0%} "
        f"of all runs); {terms.least_share_of_runs:.0%} are asked for",
        numbers={"runs": float(runs), "managed_share": share, "managed_share_low": low, "managed_share_high": high},
    )


def _seeds(frames: RunFrames) -> list[int]:
    return list(pd.unique(frames.daily["seed"]))


def _word(world: WorldSpec) -> str:
    return world.name.replace("-", "_")
