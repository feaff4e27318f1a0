"""The source article's argument as an acceptance test, through a running service: the short form of figures/article.py."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from banditsvc.client import Client, ClientOptions
from banditsvc.open_log import open_log
from simulators.live.simulate_live import live_runs
from simulators.own_server import own_server
from simulators.worlds.feed_spec import FaultSpec, FeedSpec
from tests.simulators.live.article_play import (
    POLICIES,
    SHORT_POLICIES,
    ArticlePlay,
    ArticleRun,
    Script,
    play_article,
    short_world,
)

LEVEL = 0.001
SCRIPT = Script(pull_day=16, repeat_day=36)
QUIET_DAYS, LAST_FILES = 21, 12


@dataclass(frozen=True)
class Played:
    """The play, and what the service's log has of each run."""

    play: ArticlePlay
    decisions: dict[str, pd.DataFrame]
    outcomes: dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Plays fixed order, exclusive rules, coin and bandit through one server."""
    data = tmp_path_factory.mktemp("article") / "data"
    with own_server(data) as address, Client(address, ClientOptions(timeout_seconds=60.0)) as client:
        play = play_article(client, short_world(), SHORT_POLICIES, [1], SCRIPT)
    return Played(play, *_log(data, play))


def _log(data: Path, play: ArticlePlay) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    ids = {one.run.name: one.run.shop.portfolio_id for one in play.runs}
    wanted = ["decision_id", "customer_id", "occasion", "send_time", "result", "campaign_id"]
    with open_log(data) as log:
        return (
            {name: log.decisions(portfolio_id).select(wanted).to_pandas() for name, portfolio_id in ids.items()},
            {name: log.outcomes(portfolio_id).to_pandas() for name, portfolio_id in ids.items()},
        )


def _run(played: Played, policy: str) -> ArticleRun:
    return next(one for one in played.play.runs if one.run.name == policy)


@pytest.mark.parametrize("policy", POLICIES)
def test_nobody_is_contacted_twice(policy: str, played: Played) -> None:
    """A night that is ranked twice makes no decision and no contact: each customer has one for an occasion, and at most
    three contacts in 28 days; every repeated request is answered as before, with the same probabilities.
    """
    counts, decisions = _run(played, policy).counts, played.decisions[policy]
    contacts = decisions[decisions["result"] == "CAMPAIGN"].sort_values("send_time")
    daily = played.play.frames.daily
    asked = daily.loc[daily["policy"] == policy, "decisions"].sum() + _run(played, policy).run.shop.refused

    assert counts.repeated == counts.replayed > 100
    assert asked == len(decisions) == decisions["decision_id"].nunique()
    assert not contacts.duplicated(["customer_id", "occasion"]).any()
    fourth = contacts.groupby("customer_id")["send_time"].diff(3)
    assert fourth.min() >= timedelta(days=28)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_pulled_campaign_is_never_sent_again(policy: str, played: Played) -> None:
    """From the pull on nobody gets it, though the scheduler names it on; who was to get it the night before is told so."""
    counts, decisions = _run(played, policy).counts, played.decisions[policy]
    day = decisions["occasion"].str.removeprefix("day-").astype(int)
    got_it = decisions["campaign_id"] == SCRIPT.pulled

    assert 0 == counts.sent_after == (got_it & (day >= SCRIPT.pull_day)).sum()
    assert counts.named_after > 100
    assert counts.chosen_before == counts.stopped <= (got_it & (day < SCRIPT.pull_day)).sum()
    assert sum(one.counts.stopped for one in played.play.runs) > 50


@pytest.mark.parametrize("policy", POLICIES)
def test_money_is_counted_once_and_refunds_are_taken_off(policy: str, played: Played) -> None:
    """What the log has of outcomes, the last revision of each and without what was refunded, is what customers paid."""
    outcomes, answers = played.outcomes[policy], _run(played, policy).run.shop.pipeline.answers
    orders = outcomes[outcomes["type"] == "REVENUE"]
    refunds = outcomes[outcomes["type"] == "REFUND"]
    last = orders.sort_values("revision").groupby("outcome_id").last()
    kept = last[~last.index.isin(refunds["refunded_outcome_id"])]
    daily = played.play.frames.daily

    assert min(answers["DUPLICATE"], (orders["revision"] > 0).sum(), len(refunds)) > 5
    assert not outcomes.duplicated(["outcome_id", "revision"]).any()
    assert daily.loc[daily["policy"] == policy, "revenue"].sum() == pytest.approx(kept["amount"].sum(), abs=0.01)


def test_what_comes_late_counts_when_learning_again(played: Played) -> None:
    """Refunds and corrections that come after their decision was learned change the mean reward at the relearn."""
    ((before, after),) = played.play.relearned.values()

    assert _run(played, "bandit").run.shop.pipeline.answers["LATE"] > 5
    assert after < before


def test_who_has_unsubscribed_is_refused(played: Played) -> None:
    """The scheduler asks for customers of its last file; those who have unsubscribed since are refused, every one."""
    shops = [one.run.shop for one in played.play.runs]

    assert 0 < sum(shop.refused for shop in shops) <= sum(shop.pipeline.unsubscribed for shop in shops)


def test_the_bandit_is_better_than_a_coin(played: Played) -> None:
    """Were the bandit's choices an equal draw, the sum of their true expected rewards above the mean of what was eligible
    would exceed Hoeffding's bound for martingales (Azuma 1967) with a probability of at most .001; the coin's does not.
    """
    bandit, coin = _run(played, "bandit").counts, _run(played, "coin").counts

    assert bandit.above_coin > math.sqrt(-0.5 * math.log(LEVEL) * bandit.squared_ranges)
    assert abs(coin.above_coin) < math.sqrt(-0.5 * math.log(LEVEL / 2) * coin.squared_ranges)


def test_late_files_change_nothing_but_the_time_of_learning() -> None:
    """A feed that is late, and dead for a week, leaves the same decisions and in the end the same weights, bit for bit, as
    a prompt one, where nothing is restated; only later.
    """
    prompt = short_world().model_copy(update={"customers": 150, "feed": FeedSpec(), "faults": FaultSpec()})
    late = prompt.model_copy(update={"feed": FeedSpec(late_days=2, dead_from_day=8, dead_to_day=15)})
    learned, models, campaigns = [], [], []
    with own_server() as address, Client(address, ClientOptions(timeout_seconds=60.0)) as client:
        for world in (prompt, late):
            runs = live_runs(client, world, ["fixed_order"], seeds=[1], days=QUIET_DAYS)
            (run,) = runs.runs
            for day in range(QUIET_DAYS + LAST_FILES):
                runs.set_clock(day)
                if day < QUIET_DAYS:
                    run.live_a_day()
                else:
                    run.shop.begin_day(day)
            learned.append(run.frames().daily["learned"].cumsum())
            campaigns.append(run.frames().campaigns)
            models.append(client.get_model(run.shop.portfolio_id))

    assert campaigns[0].equals(campaigns[1])
    assert models[0].learned_count == models[1].learned_count > 200
    assert models[0].weights_sha256 == models[1].weights_sha256
    assert (learned[1] <= learned[0]).all()
    assert learned[1][14] < learned[0][14]
