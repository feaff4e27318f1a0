"""Worlds that come with the product: each shows what it is for."""

from __future__ import annotations

from functools import cache

import pytest
from scipy.stats import ttest_1samp

from banditsvc.core.campaign import NO_CONTACT
from simulators.runs.run_frames import RunFrames
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import preset_names, read_world
from simulators.worlds.trigger_spec import TriggerKind

LEVEL = 0.001
WORTH_A_MENTION = 0.05
"""Share of the decisions for which a campaign is best, below which it is left out."""
BEST = [
    ("two-segments", 0, 60, {"news", "sale"}),
    ("delay", 0, 140, {"new-coats"}),
    ("delay-by-reward", 0, 140, {"winter-coats"}),
    ("drift-step", 0, 84, {"sale"}),
    ("drift-step", 84, 182, {"magazine"}),
    ("drift-linear", 0, 28, {"sale"}),
    ("drift-linear", 126, 182, {"app", "magazine"}),
    ("drift-seasonal", 0, 42, {"coats"}),
    ("drift-seasonal", 43, 84, {"sandals"}),
    ("dying-winner", 0, 91, {"bestseller"}),
    ("dying-winner", 91, 182, {"basics"}),
    ("late-winner", 0, 56, {"magazine"}),
    ("late-winner", 56, 182, {"magazine", "rental"}),
    ("fatigue", 0, 182, {NO_CONTACT, "magazine", "sale"}),
    ("negative-lift", 0, 182, {NO_CONTACT, "news", "voucher"}),
    ("weekly-feed", 0, 126, {"magazine", "sale"}),
]


@cache
def _coin(name: str) -> RunFrames:
    return simulate(name, ["coin"], seeds=[3])


@pytest.mark.parametrize(("name", "first_day", "end_day", "best"), BEST)
def test_what_is_best_when(name: str, first_day: int, end_day: int, best: set[str]) -> None:
    """The campaigns that are best for more than a few customers in a stretch of days are those that the world is about."""
    finds = _coin(name).finds
    found = finds[(finds["day"] >= first_day) & (finds["day"] < end_day)].groupby("campaign_id")["best_for"].sum()

    assert best == set(found[found > WORTH_A_MENTION * found.sum()].index)


@pytest.mark.parametrize("name", [name for name in preset_names() if name != "article-shop"])
def test_every_campaign_qualifies_somebody(name: str) -> None:
    """Each campaign of a world is eligible for somebody, whatever its days and its trigger."""
    campaigns = _coin(name).campaigns
    families = set(campaigns["campaign_id"]) | set(campaigns["family"])

    assert {one.campaign_id for one in read_world(name).campaigns} <= families


def test_the_lifecycle_has_every_trigger() -> None:
    """The world of lifecycle campaigns has one for each trigger."""
    triggers = [one.trigger.kind for one in read_world("lifecycle").campaigns if one.trigger is not None]

    assert sorted(TriggerKind) == sorted(triggers)


@pytest.mark.parametrize("name", ["fatigue", "volume-limits", "full-shop"])
def test_limits_bind(name: str) -> None:
    """In the worlds with caps or volume limits some customers get nothing because of them, if all are sent what they may."""
    daily = simulate(name, ["fixed_order"], seeds=[3]).daily

    assert daily["no_eligible"].sum() > 0.01 * daily["decisions"].sum()


def test_contacting_everybody_can_cost_profit() -> None:
    """Where contacts take purchases away, a coin earns less than sending nothing (paired t-test over 6 seeds, .001)."""
    daily = simulate("negative-lift", ["coin", "no_contact"], seeds=range(1, 7)).daily
    profit = daily.groupby(["policy", "seed"])["profit"].sum()

    lost = profit["no_contact"].to_numpy() - profit["coin"].to_numpy()
    assert ttest_1samp(lost, 0.0, alternative="greater").pvalue < LEVEL
