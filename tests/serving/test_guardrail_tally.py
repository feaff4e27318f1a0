"""Laws of what guardrails count: a function of the log, however often one looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from banditsvc.core.activation import ActivationState
from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.core.entropy import campaign_entropy
from banditsvc.core.guardrail_reading import CountStart, GuardrailReading
from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.times import DAY_US, HOUR_US, SECOND_US
from banditsvc.ports import DecisionLog, LogRecord
from banditsvc.serving import guardrail_tally
from banditsvc.serving.guardrail_tally import GuardrailTally
from banditsvc.store import MemoryLog, SqliteLog
from tests.serving.watched_traffic import (
    HARMS,
    ORGANIZATION_ID,
    PORTFOLIO_ID,
    Traffic,
    activation,
    counted_by_hand,
    decided,
    mark,
    outcome,
)

LIMITS = {
    Guardrail.UNSUBSCRIBE_RATE: 0.1,
    Guardrail.COMPLAINT_RATE: 0.2,
    Guardrail.FALLBACK_SHARE: 0.3,
    Guardrail.ENTROPY: 0.5,
    Guardrail.SILENCE: 3600.0,
}
START_US = 40 * DAY_US
CHANCE = 0.01


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DecisionLog]:
    opened: DecisionLog = MemoryLog() if request.param == "memory" else SqliteLog(tmp_path / "log.db")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes pages small, so that a few records are several."""
    monkeypatch.setattr(guardrail_tally, "PAGE", 7)


def starts(position: int = 0, time_us: int = START_US) -> dict[Guardrail, CountStart]:
    """Returns the same start for every guardrail."""
    return {guardrail: CountStart(limit, position, time_us) for guardrail, limit in LIMITS.items()}


def tally(log: DecisionLog, counting: dict[Guardrail, CountStart] | None = None) -> GuardrailTally:
    """Returns a tally that has read nothing yet."""
    return GuardrailTally(log, PORTFOLIO_ID, ORGANIZATION_ID, counting or starts())


def read(one: GuardrailTally) -> list[GuardrailReading]:
    """Returns what a tally reads once it has read all."""
    while not one.advance():
        pass
    return one.readings(CHANCE)


def reading(log: DecisionLog, guardrail: Guardrail) -> GuardrailReading:
    """Returns what one guardrail reads of a whole log."""
    return next(found for found in read(tally(log)) if found.guardrail is guardrail)


def seen(log: DecisionLog, guardrail: Guardrail) -> tuple[float, int] | None:
    """Returns the mean that one guardrail reads of a whole log, and of how many."""
    found = reading(log, guardrail).seen
    return None if found is None else (found.observed, found.count)


@pytest.mark.parametrize("seed", range(6))
def test_looking_often_reads_what_looking_once_does(log: DecisionLog, seed: int) -> None:
    """A tally that reads after each commit, one that starts later, and one by hand come to the same, bit for bit."""
    often, traffic = tally(log), Traffic(seed)
    for _ in range(120):
        traffic.play(log, 1)
        found = read(often)

    assert read(tally(log)) == found
    for harm, guardrail in zip(HARMS, (Guardrail.UNSUBSCRIBE_RATE, Guardrail.COMPLAINT_RATE), strict=True):
        contacts, blamed = counted_by_hand(log, harm, 0)
        assert (blamed / contacts, contacts) == pytest.approx(seen(log, guardrail))
        assert blamed > 5


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_limit_counts_anew_and_the_others_go_on(log: DecisionLog, seed: int) -> None:
    """A tally that takes another limit over reads what one does that starts with it; the others lose nothing."""
    traffic, one = Traffic(seed), tally(log)
    traffic.play(log, 60)
    before = read(one)
    mark_now = log.watermark()
    changed = starts() | {
        Guardrail.UNSUBSCRIBE_RATE: CountStart(0.05, mark_now.position, mark_now.time_us),
        Guardrail.SILENCE: CountStart(7200.0, mark_now.position, mark_now.time_us),
    }
    assert one.count_from(changed)
    traffic.play(log, 60)
    found = read(one)

    assert read(tally(log, changed)) == found
    contacts, blamed = counted_by_hand(log, OutcomeType.UNSUBSCRIBE, mark_now.position)
    assert found[0].seen is not None
    assert (blamed / contacts, contacts) == pytest.approx((found[0].seen.observed, found[0].seen.count))
    assert before[2].seen is not None
    assert found[2].seen is not None
    assert before[2].seen.count < found[2].seen.count


def test_a_start_that_was_passed_asks_for_another_tally(log: DecisionLog) -> None:
    """What was read already cannot be counted for a limit that began before it."""
    one = tally(log)
    Traffic(1).play(log, 20)
    read(one)

    assert not one.count_from(starts(position=3))
    assert one.count_from(starts())


def share_of(log: DecisionLog, guardrail: Guardrail, *records: LogRecord) -> tuple[float, int] | None:
    """Returns what a guardrail reads after these records, each in a commit of its own a minute after the last."""
    for number, record in enumerate(records, start=1):
        log.append([record], START_US + number * 60 * SECOND_US)
    return seen(log, guardrail)


