"""The source article's argument, played through a running service: promotions and lifecycle campaigns for half a year.

Besides what the world does by itself (late files, duplicates, revisions, refunds, opt-outs) one campaign is pulled in
the middle of its week, and two nights are repeated: the one before the pull, and one a few weeks later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from banditsvc.client import Client
from simulators.engine.feed_calendar import has_file
from simulators.engine.visit import Visit
from simulators.live.live_run import LiveRun
from simulators.live.simulate_live import LiveRuns, live_runs
from simulators.runs.contact_limits import Chosen
from simulators.runs.run_frames import RunFrames, joined_frames
from simulators.worlds.campaign_span import DAYS_A_WEEK
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec

WORLD = "article-shop"
POLICIES = {"fixed order": "fixed_order", "exclusive rules": "exclusive_rules", "coin": "coin", "bandit": "default"}
PULLED_FAMILY = "promo-shoes"
JOBS = 4


SHORT_ODDS = 15.0
"""How many times as often customers answer in the short form, so that a few weeks tell."""
SHORT_POLICIES = {**POLICIES, "bandit": "default learning_rate=0.02"}
"""For a few weeks in greater steps; everything else is the default."""


def short_world() -> WorldSpec:
    """Returns the article's shop with fewer customers, who answer more often, for six weeks; no outcome is lost."""
    world = read_world(WORLD)
    often = [one.model_copy(update={"base_rate": min(0.3, SHORT_ODDS * one.base_rate)}) for one in world.campaigns]
    organic = world.population.organic.model_copy(update={"rate_factor": 0.3})
    return world.model_copy(
        update={
            "customers": 600,
            "days": 42,
            "campaigns": tuple(often),
            "response_limit": 0.6,
            "reward": world.reward.model_copy(update={"greatest": 60.0}),
            "population": world.population.model_copy(update={"organic": organic}),
            "feed": world.feed.model_copy(update={"dead_from_day": 21, "dead_to_day": 28}),
            "faults": world.faults.model_copy(update={"lost_share": 0.0, "revised_share": 0.15}),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What happens when."""

    pull_day: int
    """A Wednesday, at whose midnight the week's campaign of PULLED_FAMILY is pulled, before the night's file is ranked.

    The file of the night before is ranked again then."""
    repeat_day: int
    """The file of this night is ranked twice."""

    @property
    def pulled(self) -> str:
        """Returns the campaign that is pulled."""
        return f"{PULLED_FAMILY}-w{self.pull_day // DAYS_A_WEEK + 1:02d}"


@dataclass(slots=True)
class Counts:
    """What was counted in one run."""

    repeated: int = 0
    """Requests of the repeated nights."""
    replayed: int = 0
    """Of these, those that were answered as before, with the same campaign and the same probabilities."""
    stopped: int = 0
    """Of these, those that said that their campaign must not be sent any more."""
    chosen_before: int = 0
    """Requests of the night before the pull that had chosen the pulled campaign."""
    named_after: int = 0
    """Requests that named it as a candidate from the pull on."""
    sent_after: int = 0
    """Of these, those that chose it."""
    above_coin: float = 0.0
    """Sum over decisions of the true expected reward of what was chosen, less the mean of all that was eligible."""
    squared_ranges: float = 0.0
    """Sum over the same of the square of the greatest less the least: what Hoeffding's bound goes by."""


@dataclass(slots=True)
class ArticleRun:
    """One run, with its counts."""

    run: LiveRun
    counts: Counts = field(default_factory=Counts)
    last: tuple[Visit, Chosen] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePlay:
    """All runs, when they are over and all files have come."""

    runs: Sequence[ArticleRun]
    frames: RunFrames
    relearned: Mapping[str, tuple[float, float]]
    """By portfolio_id of the bandit, the mean reward learned, as settled and after a relearn at the end."""

    def counts(self) -> Counter[str]:
        """Returns the counts of all runs together, with those of outcomes by how they were answered."""
        found: Counter[str] = Counter()
        for one in self.runs:
            found.update({name: getattr(one.counts, name) for name in Counts.__slots__})
            found.update(one.run.shop.pipeline.answers)
            found["refunds"] += one.run.shop.pipeline.refunds
            found["unsubscribed"] += one.run.shop.pipeline.unsubscribed
            found["refused"] += one.run.shop.refused
        return found


def play_article(
    client: Client,
    world: WorldSpec,
    policies: Mapping[str, str],
    seeds: Sequence[int],
    script: Script,
    on_day: Callable[[int, int], None] = lambda *_: None,
) -> ArticlePlay:
    """Plays all policies with all seeds side by side, and then the days on which the last files come."""
    runs = live_runs(client, world, policies, seeds=seeds)
    played = [ArticleRun(run) for run in runs.runs]
    after = (
        world.feed.every_days + world.feed.late_days + int(world.faults.refunded_days + world.faults.revised_days) + 2
    )
    with ThreadPoolExecutor(max_workers=JOBS) as pool:
        for day in range(runs.days + after):
            runs.set_clock(day)
            list(pool.map(lambda one, day=day: _live(client, one, day, runs, script), played))
            on_day(day + 1, runs.days + after)
    bandits = [one.run.shop.portfolio_id for one in played if one.run.name == "bandit"]
    return ArticlePlay(
        runs=played,
        frames=joined_frames([one.run.frames() for one in played]),
        relearned={portfolio_id: _relearn(client, portfolio_id) for portfolio_id in bandits},
    )


def _live(client: Client, one: ArticleRun, day: int, runs: LiveRuns, script: Script) -> None:
    run = one.run
    if day >= runs.days:
        if has_file(run.world.spec.feed, day):
            run.shop.begin_day(day)
        return
    visit = run.begin_day()
    if day == script.pull_day:
        client.pause_campaign(run.shop.portfolio_id, script.pulled)
        assert one.last is not None
        before, chosen = one.last
        columns = [campaign.campaign_id for campaign in before.live.campaigns]
        one.counts.chosen_before += int((chosen.column == columns.index(script.pulled)).sum())
        _repeat(one, before, chosen)
    chosen = run.shop.decide(visit)
    if day == script.repeat_day:
        _repeat(one, visit, chosen)
    if day >= script.pull_day:
        _look_for_pulled(one, visit, chosen, script.pulled)
    _compare_with_coin(one.counts, visit, chosen)
    run.send(visit, chosen)
    one.last = visit, chosen


def _repeat(one: ArticleRun, visit: Visit, chosen: Chosen) -> None:
    """Asks for a whole night again: a job that was started twice."""
    rows = np.flatnonzero(visit.eligible.mask.any(axis=1))
    again = one.run.shop.ask(visit, rows)
    is_same = again.is_replay & (again.chosen.column == chosen.column[rows])
    is_same &= (again.chosen.pmf == chosen.pmf[rows]).all(axis=1)
    one.counts.repeated += len(rows)
    one.counts.replayed += int(is_same.sum())
    one.counts.stopped += int(again.is_paused.sum())


def _look_for_pulled(one: ArticleRun, visit: Visit, chosen: Chosen, pulled: str) -> None:
    ids = [campaign.campaign_id for campaign in visit.live.campaigns]
    if pulled in ids:
        column = ids.index(pulled)
        one.counts.named_after += int(visit.eligible.mask[:, column].sum())
        one.counts.sent_after += int((chosen.column == column).sum())


def _compare_with_coin(counts: Counts, visit: Visit, chosen: Chosen) -> None:
    rows = np.flatnonzero(chosen.column >= 0)
    mask, expected = chosen.mask[rows], visit.expected[rows]
    means = np.where(mask, expected, 0.0).sum(axis=1) / mask.sum(axis=1)
    greatest = np.where(mask, expected, -np.inf).max(axis=1, initial=-np.inf)
    least = np.where(mask, expected, np.inf).min(axis=1, initial=np.inf)
    counts.above_coin += float((expected[np.arange(rows.size), chosen.column[rows]] - means).sum())
    counts.squared_ranges += float(np.square(greatest - least).sum())


def _relearn(client: Client, portfolio_id: str) -> tuple[float, float]:
    before = client.get_model(portfolio_id).mean_reward
    client.relearn_model(portfolio_id)
    client.catch_up(portfolio_id)
    return before, client.get_model(portfolio_id).mean_reward
