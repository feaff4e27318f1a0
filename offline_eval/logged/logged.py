"""Logged: decisions with their eligible sets, probabilities and rewards, as columns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.core.learned_states import LearnedStates
from offline_eval.choices.coding import Coded, Codes
from offline_eval.intervals import Floats

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The eligible campaigns, or pairs of campaign and treatment, of all decisions, one decision after the other."""

    start: Integers
    """Where the entries of each decision begin, and after the last one their number, shape (decisions + 1,)."""
    campaign: Coded
    probability: Floats
    """Logged selection probability; NaN where only that of the choice is known."""
    predicted: Floats
    """Predicted reward as served, in reward units; NaN without a model."""
    deviation: Floats
    """Its standard deviation as served; NaN without one."""
    treatment: Coded | None = None
    """Empty text for a campaign without; None where no campaign has any."""
    lever: Floats | None = None
    """Business weight; None where all are 1."""
    price: Floats | None = None
    """What limits over all customers took from the weighted reward; None where all are 0."""
    fixed_rank: Integers | None = None
    """Place in the fixed order among the entries of the decision, 0 first; None where the log does not tell it."""

    def __len__(self) -> int:
        """Returns the number of entries."""
        return len(self.probability)

    @property
    def size(self) -> Integers:
        """Returns how many entries each decision has."""
        return np.diff(self.start)

    @property
    def decision(self) -> Integers:
        """Returns the decision of each entry."""
        return np.repeat(np.arange(len(self.start) - 1), self.size)

    def total(self, values: Floats) -> Floats:
        """Returns the sum over the entries of each decision; each has at least one."""
        if not len(self):
            return np.zeros(len(self.start) - 1)
        return np.add.reduceat(values, self.start[:-1])

    def where(self, chosen: Flags) -> Entries:
        """Returns the entries of the chosen decisions."""
        kept = np.repeat(chosen, self.size)
        columns = _where(self, kept, but="start") | {"start": starts_of(self.size[chosen])}
        return replace(self, **columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """Evaluated decisions in log order; each array has an entry for each decision."""

    entries: Entries
    chosen: Integers
    """Place of what was chosen among all entries."""
    probability: Floats
    """With which it was chosen, in (0, 1]."""
    reward: Floats
    """Finite, in reward units."""
    customer: Codes
    """Each decision has one of its own where the log does not name customers."""
    time_us: Integers
    """0 where the log has no times."""
    labels: dict[str, Coded] = field(default_factory=dict)
    """Further columns to divide by, such as segment, lifecycle_stage, family and decided_by."""
    features: Floats | None = None
    """What an outcome model may use besides campaign and labels, shape (decisions, features)."""
    reward_range: tuple[float, float] = (-math.inf, math.inf)
    """Least and greatest reward that there can be, as the RewardSpec tells."""
    left_out: dict[str, int] = field(default_factory=dict)
    """How many decisions were left out, by kind, such as tests, not mature, forced, probability missing."""
    first_left_out: dict[str, str] = field(default_factory=dict)
    """Where the first one of each kind stands in the log, such as `line 12` or `decision d7`."""
    learned: LearnedStates | None = None
    """What the models that predicted knew of their own learning; None where the log does not tell it."""
    contexts: pa.Table | None = None
    """Requests as the log has them, for what depends on a whole context; None unless they were asked for."""
    targets: dict[str, Floats] = field(default_factory=dict)
    """Target probability of each entry by columns of the log itself; NaN where it is not told."""
    has_ids: bool = True
    """Whether decisions have ids, so that one that came twice was seen and left out."""

    def __len__(self) -> int:
        """Returns the number of decisions."""
        return len(self.reward)

    def where(self, chosen: Flags) -> Logged:
        """Returns the chosen decisions; customers, names and counts stay."""
        entries, place = self.entries.where(chosen), self.chosen - self.entries.start[:-1]
        kept = np.repeat(chosen, self.entries.size)
        return replace(
            self,
            **_where(self, chosen, but="chosen"),
            entries=entries,
            chosen=entries.start[:-1] + place[chosen],
            labels={name: label.where(chosen) for name, label in self.labels.items()},
            learned=None if self.learned is None else self.learned.take(np.flatnonzero(chosen)),
            contexts=None if self.contexts is None else self.contexts.filter(pa.array(chosen)),
            targets={name: target[kept] for name, target in self.targets.items()},
        )


def starts_of(sizes: Integers) -> Integers:
    """Returns where lists of these sizes begin when they stand one after the other, and after the last their sum."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes, dtype=np.int64)])


def _where(columns: Entries | Logged, chosen: Flags, *, but: str) -> dict[str, Any]:
    """Returns the chosen rows of the plain columns of a table but one."""
    found = {column.name: getattr(columns, column.name) for column in fields(columns) if column.name != but}
    return {
        name: value.where(chosen) if isinstance(value, Coded) else value[chosen]
        for name, value in found.items()
        if isinstance(value, Coded | np.ndarray)
    }