def test_a_contact_counts_once(log: DecisionLog) -> None:
    """Two unsubscribes after one contact count once, and a restated one is not a second."""
    found = share_of(
        log,
        Guardrail.UNSUBSCRIBE_RATE,
        decided("d1", "c", START_US),
        decided("d2", "c", START_US + HOUR_US),
        outcome("o1", OutcomeType.UNSUBSCRIBE, START_US + 2 * HOUR_US, customer_id="c"),
        outcome("o2", OutcomeType.UNSUBSCRIBE, START_US + 3 * HOUR_US, customer_id="c"),
        outcome("o1", OutcomeType.UNSUBSCRIBE, START_US + HOUR_US // 2, customer_id="c", revision=1),
    )
    assert (0.5, 2) == found


def test_an_unsubscribe_long_after_is_put_down_to_nothing(log: DecisionLog) -> None:
    """After 30 days a contact is to blame no longer, unless it is named."""
    late = START_US + 31 * DAY_US
    first = share_of(
        log,
        Guardrail.UNSUBSCRIBE_RATE,
        decided("d1", "c", START_US),
        outcome("o1", OutcomeType.UNSUBSCRIBE, late, customer_id="c"),
    )
    log.append([outcome("o2", OutcomeType.UNSUBSCRIBE, late, decision_id="d1")], START_US + HOUR_US)

    assert ((0.0, 1), (1.0, 1)) == (first, seen(log, Guardrail.UNSUBSCRIBE_RATE))


def test_what_was_not_sent_is_no_contact(log: DecisionLog) -> None:
    """A deferred contact counts once it is sent, one that was not sent counts no longer, be there an unsubscribe or not."""
    unsubscribe = outcome("o1", OutcomeType.UNSUBSCRIBE, START_US, decision_id="d1")
    found = [
        share_of(log, Guardrail.UNSUBSCRIBE_RATE, decided("d1", "c", START_US, defer_activation=True), unsubscribe),
    ]
    more: list[LogRecord] = [
        activation("d1", ActivationState.SENT, START_US),
        decided("d2", "e", START_US),
        outcome("o2", OutcomeType.UNSUBSCRIBE, START_US, decision_id="d2"),
        activation("d2", ActivationState.NOT_SENT, START_US),
    ]
    for number, record in enumerate(more, start=1):
        log.append([record], START_US + DAY_US + number * SECOND_US)
        found.append(seen(log, Guardrail.UNSUBSCRIBE_RATE))

    assert [None, (1.0, 1), (0.5, 2), (1.0, 2), (1.0, 1)] == found


def test_fallbacks_are_told_from_what_was_not_to_be_decided(log: DecisionLog) -> None:
    """The share of fallback is of decisions that the policy was to make: not of forced ones, tests or empty ones."""
    found = share_of(
        log,
        Guardrail.FALLBACK_SHARE,
        decided("d1", "c", START_US, decided_by=DecidedBy.FALLBACK),
        decided("d2", "c", START_US),
        decided("d3", "c", START_US, decided_by=DecidedBy.FORCED),
        decided("d4", "c", START_US, decided_by=DecidedBy.FALLBACK, is_test=True),
        decided("d5", "c", START_US, eligible=(), selection_probabilities=()),
    )
    assert (0.5, 2) == found


def test_entropy_is_over_campaigns(log: DecisionLog) -> None:
    """The entropy is that of campaigns, whatever their treatments; a single campaign is no choice."""
    treated = decided(
        "d1",
        "c",
        START_US,
        eligible=("news", "news", "sale"),
        treatments=("a", "b", ""),
        selection_probabilities=(0.25, 0.25, 0.5),
    )
    single = decided("d2", "c", START_US, eligible=("news",), selection_probabilities=(1.0,))
    sure = decided("d3", "c", START_US, selection_probabilities=(1.0, 0.0))

    assert [1.0, None, 0.0] == [campaign_entropy(one) for one in (treated, single, sure)]
    assert (0.5, 2) == share_of(log, Guardrail.ENTROPY, treated, single, sure)


def silence_at(log: DecisionLog, time_us: int) -> float:
    """Returns the silence in hours as of a moment."""
    log.append([], time_us)
    found = reading(log, Guardrail.SILENCE).seen
    assert found is not None
    return found.observed / 3600.0


def contact(number: int, send_time_us: int = START_US) -> Decision:
    """Returns a contact of a customer of its own."""
    return decided(f"d{number}", f"c{number}", send_time_us)


def test_silence_begins_with_a_contact_and_ends_with_a_word(log: DecisionLog) -> None:
    """Without contacts nobody is silent; then it runs from the first one until an outcome or a feed mark comes."""
    found = [silence_at(log, START_US + 5 * DAY_US)]
    now_us = START_US + 6 * DAY_US
    log.append([contact(1)], now_us)
    log.append([contact(2)], now_us + HOUR_US)
    found.append(silence_at(log, now_us + 2 * HOUR_US))
    log.append([mark(now_us)], now_us + 3 * HOUR_US)
    found.append(silence_at(log, now_us + 9 * HOUR_US))
    log.append([contact(3)], now_us + 10 * HOUR_US)
    found.append(silence_at(log, now_us + 14 * HOUR_US))
    log.append([outcome("o", OutcomeType.CLICK, now_us, customer_id="c9"), contact(4)], now_us + 15 * HOUR_US)
    found.append(silence_at(log, now_us + 20 * HOUR_US))

    assert [0.0, 2.0, 0.0, 4.0, 0.0] == pytest.approx(found)


def test_silence_waits_until_a_contact_goes_out(log: DecisionLog) -> None:
    """What is decided ahead is waited for from its send_time on."""
    log.append([contact(1, START_US + 3 * DAY_US)], START_US + HOUR_US)

    assert [0.0, 2.0] == pytest.approx(
        [silence_at(log, START_US + 2 * DAY_US), silence_at(log, START_US + 3 * DAY_US + 2 * HOUR_US)]
    )
