"""Changed worlds: any world with the two changes that exploration is for, a new winner and the end of the best."""

from __future__ import annotations

from simulators.worlds.campaign_spec import CampaignSpec
from simulators.worlds.drift_spec import DriftKind, DriftSpec
from simulators.worlds.world_spec import WorldSpec

NEW_WINNER = "new-winner"
"""The campaign that is launched."""
WINS_BY = 2.0
"""It answers so many times as well as the best so far, in its segment."""
_ELSEWHERE = 0.25
"""What its odds are multiplied by in the other segments, where there are several: it wins in one alone."""
_LEFT_OF_BEST = 0.25
"""What the odds of the best campaign are multiplied by when it ends."""


def with_new_winner(world: WorldSpec, day: int, days: int) -> WorldSpec:
    """Returns the world with a campaign that is launched on a day and is best in the last of its segments.

    Args:
        world: Any.
        day: Of the launch.
        days: Length of the run.
    """
    *others, _ = world.population.segments
    best = max(world.campaigns, key=lambda one: one.base_rate)
    winner = CampaignSpec(
        campaign_id=NEW_WINNER,
        category=best.category,
        start_day=day,
        base_rate=min(WINS_BY * best.base_rate, world.response_limit),
        value_factor=best.value_factor,
        cost=best.cost,
        order_value=best.order_value,
        delay=best.delay,
        odds={"segment": dict.fromkeys(others, _ELSEWHERE)} if others else {},
    )
    return _changed(world, "new-winner", days, (*world.campaigns, winner))


def without_best(world: WorldSpec, day: int, days: int) -> WorldSpec:
    """Returns the world in which the campaign of the greatest rate loses most of its answers on a day."""
    best = max(world.campaigns, key=lambda one: one.base_rate)
    end = DriftSpec(kind=DriftKind.STEP, odds=_LEFT_OF_BEST, from_day=day)
    ended = best.model_copy(update={"drift": (*best.drift, end)})
    return _changed(world, "drift", days, tuple(ended if one is best else one for one in world.campaigns))


def _changed(world: WorldSpec, what: str, days: int, campaigns: tuple[CampaignSpec, ...]) -> WorldSpec:
    fields = world.model_dump(exclude_unset=True)
    return world.model_validate({**fields, "name": f"{world.name}-{what}", "days": days, "campaigns": campaigns})
