"""Laws of the watch: what breaks a limit turns a portfolio to business as usual, until somebody turns it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.core.errors import BanditError, FailedPrecondition, LogFull, NotFound, RecordDamaged
from banditsvc.core.guardrail_reading import GuardrailReading
from banditsvc.core.guardrail_spec import Guardrail, GuardrailSpec
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import Commit, GuardrailEvent, LogRecord, Recorded
from banditsvc.serving.guardrail_watch import GuardrailWatch
from banditsvc.store import MemoryLog, SqliteLog
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call
from tests.serving.stories import rank

LIMITS = GuardrailSpec(max_unsubscribe_rate=0.02, max_complaint_rate=0.01, max_silence_us=5 * DAY_US)
UNSUBSCRIBES = 12
"""Of as many contacts: enough to trip."""


async def opened(spec: GuardrailSpec = LIMITS, shop: Shop | None = None) -> tuple[Shop, GuardrailWatch]:
    """Returns a shop with limits, and its watch."""
    made = await (shop or Shop()).open(replace(PORTFOLIO, guardrails=spec))
    return made, GuardrailWatch(made.resources, made.log)


async def contacts(shop: Shop, count: int, prefix: str = "c", *, hours: int = 1) -> list[Decision]:
    """Makes contacts of as many customers, and lets time pass."""
    made = await rank(
        shop, *[rank_call(f"{prefix}{number}", send_time_us=shop.clock.now_us()) for number in range(count)]
    )
    shop.clock.set_us(shop.clock.now_us() + hours * HOUR_US)
    return made


async def answers(shop: Shop, decisions: Sequence[Decision], kind: OutcomeType) -> None:
    """Posts one outcome for each of the decisions."""
    posted = [
        Outcome(
            portfolio_id="shop",
            outcome_id=f"{kind.name} {decision.decision_id}",
            type=kind,
            occur_time_us=shop.clock.now_us(),
            decision_id=decision.decision_id,
        )
        for decision in decisions
    ]
    await shop.committer.append(posted)


async def harmed(shop: Shop, watch: GuardrailWatch, prefix: str = "c") -> None:
    """Has everyone unsubscribe, and the watch look."""
    await answers(shop, await contacts(shop, UNSUBSCRIBES, prefix), OutcomeType.UNSUBSCRIBE)
    await watch.poll()


async def decider(shop: Shop) -> DecidedBy:
    """Returns who decides now."""
    return (await rank(shop, rank_call("new", send_time_us=shop.clock.now_us())))[0].decided_by


def reading(watch: GuardrailWatch, guardrail: Guardrail) -> GuardrailReading:
    """Returns what a guardrail read last."""
    return next(found for found in watch.view("shop").readings if found.guardrail is guardrail)


def test_a_breach_turns_to_business_as_usual_and_a_person_turns_back() -> None:
    """After a breach decisions say GUARDRAIL, after resume POLICY, and everything is counted anew."""

    async def story() -> list[DecidedBy]:
        shop, watch = await opened()
        found = [await decider(shop)]
        with capture_logs() as logs:
            await harmed(shop, watch)
        found.append(await decider(shop))
        [told] = [line for line in logs if line["event"] == "guardrail_tripped"]
        view = watch.view("shop")
        assert view.tripped is not None
        assert Guardrail.UNSUBSCRIBE_RATE is view.tripped.value.guardrail
        for words in (
            "12 of 13 contacts",
            "92.3 %",
            "the limit is 2 %",
            "banditsvc guardrails resume --portfolio shop",
        ):
            assert words in view.tripped.value.text
        assert ("error", "UNSUBSCRIBE_RATE") == (told["log_level"], told["guardrail"])
        assert Guardrail.UNSUBSCRIBE_RATE is await watch.resume("shop", "another template")
        found.append(await decider(shop))
        await watch.poll()
        seen = reading(watch, Guardrail.UNSUBSCRIBE_RATE).seen
        assert seen is not None
        assert (0.0, 1) == (seen.observed, seen.count)
        await harmed(shop, watch, "d")
        return [*found, await decider(shop)]

    policy, guardrail = DecidedBy.POLICY, DecidedBy.GUARDRAIL
    assert [policy, guardrail, policy, guardrail] == in_shop(story())


def test_a_limit_that_is_kept_turns_nothing() -> None:
    """Where few unsubscribe, the policy goes on and the evidence stays below 1."""

    async def story() -> tuple[DecidedBy, float]:
        shop, watch = await opened()
        await answers(shop, (await contacts(shop, 200))[:3], OutcomeType.UNSUBSCRIBE)
        await watch.poll()
        return await decider(shop), reading(watch, Guardrail.UNSUBSCRIBE_RATE).evidence

    decided_by, evidence = in_shop(story())
    assert DecidedBy.POLICY is decided_by
    assert 0.0 <= evidence < 0.5


def test_silence_turns_to_business_as_usual() -> None:
    """Contacts that nobody says anything about for longer than allowed trip, by log time alone."""

    async def story() -> tuple[DecidedBy, DecidedBy, str]:
        shop, watch = await opened()
        await contacts(shop, 3, hours=119)
        await shop.committer.append([])
        await watch.poll()
        before = await decider(shop)
        shop.clock.set_us(START_US + 121 * HOUR_US)
        await shop.committer.append([])
        await watch.poll()
        tripped = watch.view("shop").tripped
        assert tripped is not None
        return before, await decider(shop), tripped.value.text

    before, after, text = in_shop(story())
    assert (DecidedBy.POLICY, DecidedBy.GUARDRAIL) == (before, after)
    assert "for 5.04 days" in text
    assert "the limit is 5 days" in text


def test_a_restart_keeps_it_tripped_and_reads_the_same(tmp_path: Path) -> None:
    """A service that starts again is still turned, and its watch reads what the one before read."""

    async def before() -> tuple[GuardrailReading, ...]:
        log = SqliteLog(tmp_path / "log.db")
        shop, watch = await opened(shop=Shop(log))
        await answers(shop, (await contacts(shop, 40))[:1], OutcomeType.COMPLAINT)
        await harmed(shop, watch, "d")
        await answers(shop, (await contacts(shop, 5, "e"))[:1], OutcomeType.COMPLAINT)
        await watch.poll()
        log.close()
        return watch.view("shop").readings

    async def after() -> tuple[tuple[GuardrailReading, ...], DecidedBy]:
        log = SqliteLog(tmp_path / "log.db")
        shop = Shop(log)
        watch = GuardrailWatch(shop.resources, log)
        assert () == watch.view("shop").readings
        await watch.poll()
        found = watch.view("shop").readings, await decider(shop)
        log.close()
        return found

    expected = in_shop(before())
    assert 3 == len(expected)
    assert (expected, DecidedBy.GUARDRAIL) == in_shop(after())


def test_another_limit_counts_anew_and_another_chance_does_not() -> None:
    """Of two limits the one that changes starts again; the chance of a false alarm is taken over at once."""

    async def story() -> list[tuple[int, int]]:
        shop, watch = await opened()
        found: list[tuple[int, int]] = []
        for change in ({}, {"max_complaint_rate": 0.05}, {"false_alarm_chance": 0.1}, {"max_complaint_rate": None}):
            spec = replace(shop.resources.portfolio("shop").value.guardrails, **change)
            await shop.resources.update_portfolio(replace(PORTFOLIO, portfolio_version=0, guardrails=spec))
            await answers(shop, (await contacts(shop, 10, f"c{len(found)}-"))[:1], OutcomeType.CLICK)
            await watch.poll()
            counts = {one.guardrail: one.seen.count for one in watch.view("shop").readings if one.seen is not None}
            found.append((counts[Guardrail.UNSUBSCRIBE_RATE], counts.get(Guardrail.COMPLAINT_RATE, 0)))
        return found

    assert [(10, 10), (20, 10), (30, 20), (40, 0)] == in_shop(story())


class _ClosedToReading(MemoryLog):
    """A log whose decisions cannot be read in bulk."""

    def read_decisions(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Decision]]:
        """Fails."""
        raise RecordDamaged(f"nothing to see after {after} of {portfolio_id}, {limit}")


def test_a_portfolio_without_limits_is_not_read() -> None:
    """Where nothing has a limit, the log is not looked at and nothing is shown; nor is there a portfolio unknown."""

    async def story() -> None:
        shop, watch = await opened(GuardrailSpec(), Shop(_ClosedToReading()))
        await contacts(shop, 1)
        await watch.poll()
        view = watch.view("shop")
        assert (None, (), None) == (view.tripped, view.readings, view.through_us)
        with pytest.raises(NotFound):
            watch.view("other")

    in_shop(story())


def test_a_portfolio_that_cannot_be_read_leaves_the_others_watched() -> None:
    """A damaged record of one portfolio is told, and the others trip all the same."""

    class _HalfDamaged(MemoryLog):
        def read_decisions(self, portfolio_id: str, after: int, limit: int) -> list[Recorded[Decision]]:
            """Fails for one portfolio."""
            if portfolio_id == "apart":
                raise RecordDamaged("a record cannot be read")
            return super().read_decisions(portfolio_id, after, limit)

    async def story() -> DecidedBy:
        shop, watch = await opened(shop=Shop(_HalfDamaged()))
        await shop.resources.create_portfolio(replace(PORTFOLIO, portfolio_id="apart", guardrails=LIMITS))
        with pytest.raises(RecordDamaged):
            await harmed(shop, watch)
        return await decider(shop)

    assert DecidedBy.GUARDRAIL is in_shop(story())


def test_a_trip_that_could_not_be_stored_is_tried_again() -> None:
    """Where the log is full as a limit breaks, the next look turns the portfolio."""

    class _FullOnce(MemoryLog):
        is_full = True

        def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
            """Refuses the first trip."""
            if self.is_full and any(isinstance(record, GuardrailEvent) for record in records):
                self.is_full = False
                raise LogFull("no room")
            return super().append(records, now_us)

    async def story() -> tuple[DecidedBy, DecidedBy]:
        shop, watch = await opened(shop=Shop(_FullOnce()))
        with pytest.raises(BanditError):
            await harmed(shop, watch)
        before = await decider(shop)
        await watch.poll()
        return before, await decider(shop)

    assert (DecidedBy.POLICY, DecidedBy.GUARDRAIL) == in_shop(story())


def test_what_has_not_tripped_cannot_be_turned_back() -> None:
    """Turning back a portfolio whose policy decides is refused and stores nothing."""

    async def story() -> None:
        shop, watch = await opened()
        before = shop.log.watermark().position
        with pytest.raises(FailedPrecondition, match="its policy decides"):
            await watch.resume("shop", "in vain")
        assert before == shop.log.watermark().position

    in_shop(story())
