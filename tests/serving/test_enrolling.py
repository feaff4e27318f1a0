"""Laws of enrollment: the group that Rank draws, kept for reports, once for each division."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.context import CustomerContext
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.errors import BanditError, FailedPrecondition, InvalidRequest, LogUnavailable, NotFound
from banditsvc.core.organization import DEFAULT_ORGANIZATION, DEFAULT_ORGANIZATION_ID
from banditsvc.ports import DecisionLog
from banditsvc.store import MemoryLog, SqliteLog
from tests.serving.grouped_shop import HALF_HELD_OUT, HOLDOUT, OPTIMIZED, QUARTERS, SHOP, customer_in, stored_shop
from tests.serving.merges import merged
from tests.serving.shop import Shop, in_shop, rank_call
from tests.serving.stories import rank

UNIVERSAL = replace(
    DEFAULT_ORGANIZATION, assignments=(AssignmentSpec(holdout=0.2, assignment_version=1, salt="universal"),)
)
BY_CHANNEL = replace(SHOP, assignments=(AssignmentSpec(channel="email", holdout=0.5, salt="e-mail"),))


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DecisionLog]:
    opened: DecisionLog = MemoryLog() if request.param == "memory" else SqliteLog(tmp_path / "log.db")
    yield opened
    opened.close()


def enrollment(customer_id: str = "c1", **changes: Any) -> Enrollment:
    """Returns what a caller says of a customer."""
    fields: dict[str, Any] = {"context": CustomerContext(segment="family", recency_days=10.0), **changes}
    return Enrollment(
        organization_id=DEFAULT_ORGANIZATION_ID,
        portfolio_id=fields.pop("portfolio_id", "shop"),
        customer_id=customer_id,
        **fields,
    )


async def enrolled(shop: Shop, *enrollments: Enrollment) -> list[AssignmentGroup]:
    """Returns the groups of customers, none of whom is refused."""
    answers = await shop.enroller.enroll(enrollments)
    assert not [answer for answer in answers if isinstance(answer, BanditError)]
    return [answer for answer in answers if isinstance(answer, AssignmentGroup)]


def stored(log: DecisionLog) -> list[Enrollment]:
    """Returns the enrollments in the log."""
    return [recorded.value for recorded in log.read_enrollments("shop", 0, 10_000)]


def test_enrolling_draws_the_group_of_rank(log: DecisionLog) -> None:
    """Each customer is in the group in which Rank decides for it, over nested divisions, with the same draws."""

    async def story() -> None:
        shop = stored_shop(replace(SHOP, assignments=(QUARTERS,)), organization=UNIVERSAL, log=log)
        names = [f"c{number}" for number in range(200)]
        keys = [f"household {number // 3}" if number % 2 else "" for number in range(200)]
        groups = await enrolled(
            shop, *(enrollment(name, assignment_key=key) for name, key in zip(names, keys, strict=True))
        )
        decisions = await rank(
            shop, *(rank_call(name, assignment_key=key) for name, key in zip(names, keys, strict=True))
        )
        assert [decision.group for decision in decisions] == groups
        assert set(AssignmentGroup) == set(groups)
        assert [decision.draws for decision in decisions] == [one.draws for one in stored(log)]
        assert keys == [one.assignment_key for one in stored(log)]

    in_shop(story())


def test_what_is_known_of_the_customer_is_kept(log: DecisionLog) -> None:
    """The log has the context, the channel and the key as they were given."""

    async def story() -> None:
        shop = stored_shop(log=log)
        context = CustomerContext(segment="new", monetary=3.5, favourites={"shoes": 0.5}, features={"vip": True})
        wanted = enrollment("c9", context=context, channel="email", assignment_key="household")
        await enrolled(shop, wanted)
        [kept] = stored(log)
        assert wanted == replace(kept, draws=())
        assert 1 == len(kept.draws)

    in_shop(story())


def test_enrolling_again_stores_nothing_more(log: DecisionLog) -> None:
    """While the groups stand the first enrollment counts, within a call and across calls and restarts."""

    async def story() -> None:
        shop = stored_shop(log=log)
        first = await enrolled(shop, enrollment(), enrollment(context=CustomerContext(segment="late")))
        assert [*first, *first] == await enrolled(Shop(log=log), *[enrollment(), enrollment(assignment_key="c1")] * 2)
        assert ["family"] == [one.context.segment for one in stored(log)]

    in_shop(story())


def test_another_division_enrolls_anew(log: DecisionLog) -> None:
    """When everyone is drawn again, or by another key or channel, a customer enters again, and both stand in the log."""

    async def story() -> None:
        shop = stored_shop(log=log)
        await enrolled(shop, enrollment())
        await enrolled(shop, enrollment(channel="email"))
        await enrolled(shop, enrollment(assignment_key="household"))
        again = replace(QUARTERS, generation=2, assignment_version=0, start_time_us=0, salt="")
        await shop.resources.update_portfolio(replace(SHOP, assignments=(again,)))
        await enrolled(shop, enrollment(), enrollment())
        assert [1, 1, 1, 2] == [one.draws[0].assignment_version for one in stored(log)]

    in_shop(story())


def test_a_channel_is_asked_for_where_groups_are_by_channel(log: DecisionLog) -> None:
    """Where customers are assigned by channel one is required; on a channel that nobody divides, there is no group."""

    async def story() -> list[AssignmentGroup | BanditError]:
        shop = stored_shop(BY_CHANNEL, log=log)
        return await shop.enroller.enroll([enrollment(), enrollment(channel="email"), enrollment(channel="sms")])

    without, by_mail, by_text = in_shop(story())
    assert isinstance(without, InvalidRequest)
    assert ["channel"] == [violation.field for violation in without.violations]
    assert isinstance(by_mail, AssignmentGroup)
    assert isinstance(by_text, FailedPrecondition)
    assert ("NO_GROUPS", True) == (by_text.reason, "'sms'" in str(by_text))
    assert ["email"] == [one.channel for one in stored(log)]


def test_nobody_is_enrolled_where_nobody_is_divided(log: DecisionLog) -> None:
    """A portfolio without groups, of an organization without, refuses and says what to do; an unknown one too."""

    async def story() -> list[AssignmentGroup | BanditError]:
        shop = await Shop(log=log).open()
        return await shop.enroller.enroll([enrollment(), enrollment(portfolio_id="unknown")])

    refusal, unknown = in_shop(story())
    assert isinstance(refusal, FailedPrecondition)
    assert ("NO_GROUPS", True) == (refusal.reason, "set assignments first" in str(refusal))
    assert isinstance(unknown, NotFound)
    assert [] == stored(log)


def test_groups_of_the_organization_suffice(log: DecisionLog) -> None:
    """A customer is enrolled in a portfolio without groups of its own where the organization has some."""

    async def story() -> list[AssignmentGroup]:
        shop = stored_shop(replace(SHOP, assignments=()), organization=UNIVERSAL, log=log)
        return await enrolled(shop, *(enrollment(f"c{number}") for number in range(50)))

    assert {HOLDOUT, OPTIMIZED} == set(in_shop(story()))


def test_a_merged_id_enrolls_its_survivor(log: DecisionLog) -> None:
    """The survivor keeps its group, whichever id is enrolled, and stands in the log by its own name."""

    async def story() -> None:
        shop = stored_shop(replace(SHOP, assignments=(HALF_HELD_OUT,)), log=log)
        held_out, optimized = customer_in(shop, HOLDOUT), customer_in(shop, OPTIMIZED)
        await merged(shop, (held_out, optimized))
        groups = await enrolled(
            shop, enrollment(held_out), enrollment(optimized), enrollment(held_out, assignment_key=held_out)
        )
        assert [OPTIMIZED] * 3 == groups
        assert [(optimized, "")] == [(one.customer_id, one.assignment_key) for one in stored(log)]

    in_shop(story())


def test_who_was_not_stored_is_not_enrolled() -> None:
    """Where the log takes nothing, each customer has that as its error, and those refused before keep theirs."""

    async def story() -> list[type]:
        shop = stored_shop(BY_CHANNEL)
        await shop.committer.close()
        answers = await shop.enroller.enroll([enrollment(channel="email"), enrollment()])
        return [type(answer) for answer in answers]

    assert [LogUnavailable, InvalidRequest] == in_shop(story())


def test_calls_at_once_enroll_a_customer_once(log: DecisionLog) -> None:
    """However many callers enroll a customer at the same time, one record is stored and all hear the same group."""

    async def story() -> set[AssignmentGroup]:
        shop = stored_shop(log=log)
        answers = await asyncio.gather(*[enrolled(shop, enrollment("new")) for _ in range(64)])
        return {group for answer in answers for group in answer}

    assert 1 == len(in_shop(story()))
    assert 1 == len(stored(log))
