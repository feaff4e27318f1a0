"""Simulating live: policies in a world, each decided by a running service, and the data frames of a run in process."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from banditsvc.client import Client
from banditsvc.core.times import DAY_US
from simulators.engine.world_time import start_us
from simulators.live.live_policy import service_policy
from simulators.live.live_run import LiveRun
from simulators.live.live_shop import ShopPlan
from simulators.live.world_settings import organization_message
from simulators.runs.asked_run import asked_seeds, asked_world
from simulators.runs.run_frames import RunFrames, joined_frames
from simulators.runs.service_policy import ServicePolicy
from simulators.simulated_time import timestamp
from simulators.worlds.campaign_span import DAYS_A_WEEK
from simulators.worlds.world_spec import WorldSpec

JOBS = 4
"""Runs that are played at the same time."""
_WEEK_US = DAYS_A_WEEK * DAY_US


def simulate_live(
    client: Client,
    world: str | WorldSpec,
    policies: Mapping[str, ServicePolicy | str] | Sequence[str],
    *,
    seeds: Iterable[int] = (1,),
    days: int | None = None,
    keep_decisions: bool = False,
    jobs: int = JOBS,
    on_day: Callable[[int, int], None] = lambda *_: None,
) -> RunFrames:
    """Runs policies in a world through a service on the simulated clock, and returns what simulators.simulate returns.

    Each policy and seed has a portfolio and an organization of its own. All share the service's clock: where it is past
    the world's start, the world is played as many whole weeks later.

    Args:
        client: Of a running service, `serve --simulated-clock`.
        world: A preset's name, the path of a world file, or a world.
        policies: Names with policies of the service, or with what named_policy reads of these; or a sequence of such texts.
        seeds: One run for each.
        days: How many, instead of the world's own number.
        keep_decisions: Whether the frames have every decision; the service is asked for each one's reward.
        jobs: Runs that are played at the same time.
        on_day: Is told how many days of how many are over.

    Raises:
        UsageError: There is no such world or policy, or the world file is faulty.
        SimulationError: The service answered otherwise than a shop relies on.
        BanditsvcError: A call failed.
    """
    runs = live_runs(client, world, policies, seeds=seeds, days=days, keep_decisions=keep_decisions)
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        for day in range(runs.days):
            runs.set_clock(day)
            for done in [pool.submit(run.live_a_day) for run in runs.runs]:
                done.result()
            on_day(day + 1, runs.days)
    return joined_frames([run.frames() for run in runs.runs])


class LiveRuns:
    """Runs that share a service's clock."""

    def __init__(self, client: Client, runs: Sequence[LiveRun], start_us: int, days: int) -> None:
        """Takes the service's time at which day 0 starts."""
        self._client = client
        self._start_us = start_us
        self.runs = runs
        """By policy and then by seed."""
        self.days = days

    def set_clock(self, day: int) -> None:
        """Sets the service's clock to the midnight at which a day starts."""
        self._client.set_time(timestamp(self._start_us + day * DAY_US))


def live_runs(
    client: Client,
    world: str | WorldSpec,
    policies: Mapping[str, ServicePolicy | str] | Sequence[str],
    *,
    seeds: Iterable[int] = (1,),
    days: int | None = None,
    keep_decisions: bool = False,
) -> LiveRuns:
    """Sets up a shop for each policy and seed, and sets the clock to day 0. Arguments and errors are simulate_live's."""
    spec, wanted = asked_world(world, days), asked_seeds(seeds)
    given = policies if isinstance(policies, Mapping) else {text: text for text in policies}
    stem = f"{spec.name[:64]}-{uuid.uuid4().hex[:8]}"
    made = {name: service_policy(one, spec) for name, one in given.items()}
    asked = [(name, policy, seed) for name, policy in made.items() for seed in wanted]
    # Its answer tells the service's time, too.
    shops = [client.create_organization(organization_message(spec, f"{stem}-{place}")) for place in range(len(asked))]
    begins_us = _start_us(spec, shops[0].update_time.ToMicroseconds()) if shops else 0
    if shops:
        client.set_time(timestamp(begins_us))
    runs = [
        LiveRun(
            client,
            ShopPlan(world=spec, policy=policy, seed=seed, shop_id=shop.organization_id, start_us=begins_us),
            name=name,
            days=spec.days,
            keep_decisions=keep_decisions,
        )
        for (name, policy, seed), shop in zip(asked, shops, strict=True)
    ]
    return LiveRuns(client, runs, begins_us, spec.days)


def _start_us(spec: WorldSpec, now_us: int) -> int:
    """Returns the first time, whole weeks after the world's start, that the clock has not passed."""
    behind_us = max(0, now_us - start_us(spec))
    return start_us(spec) + -(-behind_us // _WEEK_US) * _WEEK_US
