"""Trials replayed in process: by rejection, in batches, with the service's own policy and learner but no server."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.context_columns import Coded, ContextColumns, FeatureColumn
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import RewardSpec, RewardWeight
from banditsvc.core.sampling import choose
from banditsvc.core.times import DAY_US
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_context import read_context
from banditsvc.v1.context_pb2 import CustomerContext as ContextMessage
from simulators.column_map import load_column_map
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned, LearningPolicy
from simulators.shuffle import draw_shuffle
from simulators.trial import Trial, load_trial

BATCH, LAG = 500, 2


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
    shuffle = draw_shuffle(data.trial, 1, number)
    rng = np.random.default_rng([2, number])
    in_flight: deque[Learned] = deque()
    accepted = []
    for start in range(0, len(data.trial), BATCH):
        if len(in_flight) > LAG:
            policy.learn(in_flight.popleft())
        rows = shuffle.rows[start : start + BATCH]
        contexts = Contexts(data.columns.take(rows), day=0, send_time_us=0)
        eligible = Eligible(data.campaigns, np.ones((len(rows), len(data.campaigns)), dtype=np.bool_))
        pmf = policy.pmf(contexts, eligible)
        chosen = choose(pmf, rng.random(len(rows)))
        taken = np.flatnonzero((chosen == data.arms[rows]) & shuffle.kept[start : start + BATCH])
        rewards = data.trial.rewards[rows[taken]]
        probability = pmf[taken, chosen[taken]]
        clipped = np.minimum(rewards, data.reward.greatest)
        in_flight.append(Learned(contexts.take(taken), eligible.take(taken), chosen[taken], probability, clipped))
        accepted.append(rewards)
    return float(np.concatenate(accepted).mean())


def _columns(trial: Trial) -> ContextColumns:
    contexts = [read_context(ContextMessage.FromString(one), Faults()) for one in trial.contexts]
    favourites = sorted({name for context in contexts for name in context.favourites})
    features = sorted({name for context in contexts for name in context.features})
    weights = np.array([[context.favourites.get(name, 0.0) for name in favourites] for context in contexts])
    return ContextColumns(
        rows=len(contexts),
        recency_days=_numbers([context.recency_days for context in contexts]),
        frequency=_numbers([context.frequency for context in contexts]),
        monetary=_numbers([context.monetary for context in contexts]),
        segment=_coded([context.segment for context in contexts]),
        favourite_names=tuple(favourites),
        favourites=weights if favourites else None,
        features={name: _feature(contexts, name) for name in features},
    )


def _numbers(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _coded(values: list[str | None]) -> Coded:
    names = sorted({value for value in values if value is not None})
    place = {name: number for number, name in enumerate(names)}
    return Coded(np.array([-1 if value is None else place[value] for value in values], dtype=np.int64), tuple(names))


def _feature(contexts: list[CustomerContext], name: str) -> FeatureColumn:
    values = [context.features.get(name) for context in contexts]
    known = next(value for value in values if value is not None)
    if isinstance(known, str):
        return _coded([value if isinstance(value, str) else None for value in values])
    if isinstance(known, bool):
        # As texts, which may be unknown; their features have the same names.
        return _coded([None if value is None else str(value).lower() for value in values])
    return _numbers([None if value is None else float(str(value)) for value in values])
