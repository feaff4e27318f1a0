"""Laws of logs as policies of the service see them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from banditsvc.core.portfolio import POSTERIOR_TRAIN
from banditsvc.core.times import DAY_US
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.usage_error import UsageError
from simulators.replay.candidates import candidates
from simulators.replay.replayable_log import ReplayableLog, replayable_log
from tests.reports.chosen_log import FAMILIES, SHARES, chosen_log
from tests.store.build import decision, outcome


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> ReplayableLog:
    return replayable_log(chosen_log(tmp_path_factory.mktemp("log"), 2_000), "shop")


def test_rows_are_the_decisions(log: ReplayableLog) -> None:
    """Eligible campaigns stand in the order of their ids with their families, and choices have their probabilities."""
    rows = log.rows
    names = rows.eligible.campaign_ids

    assert tuple(sorted(SHARES)) == names
    assert [FAMILIES[name] for name in names] == [campaign.family for campaign in rows.eligible.campaigns]
    assert rows.eligible.mask.all()
    assert [SHARES[names[place]] for place in rows.chosen] == pytest.approx(rows.probability.tolist())
    assert min(SHARES.values()) == pytest.approx(log.least_probability)
    assert {"family", "student"} == set(rows.contexts.frame()["segment"])
    assert {0.0, 1.0} == set(np.unique(rows.reward))
    assert {"not mature"} == set(log.left_out)


def test_treatments_are_refused(tmp_path: Path) -> None:
    """A log that chose among pairs of campaign and treatment is refused, and the reason says so."""
    folder = chosen_log(tmp_path, 200)
    log = SqliteLog(folder / "log.db")
    treated = structs.replace(
        decision("treated", send_time_us=3 * DAY_US),
        campaign_id="news",
        eligible=("news", "news", "sale-47"),
        treatments=("x", "y", ""),
        treatment_id="y",
        selection_probabilities=(0.25, 0.25, 0.5),
        predicted_rewards=((0.0, 0.0, 0.0),),
    )
    log.append([treated], 21 * DAY_US)
    log.append([outcome("later", decision_id="treated", occur_time_us=21 * DAY_US)], 60 * DAY_US)
    log.close()

    with pytest.raises(UsageError, match="without treatments"):
        replayable_log(folder, "shop")


def test_candidates_have_their_settings(log: ReplayableLog) -> None:
    """A candidate explores, keeps a floor and learns as written, and otherwise as the portfolio does."""
    made = candidates(["thompson floor=0.05 half_life_decisions=2000", "greedy"], log.portfolio)
    first, second = made.values()

    assert (0.05, POSTERIOR_TRAIN.learner, 2_000) == (
        first.floor,
        first.learner.train.learner,
        first.learner.train.half_life_decisions,
    )
    assert log.portfolio.learner == second.learner


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["greedy", "greedy"], "given twice"),
        (["greedy window_days=3"], "leave out window_days"),
        (["greedy waits_for_feed=false"], "leave out window_days"),
        (["greedy calendar_features=day_of_week"], "leave them out"),
        (["greedy floor=2"], "floor"),
        (["greedy floor"], "NAME=VALUE"),
        (["oracle"], "is no policy"),
    ],
)
def test_what_is_no_candidate_is_refused(log: ReplayableLog, texts: list[str], message: str) -> None:
    """Policies that stand twice, settings that a log cannot answer or are out of range are refused with the remedy."""
    with pytest.raises(UsageError, match=message):
        candidates(texts, log.portfolio)
