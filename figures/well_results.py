"""What the runs of learning well came to, by world, trial or data set, by policy and by seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from figures.class_data import class_data
from figures.kept_runs import Found, KeptRuns
from figures.well_policies import Compared, compared_policies
from figures.well_runs import play_classes, play_trial, play_world
from figures.well_worlds import MANY, WellWorld, well_worlds

FIRST_SEED = 101
"""None of the seeds that settings were chosen by."""
SEEDS, STOCK_SEEDS, ASIDE_SEEDS, SHORT_SEEDS = 10, 7, 2, 3
"""Of a world: of the default and Thompson sampling on counts, of stock, of what is shown aside; of all in the short form."""
SHUFFLES, STOCK_SHUFFLES, SHORT_SHUFFLES = 20, 3, 3
"""Of a trial, likewise."""
CLASS_SHUFFLES = {"iris": 10, "wine": 10, "breast_cancer": 3}
"""Of each data set. Digits, of which ours take a minute a shuffle, are left out."""
MANY_STOCK = ("stock epsilon .05",)
"""The one that is run with the 200 campaigns, from one seed as all: others take up to many times as long."""
TRIALS = (
    ("hillstrom", "visit", 4),
    ("hillstrom", "conversion", 5),
    ("hillstrom", "spend", 3),
    ("charitable", "gave", 5),
    ("charitable", "amount", 3),
)
"""Trial, reward, and digits of its mean."""
_FEW_NUMBERS = ("iris", "wine")
LOGARITHMIC, QUARTILES = "logarithmic bins", "bins by quartiles"


@dataclass(frozen=True, slots=True)
class Part:
    """The runs of one policy in one world, trial or data set."""

    place: str
    policy: str
    runs: tuple[Callable[[], Found], ...]


@dataclass(slots=True)
class Results:
    """What was found, a list of runs each."""

    found: dict[tuple[str, str], list[Found]] = field(default_factory=dict)
    """By place (see Part) and policy."""

    def values(self, place: str, policy: str, what: str) -> list[float]:
        """Returns one number of each run; none where the policy was not run there."""
        return [run[what][0] for run in self.found.get((place, policy), [])]


def parts(kept: KeptRuns, *, short: bool) -> list[Part]:
    """Returns all parts, the default's first."""
    return [
        part
        for policy in compared_policies()
        for part in (
            *_worlds(kept, policy, short=short),
            *_trials(kept, policy, short=short),
            *_classes(kept, policy, short=short),
        )
    ]


def trial_place(trial: str, reward: str) -> str:
    """Returns the place of a trial with one of its rewards."""
    return f"{trial}, {reward}"


def class_place(name: str, bins: str) -> str:
    """Returns the place of a data set with its numbers in bins."""
    return f"{name}, {bins}"


def _worlds(kept: KeptRuns, policy: Compared, *, short: bool) -> Iterator[Part]:
    for one in well_worlds(short=short):
        seeds = _seeds(one, policy, short=short)
        yield Part(one.name, policy.name, tuple([_world_run(kept, one, policy, FIRST_SEED + k) for k in range(seeds)]))


def _seeds(one: WellWorld, policy: Compared, *, short: bool) -> int:
    if one.name == MANY:
        return 0 if policy.is_aside or (policy.is_stock and policy.name not in MANY_STOCK) else 1
    if short:
        return SHORT_SEEDS
    return ASIDE_SEEDS if policy.is_aside else STOCK_SEEDS if policy.is_stock else SEEDS


def _world_run(kept: KeptRuns, one: WellWorld, policy: Compared, seed: int) -> Callable[[], Found]:
    return lambda: play_world(kept, one, policy, seed)


def _trials(kept: KeptRuns, policy: Compared, *, short: bool) -> Iterator[Part]:
    if policy.is_aside:
        return
    shuffles = SHORT_SHUFFLES if short else STOCK_SHUFFLES if policy.is_stock else SHUFFLES
    for trial, reward, _ in TRIALS[:1] if short else TRIALS:
        runs = [_trial_run(kept, trial, reward, policy, number) for number in range(shuffles)]
        yield Part(trial_place(trial, reward), policy.name, tuple(runs))


def _trial_run(kept: KeptRuns, trial: str, reward: str, policy: Compared, shuffle: int) -> Callable[[], Found]:
    return lambda: play_trial(kept, trial, reward, policy, shuffle)


def _classes(kept: KeptRuns, policy: Compared, *, short: bool) -> Iterator[Part]:
    if policy.is_aside:
        return
    for name, bins in class_rows(short=short):
        shuffles = SHORT_SHUFFLES if short else CLASS_SHUFFLES[name]
        runs = [_class_run(kept, name, bins, policy, number) for number in range(shuffles)]
        yield Part(class_place(name, bins), policy.name, tuple(runs))


def class_rows(*, short: bool) -> list[tuple[str, str]]:
    """Returns the data sets with the bins that their numbers are put into; quartiles where there are few numbers."""
    names = list(_FEW_NUMBERS if short else CLASS_SHUFFLES)
    return [
        (name, bins)
        for name in names
        for bins in (LOGARITHMIC, QUARTILES)
        if bins == LOGARITHMIC or name in _FEW_NUMBERS
    ]


def _class_run(kept: KeptRuns, name: str, bins: str, policy: Compared, shuffle: int) -> Callable[[], Found]:
    return lambda: play_classes(kept, name, class_data()[name], policy, shuffle, quartiles=bins == QUARTILES)
