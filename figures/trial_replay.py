"""Trials replayed in process: by rejection, in batches, with the service's own policy and learner but no server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.columns_of_contexts import columns_of_contexts
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import RewardSpec, RewardWeight
from banditsvc.core.times import DAY_US
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_context import read_context
from banditsvc.v1.context_pb2 import CustomerContext as ContextMessage
from offline_eval.replay import ReplaySettings, replay_once
from simulators.column_map import load_column_map
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned, LearningPolicy
from simulators.shuffle import draw_shuffle
from simulators.trial import Trial, load_trial

SETTINGS = ReplaySettings(batch_rows=500, lag_batches=2)


@dataclass(frozen=True, slots=True, eq=False)
class ReplayedTrial:
    """A trial in columns."""

    trial: Trial
    columns: ContextColumns
    campaigns: tuple[Campaign, ...]
    """Sorted by campaign_id."""
    arms: NDArray[np.int64]
    """Place among the campaigns of the arm that the trial drew."""
    reward: RewardSpec


def replayed_trial(path: Path, name: str, reward_name: str) -> ReplayedTrial:
    """Returns a trial with one of its rewards."""
    trial = load_trial(path, load_column_map(name), reward_name)
    ids = [arm.campaign_id for arm in trial.columns.arms]
    order = sorted(range(len(ids)), key=ids.__getitem__)
    place = np.argsort(order)
    reward = RewardSpec(
        weights=(RewardWeight(type=OutcomeType.CONVERSION, weight=1.0),),
        window_us=DAY_US,
        greatest=trial.reward.greatest,
    )
    campaigns = tuple([Campaign(campaign_id=ids[one]) for one in order])
    return ReplayedTrial(trial, _columns(trial), campaigns, place[trial.arms], reward)


def replay(data: ReplayedTrial, policy: LearningPolicy, number: int) -> float:
    """Returns the mean reward of the accepted events of one shuffle."""
    rows = draw_shuffle(data.trial, 1, number).rows
    rewards, mask = data.trial.rewards[rows], np.ones((len(rows), len(data.campaigns)), dtype=np.bool_)
    log = Learned(
        Contexts(data.columns.take(rows), day=0, send_time_us=0),
        Eligible(data.campaigns, mask),
        data.arms[rows],
        data.trial.probabilities[data.trial.arms[rows]],
        np.minimum(rewards, data.reward.greatest),
    )
    accepted = replay_once(log, policy, SETTINGS, number).accepted
    return float(rewards[accepted].mean())


def _columns(trial: Trial) -> ContextColumns:
    return columns_of_contexts([read_context(ContextMessage.FromString(one), Faults()) for one in trial.contexts])
