"""Laws of the model of the last days: what it rests on, bit for bit, whatever happens on the way."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.encoded import EncodedContext, pack
from banditsvc.core.portfolio import LearnerKind, TrainSpec
from banditsvc.learner.last_days import LastDaysModel, start_model
from banditsvc.learner.running_model import RunningModel
from banditsvc.ports import RunningSums
from tests.learner.posterior_world import ENTRIES, Taught, context, lessons, spec, teach

KINDS = st.sampled_from(LearnerKind)
SMALL = {kind: TrainSpec(learner=kind, bits=10, learning_rate=0.05) for kind in LearnerKind}
"""By kind what learns from all."""
Bits = tuple[bytes, bytes | None]
Running = RunningModel | LastDaysModel


def recent(kind: LearnerKind, last_days: int) -> LastDaysModel:
    """Returns a model of the last days that has learned nothing."""
    made = start_model(spec(replace(SMALL[kind], last_days=last_days)))
    assert isinstance(made, LastDaysModel)
    return made


def published(running: Running) -> Bits:
    """Returns weights and variances."""
    variances = running.variances()
    return running.weights().tobytes(), None if variances is None else variances.tobytes()


def state(running: LastDaysModel) -> tuple[list[tuple[Bits, RunningSums]], RunningSums]:
    """Returns what each of its models says, with its sums, and the sums over all."""
    return [(published(model), model.sums) for model in running._models], running.sums


def on_days(days: list[int]) -> list[Taught]:
    """Returns a decision for each day of sending, in this order."""
    return [replace(one, day=day) for one, day in zip(lessons(len(days)), days, strict=True)]


DAYS = st.lists(st.tuples(st.integers(-2, 6), st.integers(0, 12)), min_size=1, max_size=12).map(
    lambda pairs: [int(day) for day in np.cumsum([10] + [step for step, count in pairs for _ in range(count)])]
)
"""Days of sendings that mostly rise, many on one."""
LAWS = settings(max_examples=30, deadline=None, derandomize=True)


@LAWS
@given(kind=KINDS, days=DAYS, last_days=st.sampled_from([4, 5, 7, 28]))
def test_it_is_what_the_last_quarters_alone_teach(kind: LearnerKind, days: list[int], last_days: int) -> None:
    """Bit for bit it is a plain model that learned those alone that were sent in the last 4 quarters, in their order.

    Quarters are counted from 1970 by whole days: the model rests on the last 3/4 D to D days.
    """
    taught = on_days(days)
    running = recent(kind, last_days)
    teach(running, taught)
    first_quarter = 4 * max(days) // last_days - 3
    kept = [one for one in taught if 4 * one.day // last_days >= first_quarter]
    plain = RunningModel(spec(SMALL[kind]))
    teach(plain, kept)

    assert published(plain) == published(running)
    assert plain.learned == running.learned
    assert {day for day in days if max(days) - day < 3 * last_days / 4} <= {one.day for one in kept}
    assert max(days) - min(one.day for one in kept) < last_days
    assert len(taught) == running.sums.learned_count


@settings(LAWS, max_examples=15)
@given(kind=KINDS, days=DAYS, splits=st.lists(st.integers(0, 40), max_size=3), is_copied=st.booleans())
def test_stopping_and_going_on_changes_nothing(
    kind: LearnerKind, days: list[int], splits: list[int], is_copied: bool
) -> None:
    """Stored and loaded, or copied, wherever it stops, it comes to what is known by one that never stopped, bit for bit."""
    taught = on_days(days)
    through, broken, position = recent(kind, 8), recent(kind, 8), 0
    teach(through, taught)
    for split in [*sorted(splits), len(taught)]:
        teach(broken, taught[position:split])
        position = max(position, split)
        broken = copy.deepcopy(broken) if is_copied else LastDaysModel(broken.learner, broken.serialize(), broken.sums)

    assert state(through) == state(broken)


@pytest.mark.parametrize("kind", LearnerKind)
def test_what_is_refused_moves_nothing(kind: LearnerKind) -> None:
    """A decision that is not finite is refused, and its day, far ahead, drops no model."""
    running = recent(kind, 4)
    teach(running, on_days([1, 2, 3]))
    before = state(running)
    bad = Taught(EncodedContext(*pack([(1, float("nan"))])), ENTRIES[0], 0.0, 100)

    with pytest.raises(ValueError, match="not finite"):
        teach(running, [bad])

    assert before == state(running)


@pytest.mark.parametrize("kind", LearnerKind)
def test_predictions_forget_what_was_earlier(kind: LearnerKind) -> None:
    """Where all responded and then nobody does, D days later nothing of the response is left in the mean."""
    running = recent(kind, 4)
    before = [Taught(context("p"), ENTRIES[0], 1.0, 0)] * 50
    teach(running, before)
    assert running.learned.reward_mean == 1.0
    teach(running, [Taught(context("p"), ENTRIES[0], 0.0, 1)] * 50)
    assert running.learned.reward_mean == 0.5
    teach(running, [Taught(context("p"), ENTRIES[0], 0.0, 4)])
    assert running.learned.reward_mean == 0.0
    assert running.learned.learned_count == 51


def test_changes_of_the_world_are_told_once() -> None:
    """What the published model finds is told and counted once; what the others find beside it is not."""
    running, plain = recent(LearnerKind.POSTERIOR, 40), RunningModel(spec(SMALL[LearnerKind.POSTERIOR]))
    told: list[list[int]] = []
    for model in (running, plain):
        rng = np.random.default_rng(2)
        for number in range(5_000):
            chance = 0.5 if number < 4_000 else 0.02
            teach(model, [Taught(context("p"), ENTRIES[0], float(rng.random() < chance), number // 1_000)])
        told.append(model.take_changed())
        assert [] == model.take_changed()

    assert told[0]
    assert told[0] == told[1]
    assert len(told[0]) == running.sums.drift_count
