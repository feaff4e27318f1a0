"""A trial file as live traffic through a running service: several shuffles in lockstep, one batch of each a day."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

import numpy as np

from banditsvc.client import Client
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.times import DAY_US
from simulators.policy_text import DEFAULT_POLICY, parse_policy
from simulators.shuffle import draw_shuffle
from simulators.simulated_time import next_midnight_us, timestamp
from simulators.trial import Trial
from simulators.trial_groups import TrialGroups
from simulators.trial_play import LIFT_DAYS, NO_GROUPS, TrialPlay


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSettings:
    """How a trial is played."""

    name: str
    """Name of the trial, as it goes into the ids of the portfolios."""
    reward: str
    shuffles: int = 10
    batch: int = 500
    """Customers a day."""
    policy: str = DEFAULT_POLICY
    seed: int = 1
    jobs: int = 4
    """Shuffles that are played at the same time."""
    groups: TrialGroups = NO_GROUPS


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFigures:
    """What came of one group, over all shuffles together."""

    mean_reward: float | None
    """Mean reward of the accepted events; None where nothing was accepted."""
    accepted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFigures:
    """What came of it. Of control groups nothing is in the figures but for `groups`."""

    policy: str
    reward: str
    mean_reward: float | None
    """Mean over shuffles of the mean reward of accepted events; None where nothing was accepted."""
    accepted: int
    """Accepted events of all shuffles."""
    shuffles: int
    stderr: float | None
    """Standard deviation over shuffles divided by the root of their number; None for one shuffle."""
    decisions: int
    answers: Counter[str]
    """How many outcomes were answered with each status, over all shuffles."""
    groups: Mapping[str, GroupFigures] = field(default_factory=dict)
    """By name of the group, the target group among them; empty where there is no control group."""
    portfolios: tuple[str, ...] = ()
    """portfolio_id of each shuffle."""

    def json_line(self) -> str:
        """Returns the figures as one line of JSON."""
        names = ("policy", "reward", "mean_reward", "accepted", "shuffles", "stderr")
        line: dict[str, object] = {name: getattr(self, name) for name in names}
        if self.groups:
            line["groups"] = {name: asdict(group) for name, group in self.groups.items()}
            line["portfolios"] = self.portfolios
        return json.dumps(line)


def run_trial(
    client: Client, trial: Trial, settings: TrialSettings, on_day: Callable[[int, int], None] = lambda *_: None
) -> TrialFigures:
    """Plays all shuffles as play_trial does and returns their figures."""
    return _figures(play_trial(client, trial, settings, on_day), trial, settings)


def play_trial(
    client: Client, trial: Trial, settings: TrialSettings, on_day: Callable[[int, int], None] = lambda *_: None
) -> list[TrialPlay]:
    """Plays all shuffles, each in a portfolio of its own. on_day is told how many days of how many are over.

    With control groups time goes on in the end until the shortest horizon of a lift report is over for everyone.

    Raises:
        ValueError: The policy is none.
        TrialError: The trial cannot be played with these groups.
        SimulationError: The service refused something.
        BanditsvcError: A call failed.
    """
    policy = parse_policy(settings.policy)
    settings.groups.check(trial.columns)
    # A run of its own on a server that has seen the same run before.
    stem = f"{_as_id(settings.name)}-{_as_id(settings.reward)}-{settings.seed}-{uuid.uuid4().hex[:8]}"
    plays = [
        TrialPlay(
            client,
            trial,
            draw_shuffle(trial, settings.seed, number),
            f"{stem}-{number}",
            policy,
            groups=settings.groups,
        )
        for number in range(settings.shuffles)
    ]
    start_us = next_midnight_us(client, plays[0].portfolio_id)
    played = -(-len(trial) // settings.batch)
    days = played + LIFT_DAYS if settings.groups.divides else played
    with ThreadPoolExecutor(max_workers=max(1, settings.jobs)) as pool:
        for day in range(days):
            now_us = start_us + day * DAY_US
            client.set_time(timestamp(now_us))
            batch = slice(day * settings.batch, min((day + 1) * settings.batch, len(trial)))
            begun = [
                pool.submit(play.play_day, batch, now_us) if day < played else pool.submit(play.close_day, now_us)
                for play in plays
            ]
            for done in begun:
                done.result()
            on_day(day + 1, days)
    return plays


def _figures(plays: Sequence[TrialPlay], trial: Trial, settings: TrialSettings) -> TrialFigures:
    rewards = [play.accepted_rewards() for play in plays]
    means = np.array([one.mean() for one in rewards if one.size])
    complete = means.size == len(plays)
    return TrialFigures(
        policy=settings.policy,
        reward=settings.reward,
        mean_reward=float(means.mean()) if complete else None,
        accepted=sum(one.size for one in rewards),
        shuffles=len(plays),
        stderr=float(means.std(ddof=1) / means.size**0.5) if complete and means.size > 1 else None,
        decisions=len(plays) * len(trial),
        answers=sum((play.pipeline.answers for play in plays), Counter()),
        groups=_groups(plays) if settings.groups.divides else {},
        portfolios=tuple(play.portfolio_id for play in plays),
    )


def _groups(plays: Sequence[TrialPlay]) -> dict[str, GroupFigures]:
    found = {}
    for group in AssignmentGroup:
        rewards = np.concatenate([play.accepted_rewards(group) for play in plays])
        found[group.name] = GroupFigures(
            mean_reward=float(rewards.mean()) if rewards.size else None, accepted=rewards.size
        )
    return found


def _as_id(text: str) -> str:
    """Returns a text with everything but letters, digits and dots made a dash, at most 32 characters of it."""
    return "".join(c if c.isascii() and (c.isalnum() or c == ".") else "-" for c in text)[-32:]
