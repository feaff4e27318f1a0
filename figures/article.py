"""The source article's argument: fixed order, exclusive rules, coin and bandit, live, for half a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from banditsvc.client import Client, ClientOptions
from figures.page import Page, Table
from figures.run import Track, main
from simulators.comparison import LEVEL, PairedDifference
from simulators.comparison.run_values import METRICS, by_seed, run_values
from simulators.comparison.starved import STARVED_SHARE
from simulators.own_server import own_server
from simulators.runs.run_frames import RunFrames
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec
from tests.simulators.live.article_play import POLICIES, WORLD, ArticlePlay, Script, play_article

NAME = "article"
SEEDS, SHORT_SEEDS = (1, 2, 3, 4, 5), (1,)
SHORT_CUSTOMERS, SHORT_DAYS = 500, 84
LARGE_FACTOR = 10
"""How many times as many customers the larger shop has."""
SCRIPT = Script(pull_day=72, repeat_day=100)
SHORT_SCRIPT = Script(pull_day=44, repeat_day=60)
PERIODS = 4
_SCALE = {"nothing sent": "no_contact", "best at once": "oracle"}
_CALL_SECONDS = 300.0


def measure(*, short: bool, track: Track) -> Page:
    """Returns earnings and failures over 26 weeks with 5 seeds; a smaller shop, 12 weeks and one seed in the short form."""
    world = read_world(WORLD)
    seeds: tuple[int, ...] = SEEDS
    script = SCRIPT
    if short:
        world = world.model_copy(update={"customers": SHORT_CUSTOMERS, "days": SHORT_DAYS})
        seeds, script = SHORT_SEEDS, SHORT_SCRIPT
    large = world.model_copy(update={"customers": LARGE_FACTOR * world.customers})
    with own_server() as address, Client(address, ClientOptions(timeout_seconds=_CALL_SECONDS)) as client:
        played = play_article(client, world, POLICIES, seeds, script, track)
    scale = simulate(world, _SCALE, seeds=seeds)
    in_large = simulate(large, {**POLICIES, **_SCALE}, seeds=seeds)
    return Page(
        title="Fixed order, exclusive rules, coin and bandit",
        shows=_shows(world),
        scale=f"{len(seeds)} seeds of {world.customers:,} customers through one server, {world.days // 7} weeks.",
        tables=(
            _earnings(
                [played.frames, scale],
                f"Through the service, {world.customers:,} customers, per customer over all weeks in {world.currency}. "
                "The last two rows are for scale and were run in process:",
            ),
            _earnings(
                [in_large], f"The same shop with {large.customers:,} customers, in process, which decides alike:"
            ),
            _course([played.frames, scale], "Through the service"),
            _course([in_large], "The larger shop"),
            _starved(played.frames),
            _operations(played, script),
        ),
    )


def _shows(world: WorldSpec) -> str:
    return (
        f"The world `{world.name}`: a fashion shop with {sum(one.weekly for one in world.campaigns)} weekly promotions, "
        f"each week under a new id, and {sum(not one.weekly for one in world.campaigns)} lifecycle campaigns. The fixed "
        "order is that of the campaigns' true mean rewards at the start; the exclusive rules go by favourites and stage; "
        "the bandit is the default policy and knows nothing at the start. Revenue is net of refunds, profit is margin "
        f"times revenue less the cost of contacts. Differences are paired by seed, with Student's interval at "
        f"{LEVEL:.0%}."
    )


def _earnings(parts: Sequence[RunFrames], caption: str) -> Table:
    values = pd.concat([run_values(part) for part in parts], ignore_index=True)
    means = values.groupby("policy", sort=False)[list(METRICS)].mean()
    per_seed = by_seed(values, values["world"].iloc[0], "profit")
    rows = []
    for policy, row in means.iterrows():
        rows.append(
            (
                str(policy),
                f"{row['revenue']:.2f}",
                f"{row['contacts']:.1f}",
                f"{row['opt_outs']:.2%}",
                f"{row['profit']:.3f}",
                *(_difference(per_seed, str(policy), other) for other in ("coin", "fixed order")),
            )
        )
    return Table(
        headers=("policy", "revenue", "contacts", "opted out", "profit", "less the coin's", "less the fixed order's"),
        rows=rows,
        caption=caption,
    )


def _difference(per_seed: pd.DataFrame, policy: str, other: str) -> str:
    if policy == other:
        return ""
    found = PairedDifference.of(per_seed[policy] - per_seed[other])
    low, high = found.interval(LEVEL)
    return f"{found.value:+.3f}" + (f" ({low:+.3f} to {high:+.3f})" if np.isfinite(low) else "")


def _course(parts: Sequence[RunFrames], where: str) -> Table:
    daily = pd.concat([part.daily for part in parts], ignore_index=True)
    daily = daily[daily["policy"] != "nothing sent"]
    length = int(daily["day"].max()) + 1
    period = daily["day"] * PERIODS // length
    sums = daily.groupby(["policy", period], sort=False)[["expected_reward", "decisions", "no_eligible"]].sum()
    rates = (sums["expected_reward"] / (sums["decisions"] - sums["no_eligible"])).reset_index(name="rate")
    table = rates.pivot_table(index="policy", columns="day", values="rate", sort=False)
    weeks = [f"weeks {length * one // PERIODS // 7 + 1} on" for one in range(PERIODS)]
    return Table(
        headers=("policy", *weeks),
        rows=[(str(policy), *(f"{value:.3f}" for value in row)) for policy, row in table.iterrows()],
        caption=f"{where}: true immediate expected reward of what was chosen, per decision, cost of the contact taken off:",
    )


def _starved(frames: RunFrames) -> Table:
    by_family = frames.campaigns.assign(
        family=frames.campaigns["family"].where(frames.campaigns["family"] != "", frames.campaigns["campaign_id"])
    )
    found = (
        by_family.groupby(["policy", "family"], sort=False)[["equal_draw", "decisions", "best_for"]].sum().reset_index()
    )
    found = found[found["family"] != "NO_CONTACT"]
    daily = frames.daily.groupby("policy", sort=False)[["decisions", "no_eligible", "contacts"]].sum()
    rows = []
    for policy in daily.index:
        mine = found[found["policy"] == policy]
        starved = mine[mine["decisions"] < STARVED_SHARE * mine["equal_draw"]]
        decided = daily.loc[policy, "decisions"] - daily.loc[policy, "no_eligible"]
        rows.append(
            (
                str(policy),
                ", ".join(sorted(starved["family"])) or "none",
                f"{starved['best_for'].sum() / decided:.1%}",
                f"{1.0 - daily.loc[policy, 'contacts'] / decided:.1%}",
                f"{daily.loc[policy, 'no_eligible'] / daily.loc[policy, 'decisions']:.1%}",
            )
        )
    return Table(
        headers=("policy", "starved campaigns", "one of them was best for", "left without contact", "nothing eligible"),
        rows=rows,
        caption=(
            f"What each leaves undone. Starved: gets less than {STARVED_SHARE:.0%} of what an equal draw would give it. "
            "Shares are of the decisions for which something was eligible; of the rest the contact cap let nothing through:"
        ),
    )


def _operations(played: ArticlePlay, script: Script) -> Table:
    counts = played.counts()
    posted = sum(one.run.shop.pipeline.answers.total() for one in played.runs)
    relearned = np.array(list(played.relearned.values()))
    rows = (
        ("outcomes posted", f"{posted:,}"),
        ("of them posted again, answered DUPLICATE and not counted twice", f"{counts['DUPLICATE']:,}"),
        ("restated with another amount, the last one counts", f"{_restated(counts):,}"),
        ("refunds, taken off", f"{counts['refunds']:,}"),
        ("answered LATE: after their decision was learned, counted at the relearn", f"{counts['LATE']:,}"),
        ("mean reward that the bandit had learned, and after the relearn", _arrow(relearned)),
        ("customers who unsubscribed", f"{counts['unsubscribed']:,}"),
        ("of them asked for again, all refused", f"{counts['refused']:,}"),
        ("requests of repeated nights", f"{counts['repeated']:,}"),
        ("of them answered as before, without a second contact", f"{counts['replayed']:,}"),
        (f"choices of {script.pulled} in the night before it was pulled", f"{counts['chosen_before']:,}"),
        ("of them told to be stopped when that night was repeated", f"{counts['stopped']:,}"),
        ("requests that named it afterwards", f"{counts['named_after']:,}"),
        ("of them sent", f"{counts['sent_after']:,}"),
    )
    return Table(
        headers=("what happened, all runs together", "count"),
        rows=rows,
        caption="What went wrong, and what came of it:",
    )


def _restated(counts: Counter[str]) -> int:
    return counts["REVISED"] + counts["STALE_REVISION"]


def _arrow(relearned: np.ndarray) -> str:
    before, after = relearned.mean(axis=0)
    return f"{before:.3f}, {after:.3f}"


if __name__ == "__main__":
    main(NAME, measure)
