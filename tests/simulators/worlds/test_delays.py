"""Late answers: naive early learning ends on the campaign that answers fast, the service on the better one."""

from __future__ import annotations

from scipy.stats import ttest_1samp

from figures.delays import EARLY, POLICIES, SERVICE, best_shares
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import parse_world, read_world

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


def test_endless_delays_are_never_told() -> None:
    """Where great orders wait for ages, beyond the days that 32 bits can count, none of them comes, nor is there a warning."""
    campaign = {"campaign_id": "letter", "base_rate": 0.5}
    tables = {
        "name": "ages",
        "days": 30,
        "customers": 200,
        "stateless": True,
        "visits": {"every_days": 1},
        "population": {"organic": {"rate_factor": 0.0}, "order_value": {"sigma": 5.0}},
        "delay": {"mean_days": 10_000, "reward_exponent": 10.0},
        "faults": {"refunded_share": 0.5, "refunded_days": 10_000},
        "campaigns": [campaign],
    }
    daily = simulate(parse_world(tables, "ages"), ["coin"]).daily

    # Of a median order or more the chance to come within the run is below 30 / 10,000.
    assert daily["orders"].sum() < 0.75 * daily["responses"].sum()
    assert (daily["revenue"] <= daily["orders"] * 40.0).all()
