"""Late answers and late files: what learning early ends on, and what the service does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import ttest_1samp

from banditsvc.reports.html.svg import PALE, RULE, panels, series_color, svg_of
from figures.page import Page, Plot, Table
from figures.policies import mean_and_error
from figures.run import Track, main
from simulators.runs.run_frames import RunFrames
from simulators.runs.simulate import simulate
from simulators.worlds.campaign_span import DAYS_A_WEEK
from simulators.worlds.feed_spec import FeedSpec
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec

NAME = "delays"
SEEDS, SHORT_SEEDS = 12, 4
SERVICE, UNWAITING, EARLY = "the service", "whole window, not waiting for files", "after one day, not waiting"
POLICIES: Mapping[str, str] = {
    SERVICE: "default",
    UNWAITING: "default waits_for_feed=false",
    EARLY: "default window_days=1 waits_for_feed=false",
}
"""All but the settling is the same. Who does not wait takes what has not come for a zero."""
LAST_DAYS = 28
_DEAD_WEEKS = slice(8, 12)


@dataclass(frozen=True, slots=True)
class _Course:
    """One policy in one world: share of the best campaign by seed and week."""

    world: str
    policy: str
    weeks: NDArray[np.float64]
    last: NDArray[np.float64]
    """Of the last LAST_DAYS, by seed."""


def worlds() -> dict[str, WorldSpec]:
    """Returns the worlds by what the page calls them."""
    return {
        "the better campaign answers later": read_world("delay"),
        "great orders come late": read_world("delay-by-reward"),
        "prompt feed": read_world("weekly-feed").model_copy(update={"name": "prompt-feed", "feed": FeedSpec()}),
        "weekly feed": read_world("weekly-feed"),
        "late feed": read_world("late-feed"),
        "dead feed": read_world("dead-feed"),
    }


def best_shares(frames: RunFrames, policy: str, first_day: int = 0) -> NDArray[np.float64]:
    """Returns the share of decisions from a day on that chose the campaign that is best for the customer, by seed."""
    finds = frames.finds
    of_policy = finds[(finds["policy"] == policy) & (finds["day"] >= first_day)]
    return np.asarray(_shares(of_policy, ["seed"]), dtype=np.float64)


def measure(*, short: bool, track: Track) -> Page:
    """Returns the courses of 12 seeds in six worlds, of 4 in the short form."""
    seeds = SHORT_SEEDS if short else SEEDS
    found: list[_Course] = []
    made = worlds()
    for number, (name, world) in enumerate(made.items()):
        frames = simulate(world, POLICIES, seeds=range(1, seeds + 1))
        found += [_course(name, policy, world, frames) for policy in POLICIES]
        track(number + 1, len(made))
    rows = [
        (
            one.world,
            one.policy,
            mean_and_error(one.last.tolist(), 3),
            f"{one.last.min():.3f}",
            f"{(one.last > 0.5).sum()} of {seeds}",
            f"{float(one.weeks.mean(axis=0)[_DEAD_WEEKS].min()):.3f}",
        )
        for one in found
    ]
    return Page(
        title="Late answers and late files",
        shows=_shows(),
        scale=f"{seeds} seeds of each world, with its own customers and days.",
        tables=(
            Table(
                headers=(
                    "world",
                    "learned",
                    f"best campaign, last {LAST_DAYS} days (standard error)",
                    "least of the seeds",
                    "ends on it",
                    "least of weeks 9 to 12",
                ),
                rows=rows,
                caption="Share of decisions that chose the campaign that is best for the customer:",
            ),
        ),
        plots=(Plot(file=f"{NAME}.svg", shows="Share of the best campaign by week", svg=_plot(found)),),
        verdict=_verdict(found),
    )


def _shares(finds: pd.DataFrame, by: Sequence[str]) -> pd.Series[float]:
    sums = finds.groupby(list(by))[["best_for", "best_and_chosen"]].sum()
    return sums["best_and_chosen"] / sums["best_for"]


def _course(name: str, policy: str, world: WorldSpec, frames: RunFrames) -> _Course:
    finds = frames.finds[frames.finds["policy"] == policy]
    by_week = _shares(finds.assign(week=finds["day"] // DAYS_A_WEEK), ["seed", "week"])
    weeks = np.asarray(by_week, dtype=np.float64).reshape(-1, world.days // DAYS_A_WEEK)
    return _Course(name, policy, weeks, best_shares(frames, policy, world.days - LAST_DAYS))


def _shows() -> str:
    return (
        "Two worlds with late answers: in `delay` one campaign is answered by 2.5 % within a day, another by 4 % within "
        "weeks; in `delay-by-reward` great orders come late. And one shop with four feeds of outcomes: prompt, weekly, five "
        "days late, and dead for ten days from day 56 on. The policy is the default. The service learns a decision once "
        "its window is over and the feed is complete to its end. Beside it, the same but for the settling: one that learns "
        "after the whole window what has come by then, and one that learns so after one day. What has not come is a zero to "
        "both; what comes after is never learned."
    )


def _verdict(found: list[_Course]) -> str:
    by_name = {(one.world, one.policy): one for one in found}
    late = "the better campaign answers later"
    ends = partial(ttest_1samp, popmean=0.5)
    service = float(ends(by_name[late, SERVICE].last, alternative="greater").pvalue)
    early = float(ends(by_name[late, EARLY].last, alternative="less").pvalue)
    return (
        f"Where the better campaign answers later, the service ends on it (t-test against one half: p = {service:.1e}), and "
        f"learning after one day ends on the one that answers fast (p = {early:.1e}). With a weekly or late feed, learning "
        "after one day learns nothing at all, and while a feed is dead, what is sent most looks worst. Where all "
        "campaigns have the same delay, an early look at a prompt feed costs nothing, and not waiting for a feed that is "
        "five days late costs nothing either: two days of outcomes hold most answers, and less of what customers buy "
        "anyway. Neither is known beforehand."
    )


def _plot(found: list[_Course]) -> str:
    names = list(dict.fromkeys(one.world for one in found))
    made, grid = panels(4.4, rows=2, columns=3)
    for place, name in enumerate(names):
        axes = grid[place // 3][place % 3]
        for number, policy in enumerate(POLICIES):
            weeks = next(one.weeks for one in found if (one.world, one.policy) == (name, policy))
            number_of = np.arange(1, weeks.shape[1] + 1)
            color = series_color(number)
            axes.fill_between(number_of, weeks.min(axis=0), weeks.max(axis=0), color=color, alpha=0.1, linewidth=0.0)
            axes.plot(number_of, weeks.mean(axis=0), color=color, linewidth=1.6, label=policy, zorder=4 - number)
        axes.set_title(name, fontsize=9, color=PALE)
        axes.set_ylim(0.0, 1.0)
        axes.grid(axis="y", color=RULE, linewidth=0.5, alpha=0.7)
        if place >= 3:
            axes.set_xlabel("week")
    grid[0][0].set_ylabel("share of the best")
    grid[1][0].set_ylabel("share of the best")
    handles, labels = grid[0][0].get_legend_handles_labels()
    made.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=8)
    return str(svg_of(made, "Share of the best campaign by week, in six worlds"))


if __name__ == "__main__":
    main(NAME, measure)
