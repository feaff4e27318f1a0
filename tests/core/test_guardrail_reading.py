"""What guardrails say of what they have seen."""

from __future__ import annotations

import pytest

from banditsvc.core.guardrail_counter import GuardrailCounter
from banditsvc.core.guardrail_reading import CountStart
from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.core.times import DAY_US

START = CountStart(limit=0.01, position=5, time_us=20_000 * DAY_US)
CHANCE = 0.01


def counter(guardrail: Guardrail, *days: tuple[int, int], start: CountStart = START) -> GuardrailCounter:
    """Returns a counter that has seen so many and, of them, so many ones on each day."""
    made = GuardrailCounter(guardrail, start)
    for day, (count, ones) in enumerate(days):
        for number in range(count):
            made.count(6, start.time_us + day * DAY_US, float(number < ones))
    return made


def test_the_text_is_about_the_days_that_speak_for_a_breach() -> None:
    """Where a breach was found in a few days among others, the text names those days and what was seen in them."""
    quiet, harm = (1_000, 5), (1_000, 60)
    reading = counter(Guardrail.COMPLAINT_RATE, quiet, quiet, harm, quiet).reading(CHANCE)

    assert reading.is_breached
    assert reading.seen is not None
    assert (4_000, 75 / 4_000) == (reading.seen.count, reading.seen.observed)
    expected = (
        "60 of 1,000 contacts (6 %) were followed by a complaint from 2024-10-06 00:00 UTC to 2024-10-07 00:00 UTC"
    )
    assert f"{expected}; the limit is 1 %" == reading.text()


def test_an_entropy_is_watched_from_below() -> None:
    """Too little entropy is a breach, much of it none, and the text gives the mean."""
    start = CountStart(limit=0.5, position=5, time_us=START.time_us)
    little = counter(Guardrail.ENTROPY, (400, 80), start=start).reading(CHANCE)
    much = counter(Guardrail.ENTROPY, (400, 320), start=start).reading(CHANCE)

    assert (True, False) == (little.is_breached, much.is_breached)
    assert little.seen is not None
    assert 0.2 == pytest.approx(little.seen.observed)
    expected = "the mean entropy of 400 decisions was 0.2 since 2024-10-04 00:00 UTC; the least allowed is 0.5"
    assert expected == little.text()


def test_what_came_before_is_passed_over() -> None:
    """A decision from before counting began counts neither as one nor when it is restated or taken back."""
    made = GuardrailCounter(Guardrail.UNSUBSCRIBE_RATE, START)
    made.count(5, START.time_us - DAY_US, 0.0)
    made.restate(4, START.time_us - DAY_US)
    made.take_back(3, START.time_us - DAY_US, 1.0)
    reading = made.reading(CHANCE)

    assert (None, 0.0) == (reading.seen, reading.evidence)
    assert "nothing was seen yet; the limit is 0.01" == reading.text()
