"""Simulating: policies in a world, in process, and data frames of what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from simulators.runs.asked_run import asked_seeds, asked_world
from simulators.runs.in_process import run_policy
from simulators.runs.named_policies import named_policy
from simulators.runs.policy import Policy
from simulators.runs.run_frames import RunFrames, joined_frames
from simulators.worlds.world_spec import WorldSpec


def simulate(
    world: str | WorldSpec,
    policies: Mapping[str, Policy | str] | Sequence[str],
    *,
    seeds: Iterable[int] = (1,),
    days: int | None = None,
    keep_decisions: bool = False,
    on_day: Callable[[], None] = lambda: None,
) -> RunFrames:
    """Runs policies in a world and returns what came of each with each seed.

    All meet the same customers with the same luck, so that differences are paired by seed.

    Args:
        world: A preset's name, the path of a world file, or a world.
        policies: Names with policies, or with what named_policy reads; or a sequence of such texts.
        seeds: One run for each.
        days: How many, instead of the world's own number.
        keep_decisions: Whether the frames have every decision.
        on_day: Called after each day of each policy.

    Raises:
        UsageError: There is no such world or policy, the world file, days or seeds are faulty, or a policy answers what
            are no probabilities.
    """
    spec, wanted = asked_world(world, days), asked_seeds(seeds)
    given = policies if isinstance(policies, Mapping) else {text: text for text in policies}
    made = {name: named_policy(one, spec) if isinstance(one, str) else one for name, one in given.items()}
    return joined_frames(
        [
            run_policy(spec, name, policy, wanted, keep_decisions=keep_decisions, on_day=on_day)
            for name, policy in made.items()
        ]
    )
