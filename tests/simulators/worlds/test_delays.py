"""Late answers: naive early learning ends on the campaign that answers fast, the service on the better one."""

from __future__ import annotations

from scipy.stats import ttest_1samp

from figures.delays import EARLY, POLICIES, SERVICE, best_shares
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import read_world

LEVEL = 0.001
SEEDS = range(1, 9)


def test_learning_early_ends_on_the_fast_campaign_and_the_service_does_not() -> None:
    """In the last of 8 weeks the service chooses the better campaign more often than not, and who learns early less often.

    One-sided t-tests over 8 seeds against one half, level .001 each; figures/delays.py has the long form.
    """
    world = read_world("delay").model_copy(update={"days": 56, "customers": 300})
    frames = simulate(world, {name: POLICIES[name] for name in (SERVICE, EARLY)}, seeds=SEEDS)
    service, early = (best_shares(frames, name, first_day=49) for name in (SERVICE, EARLY))

    assert len(SEEDS) == len(service) == len(early)
    assert ttest_1samp(service, 0.5, alternative="greater").pvalue < LEVEL
    assert ttest_1samp(early, 0.5, alternative="less").pvalue < LEVEL


def test_a_dead_feed_teaches_the_service_no_zeros() -> None:
    """While no file comes the service learns nothing, and then all that was held back; who does not wait learns daily."""
    world = read_world("dead-feed").model_copy(update={"days": 75, "customers": 500})
    daily = simulate(world, {name: POLICIES[name] for name in (SERVICE, EARLY)}, seeds=[1]).daily
    learned = daily.pivot_table(index="day", columns="policy", values="learned", aggfunc="sum")
    assert world.feed.dead_from_day is not None
    assert world.feed.dead_to_day is not None
    dead = slice(world.feed.dead_from_day, world.feed.dead_to_day - 1)

    assert (learned.loc[dead, SERVICE] == 0).all()
    assert (learned.loc[dead, EARLY] > 0).all()
    assert (
        learned.loc[world.feed.dead_to_day, SERVICE]
        == daily.loc[
            (daily["policy"] == SERVICE)
            & (daily["day"] >= world.feed.dead_from_day - world.reward.window_days)
            & (daily["day"] <= world.feed.dead_to_day - world.reward.window_days),
            "decisions",
        ].sum()
    )
