"""The laws of worlds, for anyone's world file."""

from __future__ import annotations

from simulators.engine.world import World
from simulators.laws.chance_law import check_chances
from simulators.laws.contact_laws import check_caps, check_opt_outs, check_visits, check_volumes
from simulators.laws.context_law import check_contexts
from simulators.laws.draw_laws import check_common_draws, check_other_course, check_same_course, check_side_by_side
from simulators.laws.feed_laws import check_feed, check_purchases, check_shares
from simulators.laws.frame_laws import EqualDraw, check_decisions, check_money, check_same_frames
from simulators.laws.play import MakeWorld, equal_draw, half_otherwise, play
from simulators.laws.trigger_law import check_triggers
from simulators.laws.truth_laws import check_expected, check_opt_out_chances, check_responses
from simulators.runs.run_frames import RunFrames
from simulators.runs.simulate import simulate
from simulators.worlds.feed_spec import LoggingFaultSpec
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec

LAWS_OF_ONE_PLAY = (
    check_expected,
    check_responses,
    check_opt_out_chances,
    check_visits,
    check_opt_outs,
    check_caps,
    check_volumes,
    check_purchases,
    check_feed,
    check_shares,
    check_contexts,
    check_triggers,
    check_chances,
)
"""Each takes a Play, and raises LawBroken."""


def check_world(
    world: str | WorldSpec,
    seed: int = 1,
    *,
    days: int | None = None,
    customers: int | None = None,
    make: MakeWorld = World,
) -> None:
    """Checks the laws of worlds: in plays of the whole world, with an equal draw and with another policy.

    Laws of chance have bounds from theory, which a world that keeps them exceeds once in 1,000 seeds.

    Args:
        world: A preset, the path of a file, or a specification.
        seed: Of the plays; the next one is played too.
        days: Plays so many days instead of the world's.
        customers: Plays with so many customers instead of the world's.
        make: Makes the engine that is checked; the data frames are those of the engine's own.

    Raises:
        LawBroken: One does not hold; the text says which, and where.
        UsageError: There is no such world, or it is faulty.
    """
    spec = read_world(world) if isinstance(world, str) else world
    spec = spec.model_copy(update={"days": days or spec.days, "customers": customers or spec.customers})
    first = play(make, spec, [seed], equal_draw)
    check_same_course(first, play(make, spec, [seed], equal_draw))
    other = play(make, spec, [seed], half_otherwise)
    for played in (first, other):
        for law in LAWS_OF_ONE_PLAY:
            law(played)
    check_common_draws(first, other)
    frames = _frames(spec, seed)
    check_money(frames, first)
    check_decisions(frames, first)
    check_same_frames(frames, _frames(spec, seed))
    second = play(make, spec, [seed + 1], equal_draw)
    check_other_course(first, second)
    together = play(make, spec, [seed, seed + 1], equal_draw)
    check_side_by_side(together, first, 0)
    check_side_by_side(together, second, 1)


def _frames(spec: WorldSpec, seed: int) -> RunFrames:
    # What a faulty logger makes of the decisions is another matter.
    logged_well = spec.model_copy(update={"logging_faults": LoggingFaultSpec()})
    return simulate(logged_well, {"equal": EqualDraw()}, seeds=[seed], keep_decisions=True)
