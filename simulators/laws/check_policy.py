"""The laws of policies, for anyone's policy."""

from __future__ import annotations

import math
from copy import deepcopy

from simulators.laws.law_broken import LawBroken
from simulators.laws.watched_policy import Watch, WatchedPolicy
from simulators.runs.in_process import run_policy
from simulators.runs.named_policies import named_policy
from simulators.runs.policy import LearningPolicy, Policy
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec

LEVEL = 0.001
"""Chance that a policy which is no better than an equal draw is taken for better."""
REFERENCE_WORLD = "two-segments"
"""In it two of three campaigns are best for half of the customers each, and customers come once: the gain is independent
from day to day but for what was learned."""


def check_policy(policy: Policy | str, world: str | WorldSpec = REFERENCE_WORLD, seed: int = 1) -> None:
    """Checks the laws of policies, over a whole run of a world.

    1. Probabilities are valid: a row for each customer, a column for each campaign, finite, nowhere negative, 0 where
       the campaign is not eligible, each row with the sum 1 within 1e-9; whatever is eligible.
    2. A row does not depend on the others, to within 1e-9, which leaves room for the rounding of matrix products.
    3. It can be repeated: asked twice, it gives the same bits, and so does a deep copy that was taught the same.
    4. If it learns, it beats an equal draw. Over the last third of the run let d be, for each customer, the true expected
       reward of its probabilities less that of an equal draw over the eligible campaigns. With what was learned before
       given, d differs from its mean by a martingale difference within a range of w, the most that the true rewards of
       one customer's campaigns differ. By the Azuma-Hoeffding inequality (Hoeffding 1963, theorem 2) the mean of n of
       them exceeds w sqrt(ln(1/.001) / (2 n)) once in 1,000 runs at most, if the policy is no better than the draw. That
       needs a stateless world, whose customers are drawn afresh each day; in any other the law is left out, and so it is
       for a policy with an attribute `learns` that is False.

    Args:
        policy: A policy, which is left as it is, or the name of one.
        world: A preset, the path of a file, or a specification; the fourth law asks for one in which learning pays.
        seed: Of the world and of what is drawn to be asked.

    Raises:
        LawBroken: A law does not hold; the text says which, and where.
        UsageError: There is no such world or policy.
    """
    spec = read_world(world) if isinstance(world, str) else world
    mine = named_policy(policy, spec) if isinstance(policy, str) else deepcopy(policy)
    watch = Watch(seed)
    run_policy(spec, "checked", WatchedPolicy(mine, watch), [seed])
    if isinstance(mine, LearningPolicy) and getattr(mine, "learns", True) and spec.stateless:
        _check_gain(watch, spec)


def _check_gain(watch: Watch, spec: WorldSpec) -> None:
    first_day = spec.days - spec.days // 3
    gains = [gain for gain in watch.gains if gain.day >= first_day]
    count = sum(gain.count for gain in gains)
    if count == 0:
        raise LawBroken(f"Nobody was decided for from day {first_day} on, so nothing can be said of what was learned.")
    mean = sum(gain.total for gain in gains) / count
    bound = max(gain.width for gain in gains) * math.sqrt(math.log(1.0 / LEVEL) / (2.0 * count))
    if mean <= bound:
        raise LawBroken(
            f"From day {first_day} on the policy earns {mean:+.6f} more a decision than an equal draw, and must "
            f"earn more than {bound:.6f} to be better beyond chance at level {LEVEL}."
        )
