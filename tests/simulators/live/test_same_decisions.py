"""A world through a running service and in process: the same decisions, learned from the same rewards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from banditsvc.client import Client, ClientOptions
from banditsvc.core.portfolio import Portfolio
from banditsvc.log_file import read_log_file
from simulators.live.live_run import LiveRun
from simulators.live.simulate_live import live_runs
from simulators.own_server import own_server
from simulators.runs.draws import ServiceDraws, ServicePortfolio
from simulators.runs.in_process import run_policy
from simulators.runs.named_policies import named_policy
from simulators.runs.run_frames import RunFrames
from tests.simulators.live.small_world import FORMS, small_world

PLAYED = {
    "prompt": ("default", "exclusive_rules"),
    "weekly": ("epsilon_greedy:0.2 floor=0.05",),
    "late": ("default crosses=segment*favourites learning_rate=0.02 last_days=8",),
    "dead": ("default",),
}
"""By form of the world the policies that run in it."""
CASES = [(form, policy) for form, policies in PLAYED.items() for policy in policies]
SEED = 5


@dataclass(frozen=True)
class Played:
    """One run through the service, and what its portfolio draws by."""

    run: LiveRun
    draws: ServiceDraws


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Played]:
    """Plays all of them through one server, one world after the other: each starts some weeks after the one before."""
    data = tmp_path_factory.mktemp("live") / "data"
    lived: list[LiveRun] = []
    with own_server(data) as address, Client(address, ClientOptions(timeout_seconds=60.0)) as client:
        for form, policies in PLAYED.items():
            runs = live_runs(client, small_world(form), policies, seeds=[SEED], keep_decisions=True)
            with ThreadPoolExecutor(max_workers=len(policies)) as pool:
                for day in range(runs.days):
                    runs.set_clock(day)
                    list(pool.map(LiveRun.live_a_day, runs.runs))
            lived += runs.runs
    salts = _salts(data)
    portfolios = [ServicePortfolio(run.shop.portfolio_id, salts[run.shop.portfolio_id]) for run in lived]
    return {
        case: Played(run, ServiceDraws([portfolio]))
        for case, run, portfolio in zip(CASES, lived, portfolios, strict=True)
    }


def _salts(data: Path) -> dict[str, str]:
    log = read_log_file(data)
    found = [recorded.value for recorded in log.read_resources(0)]
    log.close()
    return {one.portfolio_id: one.salt for one in found if isinstance(one, Portfolio)}


def _in_process(form: str, policy: str, draws: ServiceDraws) -> RunFrames:
    world = small_world(form)
    return run_policy(world, policy, named_policy(policy, world), [SEED], draws=draws, keep_decisions=True)


@pytest.mark.parametrize(("form", "policy"), CASES)
def test_both_ways_give_the_same_decisions(form: str, policy: str, played: dict[tuple[str, str], Played]) -> None:
    """With the service's draws, all frames of a run in process are those of the run through the service, bit for bit."""
    one = played[form, policy]
    expected, actual = _in_process(form, policy, one.draws), one.run.frames()

    for name in ("decisions", "daily", "shares", "campaigns", "finds"):
        assert_frame_equal(getattr(expected, name), getattr(actual, name), check_exact=True)


@pytest.mark.parametrize("form", FORMS)
def test_everything_happened(form: str, played: dict[tuple[str, str], Played]) -> None:
    """In every form decisions were learned and rewarded, customers opted out, were asked for again and refused."""
    one = played[form, PLAYED[form][0]].run
    daily: pd.DataFrame = one.frames().daily
    answers = one.shop.pipeline.answers

    assert daily["learned"].sum() > 100
    assert one.frames().decisions["reward"].max() > 0.0
    assert daily["no_eligible"].sum() > 0
    assert one.shop.pipeline.unsubscribed >= one.shop.refused > 0
    assert answers["ACCEPTED"] > 30
    if "faults" in FORMS[form]:
        assert min(answers["DUPLICATE"], answers["REVISED"] + answers["STALE_REVISION"], answers["LATE"]) > 0


def test_of_a_feed_that_is_dead_for_long_some_decisions_lapse(played: dict[tuple[str, str], Played]) -> None:
    """Decisions whose feed is not complete within the grace are never learned, in both ways alike."""
    decisions = played["dead", "default"].run.frames().decisions
    old = decisions[decisions["day"] < 14]

    assert 0 < old["reward"].isna().sum() < len(old)
