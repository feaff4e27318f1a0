"""The truth of worlds: expected rewards are what contacts bring on average, and after-effects are another matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm, ttest_1samp

from banditsvc.core.campaign import NO_CONTACT
from simulators.engine.purchases import Purchases
from simulators.engine.world import World
from simulators.laws.play import Play, equal_draw, play
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible
from simulators.runs.simulate import simulate
from simulators.worlds.order_value import OrderValue
from simulators.worlds.read_world import read_world

LEVEL = 0.001
Z = float(norm.isf(LEVEL / 2.0))
SETTLING_DAYS = 150
"""After the last contact, until every purchase that one has caused is made."""


def _squared_mean(value: OrderValue) -> float:
    """Returns the mean of the square of an order value: moments of the lognormal and of the Pareto distribution."""
    tail = value.tail_alpha / (value.tail_alpha - 2.0)
    return value.median**2 * math.exp(2.0 * value.sigma**2) * (1.0 + value.tail_share * (tail - 1.0))


def _caused(played: Play) -> float:
    """Returns the money of all purchases that contacts have caused, those that are still to come included."""
    days = [day.purchases for day in played.days] + [played.world.end_day() for _ in range(SETTLING_DAYS)]
    return sum([float(one.net[~one.is_organic].sum()) for one in days])


@pytest.mark.parametrize("name", ["faulty-pipeline", "volume-limits", "delay-by-reward"])
def test_what_contacts_earn_is_what_was_expected(name: str) -> None:
    """Money that contacts cause less what was expected of them is 0, refunds and heavy tails included (normal bound, .001).

    The variance is that of the declared order values, not the sample's.
    """
    world = read_world(name).model_copy(update={"days": 90})
    played = play(World, world, [11], equal_draw)
    population, refunded = world.population, world.faults.refunded_share
    values = np.array([one.value_factor for one in population.segments.values()])
    expected = variance = 0.0
    for day in played.days:
        places = np.flatnonzero(day.sent.is_contact)
        columns = day.columns[places]
        factor = np.array([0.0 if one.spec is None else one.spec.value_factor for one in day.live.entries])[columns]
        factor *= values[day.state["segment"][places].astype(np.intp)]
        mean = day.expected[places, columns] + world.reward.cost
        square = (
            day.probabilities[places, columns] * (1.0 - refunded) * _squared_mean(population.order_value) * factor**2
        )
        expected += float(mean.sum())
        variance += float((square - mean**2).sum())

    assert abs(_caused(played) - expected) <= Z * math.sqrt(variance)


@pytest.mark.parametrize("campaign_id", ["voucher", "news"])
@pytest.mark.parametrize("earlier", [False, True], ids=["first contact", "after another"])
def test_what_a_contact_takes_away_is_expected_of_it(campaign_id: str, earlier: bool) -> None:
    """With a contact and without, all else and the luck alike, customers differ by what was expected (normal bound, .001).

    So also where an earlier contact's effect is still under way.
    """
    world = read_world("negative-lift").model_copy(update={"customers": 120_000})
    contacted, left_alone = World(world, [5]), World(world, [5])
    if earlier:
        for one in (contacted, left_alone):
            for _ in range(7):
                _live_a_day(one, "voucher")
    visit = contacted.begin_day()
    column = visit.eligible.campaign_ids.index(campaign_id)
    expected, rows, day = visit.expected[:, column] + world.reward.cost, visit.rows, visit.day
    difference = _later(contacted, campaign_id)[rows] - _later(left_alone, NO_CONTACT)[rows]

    error = difference - expected
    assert day == (7 if earlier else 0)
    assert abs(error.mean()) <= Z * error.std(ddof=1) / math.sqrt(len(rows))


def _live_a_day(world: World, campaign_id: str) -> Purchases:
    visit = world.begin_day()
    world.send(visit, np.full(len(visit), visit.eligible.campaign_ids.index(campaign_id)))
    return world.end_day()


def _later(world: World, campaign_id: str) -> NDArray[np.float64]:
    """Returns the money of each customer: organic within the effect, caused at any time."""
    day = world.day
    money = np.zeros(len(world.customers))
    for bought in [_live_a_day(world, campaign_id)] + [world.end_day() for _ in range(60)]:
        counts = np.where(
            bought.is_organic, bought.time < day + world.spec.population.effect_days, bought.cause_day == day
        )
        np.add.at(money, bought.rows, np.where(counts, bought.net, 0.0))
    return money


class _HoldsBack:
    """Sends the sale to fans at three visits in ten, and else nothing."""

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns .3 for the sale where it is eligible, for fans."""
        names = list(eligible.campaign_ids)
        segment = contexts.columns.segment
        assert segment is not None
        pmf = np.zeros(eligible.mask.shape)
        is_fan = segment.codes == segment.names.index("fan")
        pmf[:, names.index("sale")] = 0.3 * (is_fan & eligible.mask[:, names.index("sale")])
        pmf[:, names.index(NO_CONTACT)] = 1.0 - pmf.sum(axis=1)
        return pmf


def test_regret_against_the_myopic_oracle_can_be_negative() -> None:
    """Where contacts tire, holding back earns more than the myopic oracle (paired t-test over 6 seeds, level .001).

    At each of its own decisions it still expects no more than the best.
    """
    frames = simulate("fatigue", {"oracle": "oracle", "holds back": _HoldsBack()}, seeds=range(21, 27))
    daily = frames.daily
    earned = daily.groupby(["policy", "seed"])["expected_reward"].sum()

    better = earned["holds back"].to_numpy() - earned["oracle"].to_numpy()
    assert ttest_1samp(better, 0.0, alternative="greater").pvalue < LEVEL
    assert (daily["expected_reward"] <= daily["best_expected"] + 1e-9).all()
