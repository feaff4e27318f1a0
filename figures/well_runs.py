"""The runs of learning well: each policy in each world and trial, from each seed, kept as they come."""

from __future__ import annotations

from functools import cache

from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import EncoderSpec, RewardSpec, RewardWeight
from banditsvc.core.times import DAY_US
from figures.class_data import ClassData, progressive_error
from figures.kept_runs import Found, KeptRuns, digest_of
from figures.trial_data import trial_file
from figures.trial_replay import ReplayedTrial, replay, replayed_trial
from figures.well_policies import Compared
from figures.well_worlds import WellWorld
from simulators.batch_worlds import play

REWARD = RewardSpec(weights=(RewardWeight(type=OutcomeType.CONVERSION, weight=1.0),), window_us=DAY_US)
COURSE, MEAN, ERROR = "course", "mean", "error"


def play_world(kept: KeptRuns, one: WellWorld, policy: Compared, seed: int) -> Found:
    """Returns what is read from one run in a world, and under COURSE what a plot shows of it."""

    def run() -> Found:
        played = play(one.world, policy.make(REWARD, EncoderSpec()), seed)
        found = {reading.name: [float(reading.read(played))] for reading in one.readings}
        if one.course is not None:
            found[COURSE] = [round(value, 4) for value in one.course(played).tolist()]
        return found

    readings = "; ".join(reading.name for reading in one.readings)
    world = f"{one.world.decisions} {digest_of(['simulators/batch_worlds.py'])}"
    return kept.run(f"{readings} | {world} | {policy.name} {policy.key} | {seed}", run)


@cache
def _trial(name: str, reward: str) -> ReplayedTrial:
    return replayed_trial(trial_file(name), name, reward)


def play_trial(kept: KeptRuns, trial: str, reward: str, policy: Compared, shuffle: int) -> Found:
    """Returns the mean reward of one shuffle of a trial, under MEAN."""

    def run() -> Found:
        data = _trial(trial, reward)
        return {MEAN: [replay(data, policy.make(data.reward, EncoderSpec()), shuffle)]}

    digest = digest_of(["figures/trial_replay.py"])
    return kept.run(f"{trial}, {reward} | {digest} | {policy.name} {policy.key} | {shuffle}", run)


def play_classes(
    kept: KeptRuns, name: str, data: ClassData, policy: Compared, shuffle: int, *, quartiles: bool
) -> Found:
    """Returns the progressive error of one shuffle of a data set of classes, under ERROR."""

    def run() -> Found:
        encoder = data.quartiles() if quartiles else EncoderSpec()
        return {ERROR: [progressive_error(data, policy.make(REWARD, encoder), shuffle)]}

    bins = "quartiles" if quartiles else "logarithmic bins"
    return kept.run(
        f"{name}, {bins} | {digest_of(['figures/class_data.py'])} | {policy.name} {policy.key} | {shuffle}", run
    )
