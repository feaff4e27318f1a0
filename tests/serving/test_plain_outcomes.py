"""Outcomes of a batch of which nothing but the send_time of their decision need be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.activation import ActivationState
from banditsvc.core.errors import BanditError
from banditsvc.core.outcome import Feed, Outcome, OutcomeType
from banditsvc.core.portfolio import SettleSpec
from banditsvc.core.times import DAY_US
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.reward_call import RewardAnswer, RewardCall
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call

_DECISIONS = ("plain", "scheduled", "test", "deferred", "sent", "unsent")


class _TellsNoSendTimes(MemoryLog):
    """A log that leaves out all that it may leave out, so that each outcome is looked at for itself."""

    def send_times_of(self, portfolio_id: str, decision_ids: Sequence[str], before_us: int) -> dict[str, int]:  # noqa: ARG002 - the port's
        return {}


async def _open(log: MemoryLog, *, waits: bool) -> Shop:
    settle = SettleSpec(required_feeds=(Feed(type=OutcomeType.REVENUE),), grace_us=DAY_US) if waits else SettleSpec()
    shop = await Shop(log=log).open(replace(PORTFOLIO, learner=replace(PORTFOLIO.learner, settle=settle)))
    changes: dict[str, dict[str, Any]] = {
        "scheduled": {"send_time_us": START_US + DAY_US},
        "test": {"is_test": True},
        "deferred": {"defer_activation": True},
    }
    calls = [rank_call(name, decision_id=name, **changes.get(name, {})) for name in _DECISIONS]
    assert not [answer for answer in await shop.ranker.rank(calls) if isinstance(answer, BanditError)]
    states = {"sent": ActivationState.SENT, "unsent": ActivationState.NOT_SENT}
    await shop.activator.activate([ActivateCall(decision_id=name, state=state) for name, state in states.items()])
    return shop


_OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(["shop", "shop", "shop", "other"]),
    st.sampled_from(["o1", "o2", "o3", "o4", "o5", "o6", "o7", ""]),
    st.sampled_from([OutcomeType.CLICK, OutcomeType.CLICK, *OutcomeType]),
    st.sampled_from([START_US + days * DAY_US + us for days in (0, 1, 7, 8) for us in (-1, 0)]),
    amount=st.sampled_from([None, 1.0]),
    revision=st.sampled_from([0, 0, 1]),
    decision_id=st.sampled_from(["plain", *_DECISIONS, "unknown"]),
    refunded_outcome_id=st.sampled_from(["", "o1"]),
)
_CALLS = st.lists(st.builds(RewardCall, _OUTCOMES, st.sampled_from(["", "", "EUR", "USD"])), max_size=9)
_TIMES = st.sampled_from([START_US + days * DAY_US + us for days in (0, 7, 8) for us in (-1, 0, 1, DAY_US // 2)])


@settings(derandomize=True, max_examples=120, deadline=None)
@given(batches=st.lists(st.tuples(_TIMES, _CALLS), max_size=3), waits=st.booleans())
def test_outcomes_told_together_are_told_as_if_each_were_looked_at(
    batches: list[tuple[int, list[RewardCall]]], *, waits: bool
) -> None:
    """Answers and what is stored are the same when outcomes are told by send_times, one by one, or by their decisions."""

    async def story(log: MemoryLog, *, singly: bool) -> list[object]:
        shop = await _open(log, waits=waits)
        told: list[RewardAnswer | BanditError] = []
        for now_us, calls in batches:
            shop.clock.set_us(max(now_us, shop.clock.now_us()))
            for group in [[call] for call in calls] if singly else [calls]:
                told += await shop.rewarder.reward(group)
        answers = [str(answer) if isinstance(answer, BanditError) else answer for answer in told]
        return [answers, [recorded.value for recorded in shop.log.read_outcomes("shop", 0, 99)]]

    together = in_shop(story(MemoryLog(), singly=False))

    assert in_shop(story(_TellsNoSendTimes(), singly=False)) == together
    assert in_shop(story(_TellsNoSendTimes(), singly=True)) == in_shop(story(MemoryLog(), singly=True))


def test_a_decision_recorded_just_now_is_looked_at_for_itself() -> None:
    """Until log time has moved on from its commit it is not due, so that an outcome in its window is not yet late."""

    async def story() -> list[str]:
        shop = await Shop().open()
        shop.clock.set_us(START_US + 9 * DAY_US)
        await shop.ranker.rank([rank_call(decision_id="d")])
        found = []
        for name in ("o1", "o2"):
            outcome = Outcome("shop", name, OutcomeType.CLICK, START_US, decision_id="d")
            [answer] = await shop.rewarder.reward([RewardCall(outcome)])
            assert isinstance(answer, RewardAnswer)
            found.append(answer.status.name)
        return found

    assert ["ACCEPTED", "LATE"] == in_shop(story())
