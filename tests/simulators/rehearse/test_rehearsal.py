"""Rehearsals on histories of worlds whose truth is known."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, norm

from banditsvc.usage_error import UsageError
from simulators.engine.world import World
from simulators.fit.fitted_world import WorldSize, fitted_world
from simulators.rehearse.history_rows import history_rows
from simulators.rehearse.pilots import fit_history
from simulators.rehearse.rehearsal import Rehearsal, Why, rehearse
from simulators.rehearse.rehearsal_page import rehearsal_page
from simulators.rehearse.rehearsal_plain import rehearsal_plain
from simulators.rehearse.rehearsal_settings import LEAST_PILOTS, RehearsalSettings
from simulators.rehearse.rehearsal_words import answers, headline, policy_rows
from simulators.worlds.world_spec import WorldSpec
from tests.simulators.rehearse.histories import ALIKE, TURNED, lived_history, shop

SETTINGS = RehearsalSettings(weeks=4, seeds=LEAST_PILOTS, sends_a_day=600)
FALSE_FINDS = 0.03
"""Three tests at level .01, of which any may find campaigns different that are not."""


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    folder = tmp_path_factory.mktemp("history")
    return rehearse(lived_history(shop(TURNED, customers=300, days=40), folder), SETTINGS)


def test_a_big_difference_is_found(rehearsal: Rehearsal) -> None:
    """Where campaigns suit opposite segments, a winner shows within the weeks in most pilots, and each answer is there."""
    plain = rehearsal_plain(rehearsal)

    assert rehearsal.is_provable
    assert rehearsal.winner_week is not None
    assert rehearsal.winner_week <= SETTINGS.weeks
    assert headline(rehearsal).startswith("On your numbers a winner shows in")
    assert rehearsal.best_reward.value > rehearsal.policy_reward.value > rehearsal.fixed_reward.value
    assert rehearsal.controls is not None
    assert plain["left_on_table"]["value"] > plain["gain"]["value"] > 0.0
    assert json.loads(json.dumps(plain)) == plain


def test_what_is_left_on_the_table_covers_the_truth(tmp_path: Path) -> None:
    """Over draws of the worlds as they may be, what the fixed order leaves is about the truth: the bound is at .001.

    The truth is that of the world which the history comes from; the spread is that of the draws.
    """
    world = shop(TURNED, customers=300, days=40)
    fitted = fit_history(history_rows(lived_history(world, tmp_path), 7))
    fixed = next(one.campaign_id for one in fitted.rows.campaigns if one.fixed_priority == 1)
    random = np.random.default_rng(5)
    size = WorldSize(days=1, customers=20_000)
    left = [
        _left_by(
            fitted_world("w", fitted.rows, fitted.models.drawn(random), fitted.values, fitted.delays, size=size), fixed
        )
        for _ in range(20)
    ]
    truth = _left_by(world.model_copy(update={"customers": size.customers}), fixed)

    assert abs(np.mean(left) - truth) < float(norm.isf(0.0005)) * np.std(left, ddof=1)


def test_where_campaigns_are_alike_nothing_is_provable(tmp_path: Path) -> None:
    """Of 15 histories without any difference, no more are called provable than by the binomial bound at .001.

    Whether campaigns differ is asked by three tests at level .01; where none finds a difference, nothing is provable.
    """
    world = shop(ALIKE, customers=150, days=28)
    settings = RehearsalSettings(weeks=2, seeds=1, sends_a_day=100)
    found = []
    for seed in range(15):
        fitted = fit_history(history_rows(lived_history(world, tmp_path, seed), settings.window_days))
        found.append(not fitted.all_alike)
    assert sum(found) <= binom.isf(0.001, len(found), FALSE_FINDS)

    rehearsal = rehearse(lived_history(world, tmp_path, found.index(False)), settings)
    assert not rehearsal.is_provable
    assert Why.NO_DIFFERENCE is rehearsal.why
    assert "nothing is provable within 2 weeks. The history shows no difference" in headline(rehearsal)


def test_too_small_a_history_says_so(tmp_path: Path) -> None:
    """A history with too few orders is no error: nothing is provable, with what there is and what is needed."""
    rehearsal = rehearse(lived_history(shop(TURNED, customers=20, days=20), tmp_path), SETTINGS)

    assert Why.TOO_LITTLE is rehearsal.why
    assert "are needed" in rehearsal.too_little
    assert rehearsal_plain(rehearsal)["provable"] is False
    assert rehearsal.too_little.splitlines()[0] in rehearsal_page(rehearsal)


def test_the_page_has_the_answers(rehearsal: Rehearsal) -> None:
    """The page needs nothing from elsewhere and says what the words say."""
    page = rehearsal_page(rehearsal)

    assert headline(rehearsal) in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert 2 == page.count("<svg")
    assert 2 == len(re.findall(r'<dd class="figure ">[\d,.]+ EUR</dd>', page))
    assert ">week</text>" in page


def test_few_pilots_have_no_intervals_and_no_verdict(rehearsal: Rehearsal) -> None:
    """With one pilot less than it takes there are medians alone; words, JSON and page say so, and what to do."""
    few = replace(rehearsal, pilots=rehearsal.pilots[: LEAST_PILOTS - 1], controls=None)
    one = replace(rehearsal, pilots=rehearsal.pilots[:1], controls=None)
    plain = rehearsal_plain(few)

    assert headline(few).startswith("With 9 pilots nothing is said of when a winner shows")
    assert headline(one).startswith("With 1 pilot nothing is said")
    assert headline(few).endswith("rehearse at least 10, with --seeds 10 or more.")
    assert [None] * 4 == [plain[name] for name in ("provable", "why", "winner_week", "winner_share")]
    assert {"value": few.gain.value, "low": None, "high": None} == plain["gain"]
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert " to " not in " ".join(text for _, text in answers(few))
    assert {"–"} == {interval for _, _, interval in policy_rows(few)}
    assert headline(few) in rehearsal_page(few)
    assert "share of the pilots that show a winner" not in rehearsal_page(few)


def test_a_fixed_order_can_be_given(tmp_path: Path) -> None:
    """The first campaign of a given order is what the fixed order sends; one that is not in the history is refused."""
    history = lived_history(shop(TURNED, customers=300, days=20), tmp_path)
    with pytest.raises(UsageError, match="the history has no campaign tea; it has "):
        rehearse(history, replace(SETTINGS, priority=("tea",)))


def _left_by(world: WorldSpec, campaign_id: str) -> float:
    """Returns what always sending a campaign leaves on the table per send, on one day's customers."""
    visit = World(world, (9,)).begin_day()
    column = [one.campaign_id for one in visit.live.campaigns].index(campaign_id)
    return float((visit.expected.max(axis=1) - visit.expected[:, column]).mean())
