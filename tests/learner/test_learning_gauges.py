"""Laws of the gauges of learning: what is due and waits is seen, whatever it waits for."""

from __future__ import annotations

from msgspec import structs
from prometheus_client import CollectorRegistry

from banditsvc.core.times import DAY_US, HOUR_US, SECOND_US
from banditsvc.learning_gauges import Backlog, measure_backlog, open_head_gauge, set_backlog
from banditsvc.rpc.metrics import Metrics
from tests.learner.worlds import SHOP, START_US, WINDOW_US, World, decision, learner_spec, opening

SPEC = learner_spec(required_feeds=())


def backlog(world: World) -> Backlog:
    """Returns the shop's backlog after its learner has caught up."""
    world.catch_up()
    return measure_backlog(world.log, SHOP, SPEC, world.registry.progress(SHOP))


def test_a_decision_far_ahead_that_holds_up_others_is_seen() -> None:
    """Lag counts from when the first decision held back was due, and the age of the open head is told."""
    world = World()
    far = decision(0, customer=0, send_us=START_US + 20 * DAY_US)
    soon = [decision(number, customer=number, send_us=START_US) for number in (1, 2)]
    world.append(opening(SPEC), (START_US, [far]), (START_US + HOUR_US, soon))
    now_us = START_US + WINDOW_US + 2 * DAY_US
    world.wait_until(now_us)

    waiting = backlog(world)
    world.wait_until(START_US + 20 * DAY_US + WINDOW_US)

    assert waiting == Backlog(3, 2, 2 * DAY_US / SECOND_US, (WINDOW_US + 2 * DAY_US) / SECOND_US)
    assert backlog(world) == Backlog(0, 0, 0.0, 0.0)


def test_what_is_not_due_is_no_lag() -> None:
    """Decisions whose windows are not over are unsettled but neither due nor late; one that is alone holds up none."""
    world = World()
    world.append(opening(SPEC), (START_US, [decision(0, customer=0, send_us=START_US)]))
    world.wait_until(START_US + DAY_US)

    assert backlog(world) == Backlog(1, 0, 0.0, 0.0)


def test_tests_are_never_due() -> None:
    """Test decisions behind an open one are unsettled rows of the log, and no lag."""
    world = World()
    plain = decision(1, customer=1, send_us=START_US)
    test = structs.replace(plain, input=structs.replace(plain.input, is_test=True))
    world.append(opening(SPEC), (START_US, [decision(0, customer=0, send_us=START_US), test]))
    world.wait_until(START_US + DAY_US)

    assert backlog(world) == Backlog(2, 0, 0.0, DAY_US / SECOND_US)


def test_a_learner_that_does_not_look_is_behind() -> None:
    """Without a learner the lag is the log time since what is due was due."""
    world = World()
    world.append(opening(SPEC), (START_US, [decision(0, customer=0, send_us=START_US)]))
    world.catch_up()
    world.log.append([], START_US + WINDOW_US + DAY_US)

    late = measure_backlog(world.log, SHOP, SPEC, world.registry.progress(SHOP))

    assert late == Backlog(1, 1, (WINDOW_US + DAY_US) / SECOND_US, 0.0)


def test_the_gauges_show_the_backlog() -> None:
    """Every number of the backlog has a gauge by portfolio."""
    metrics = Metrics(CollectorRegistry())
    open_head = open_head_gauge(metrics)

    set_backlog(metrics, open_head, SHOP, Backlog(4, 3, 2.0, 1.0))

    names = ("unsettled_decisions", "learner_lag_decisions", "learner_lag_seconds", "open_head_seconds")
    shown = [metrics.registry.get_sample_value(f"banditsvc_{name}", {"portfolio": SHOP}) for name in names]
    assert shown == [4, 3, 2.0, 1.0]
