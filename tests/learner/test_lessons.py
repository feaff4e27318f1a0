"""Laws of lessons: what is learned of a decision does not depend on those beside it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from msgspec import structs

from banditsvc.core.context import CustomerContext
from banditsvc.core.encoded import EncodedContext
from banditsvc.core.portfolio import LearnerKind, LearnerSpec, TrainSpec
from banditsvc.core.times import SECOND_US
from banditsvc.learner.catalogues import Catalogues
from banditsvc.learner.lessons import DecisionLesson, Lessons
from banditsvc.store import MemoryLog
from banditsvc.trainer import ContextArrays, context_arrays
from tests.core.cases import random_context
from tests.learner.worlds import SHOP, START_US, World, decision, learner_spec, opening

COUNT = 150
PLAIN = learner_spec(required_feeds=())
POSTERIOR = replace(PLAIN, train=TrainSpec(learner=LearnerKind.POSTERIOR, bits=10))


def contexts(seed: int) -> list[CustomerContext]:
    """Returns contexts for which columns have room."""
    rng = random.Random(seed)
    drawn = [random_context(rng) for _ in range(COUNT)]
    return [structs.replace(one, features={k: v for k, v in one.features.items() if k != "visited"}) for one in drawn]


def shop(learner: LearnerSpec, given: list[CustomerContext]) -> MemoryLog:
    """Returns the log of a shop that decided for these contexts, all of whose windows are over."""
    log = MemoryLog()
    time_us, records = opening(learner)
    log.append(records, time_us)
    for number, context in enumerate(given):
        send_us = START_US + number * SECOND_US
        made = decision(number, customer=number, send_us=send_us, chosen=number)
        log.append([structs.replace(made, input=structs.replace(made.input, context=context))], send_us)
    log.append([], START_US + 10 * learner.reward.window_us)
    return log


def told(lesson: DecisionLesson | None) -> object:
    """Returns all that a lesson says, in comparable form."""
    assert lesson is not None
    context = lesson.context
    arrays = context_arrays(context) if isinstance(context, EncodedContext) else context
    others = (lesson.campaign, lesson.nothing, lesson.weight, lesson.selection_probability, lesson.eligible_count)
    return arrays.hashes.tobytes(), arrays.values.tobytes(), arrays.packed_hashes, others


@pytest.mark.parametrize(("learner", "form"), [(PLAIN, ContextArrays), (POSTERIOR, EncodedContext)])
@pytest.mark.parametrize("seed", range(3))
def test_many_lessons_are_those_of_each_alone(learner: LearnerSpec, form: type, seed: int) -> None:
    """Lessons made together, in columns, are bit for bit those made one by one, for either learner."""
    log = shop(learner, contexts(seed))
    catalogue = Catalogues(log).get(SHOP)
    assert catalogue is not None
    lessons, choices = Lessons(catalogue, learner), log.read_choices(SHOP, 0, COUNT)
    together = lessons.of(choices)

    assert [told(lessons.of([one])[0]) for one in choices] == [told(one) for one in together]
    assert {form} == {type(one.context) for one in together if one is not None}


def test_what_columns_have_no_room_for_is_learned_all_the_same() -> None:
    """With one list among the features, or a favourite of weight 0, the lessons are those of each decision alone."""
    for change in ({"features": {"tags": ("a", "b")}}, {"favourites": {"hats": 0.0}}):
        given = contexts(5)
        given[7] = structs.replace(given[7], **change)
        log = shop(PLAIN, given)
        catalogue = Catalogues(log).get(SHOP)
        assert catalogue is not None
        choices = log.read_choices(SHOP, 0, COUNT)
        alone = [told(Lessons(catalogue, PLAIN).of([one])[0]) for one in choices]

        assert alone == [told(one) for one in Lessons(catalogue, PLAIN).of(choices)]


@pytest.mark.parametrize("learner", [PLAIN, POSTERIOR])
def test_a_value_beyond_all_measure_costs_no_other_decision(learner: LearnerSpec) -> None:
    """Of many decisions settled at once the one whose context cannot be learned is passed over, as it is one by one."""
    given = contexts(6)
    given[COUNT // 2] = structs.replace(given[COUNT // 2], favourites={"hats": float("inf")})
    worlds = [World(log=shop(learner, given), batch=batch) for batch in (1, 500)]
    for world in worlds:
        world.catch_up()
    one_by_one, together = [world.learned() for world in worlds]

    assert one_by_one.same_model_as(together)
    assert (COUNT - 1, 1) == (together.sums.learned_count, together.sums.skipped_count)
