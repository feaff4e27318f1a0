"""Ghosts: contacts that held-out customers would have got meet every limit, and are in nobody's way."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.activation import ActivationState
from banditsvc.core.contact_policy import Capacity, CapacityPeriod
from banditsvc.core.decision import Decision, Result
from banditsvc.core.organization import DEFAULT_ORGANIZATION
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import DecisionLog
from banditsvc.serving.activating import ActivateCall
from banditsvc.serving.ranking import RankCall
from banditsvc.store import SqliteLog
from tests.serving.grouped_shop import CAMPAIGNS, HALF_HELD_OUT, HOLDOUT, OPTIMIZED, SHOP, customer_in, records_of
from tests.serving.grouped_shop import stored_shop as shop_of
from tests.serving.shop import START_US, Shop, in_shop, rank_call
from tests.serving.stories import ONE_A_WEEK, organization, rank
from tests.serving.test_book_and_log import CAPACITIES, CAPS

SALE = ("sale",)
HALVES = replace(SHOP, assignments=(HALF_HELD_OUT,))
TWO = Capacity(name="two", max_contacts=2, period=CapacityPeriod.DAY)
OTHER = replace(SHOP, portfolio_id="other", salt="salt of the other", assignments=())


def with_other(shop: Shop, **changes: object) -> Shop:
    """Returns the shop with another portfolio of its organization, which holds out nobody."""
    shop.log.append(records_of(replace(OTHER, **changes), CAMPAIGNS), START_US)  # type: ignore[arg-type]  # its fields
    return Shop(shop.log)


def gets(decision: Decision) -> bool:
    """Returns whether something goes out, or would go."""
    return decision.result is Result.CAMPAIGN or decision.would_have_sent is not None


def stages(decision: Decision) -> set[tuple[FunnelStage, str]]:
    """Returns what dropped the campaigns."""
    return {(rejection.stage, rejection.rule) for rejection in decision.rejections}


def test_ghosts_take_no_capacity() -> None:
    """However many ghosts come first, in a batch or one by one, all of the capacity is left for those who get something."""

    async def story(*, in_a_batch: bool) -> list[bool]:
        shop = shop_of(HALVES, organization=organization(capacities=(TWO,)))
        names = [customer_in(shop, HOLDOUT, k) for k in range(10)] + [customer_in(shop, OPTIMIZED, k) for k in range(3)]
        calls = [rank_call(name) for name in names]
        if in_a_batch:
            return [gets(decision) for decision in await rank(shop, *calls)]
        return [gets((await rank(shop, call))[0]) for call in calls]

    for in_a_batch in (True, False):
        assert [True] * 12 + [False] == in_shop(story(in_a_batch=in_a_batch))


def test_ghosts_meet_capacity() -> None:
    """Once those who get something have used it up a held-out customer would get nothing either, by the same rule."""

    async def story() -> tuple[list[bool], set[tuple[FunnelStage, str]]]:
        shop = shop_of(HALVES, organization=organization(capacities=(TWO,)))
        calls = [rank_call(customer_in(shop, OPTIMIZED, k)) for k in range(2)]
        decisions = await rank(shop, *calls, rank_call(customer_in(shop, HOLDOUT)))
        [fresh] = await rank(Shop(shop.log), rank_call(customer_in(shop, HOLDOUT, 1)))
        return [gets(decision) for decision in (*decisions, fresh)], stages(decisions[2]) | stages(fresh)

    got, dropped = in_shop(story())
    assert [True, True, False, False] == got
    assert {(FunnelStage.CAPACITY, "two")} == dropped


def test_a_ghost_counts_for_the_next_ghost() -> None:
    """Under a weekly cap a held-out customer's second decision of the week is rejected by the cap, as anybody's is."""

    async def story() -> list[list[tuple[bool, set[tuple[FunnelStage, str]]]]]:
        found = []
        for group in (HOLDOUT, OPTIMIZED):
            shop = shop_of(HALVES, organization=organization(ONE_A_WEEK))
            name = customer_in(shop, group)
            times = [START_US, START_US + 6 * DAY_US, START_US + 7 * DAY_US]
            decisions = await rank(shop, *(rank_call(name, send_time_us=time, candidates=SALE) for time in times))
            found.append([(gets(decision), stages(decision)) for decision in decisions])
        return found

    ghosts, contacts = in_shop(story())
    assert [(True, set()), (False, {(FunnelStage.CONTACT_POLICY, "one a week")}), (True, set())] == ghosts == contacts


def test_contacts_of_other_portfolios_count_for_ghosts() -> None:
    """What another portfolio of the organization sent to a held-out customer stands in the way of a ghost."""

    async def story() -> list[bool]:
        shop = with_other(shop_of(HALVES, organization=organization(ONE_A_WEEK)))
        name = customer_in(shop, HOLDOUT)
        calls = [rank_call(name, portfolio_id=portfolio_id, candidates=SALE) for portfolio_id in ("other", "shop")]
        return [gets(decision) for decision in await rank(shop, *calls)]

    assert [True, False] == in_shop(story())


def test_ghosts_never_count_for_what_goes_out() -> None:
    """A ghost stands in no way of another portfolio's campaign for the same customer, in the batch or in a new service."""

    async def story(*, is_new: bool) -> list[Result]:
        shop = with_other(shop_of(HALVES, organization=organization(ONE_A_WEEK)))
        name = customer_in(shop, HOLDOUT)
        calls = [rank_call(name, portfolio_id=portfolio_id, candidates=SALE) for portfolio_id in ("shop", "other")]
        if is_new:
            [ghostly] = await rank(shop, calls[0])
            return [ghostly.result, (await rank(Shop(shop.log), calls[1]))[0].result]
        return [decision.result for decision in await rank(shop, *calls)]

    for is_new in (True, False):
        assert [Result.HELD_OUT, Result.CAMPAIGN] == in_shop(story(is_new=is_new))


def test_ghosts_of_several_portfolios_share_what_is_left() -> None:
    """Customers whom the organization holds out have one ghost a week over all its portfolios, as others one campaign."""

    async def story(group: int) -> list[bool]:
        universal = replace(DEFAULT_ORGANIZATION, assignments=(HALF_HELD_OUT,))
        limited = replace(universal, contact_policy=organization(ONE_A_WEEK).contact_policy)
        shop = with_other(shop_of(replace(SHOP, assignments=()), organization=limited))
        name = customer_in(shop, HOLDOUT if group else OPTIMIZED)
        calls = [rank_call(name, portfolio_id=portfolio_id, candidates=SALE) for portfolio_id in ("shop", "other")]
        return [gets(decision) for decision in await rank(shop, *calls)]

    assert [[True, False]] * 2 == [in_shop(story(group)) for group in (0, 1)]


def test_what_is_said_of_a_held_out_decision_moves_its_ghost() -> None:
    """NOT_SENT releases the ghost's contact, SENT puts it where it is said to be, in the book as in the log."""

    async def story(said: ActivationState) -> list[bool]:
        shop = shop_of(HALVES, organization=organization(ONE_A_WEEK))
        name = customer_in(shop, HOLDOUT)
        await rank(shop, rank_call(name, decision_id="d", candidates=SALE, defer_activation=True))
        shop.clock.set_us(START_US + DAY_US)
        await shop.activator.activate([ActivateCall(decision_id="d", state=said)])
        asked = rank_call(name, send_time_us=START_US + 7 * DAY_US, candidates=SALE, dry_run=True)
        return [gets((await rank(each, asked))[0]) for each in (shop, Shop(shop.log))]

    assert [[True, True], [False, False]] == [
        in_shop(story(said)) for said in (ActivationState.NOT_SENT, ActivationState.SENT)
    ]


STATES = (ActivationState.SENT, ActivationState.NOT_SENT, ActivationState.REPLACED_BY)
Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["rank", "rank", "defer", "supersede", "say", "wait"]), st.integers(0, 9), st.integers(0, 2)
    ),
    min_size=6,
    max_size=30,
)


def _busy_shop(log: DecisionLog | None = None) -> tuple[Shop, list[str]]:
    """Returns a shop of two portfolios with limits, and customers half of whom are held out of one of them."""
    limited = organization(*CAPS, capacities=CAPACITIES)
    shop = with_other(shop_of(HALVES, organization=limited, log=log))
    return shop, [customer_in(shop, group, number) for group in (HOLDOUT, OPTIMIZED) for number in (0, 1)]


async def _step(shop: Shop, names: list[str], step: Step, number: int, made: list[RankCall]) -> None:
    """Does one thing to the shop; made grows by the calls that were answered."""
    what, which, kind = step
    now_us = shop.clock.now_us()
    if what == "wait":
        shop.clock.set_us(now_us + (1 + which) * 12 * HOUR_US)
        return
    if what in ("rank", "defer"):
        supersedes, name, portfolio_id = "", names[which % len(names)], ("shop", "shop", "other")[which % 3]
    elif not made:
        return
    else:
        old = made[which % len(made)]
        supersedes, name, portfolio_id = old.decision_id, old.input.customer_id, old.input.portfolio_id
    if what == "say":
        replaced_by = "news" if STATES[kind] is STATES[2] else ""
        await shop.activator.activate(
            [ActivateCall(decision_id=supersedes, state=STATES[kind], replaced_by=replaced_by)]
        )
        return
    call = rank_call(
        name,
        decision_id=f"d{number}",
        portfolio_id=portfolio_id,
        send_time_us=now_us + kind * DAY_US,
        defer_activation=what != "rank",
        supersedes=supersedes,
    )
    made += [call for answer in await shop.ranker.rank([call]) if not isinstance(answer, Exception)]


async def _check_alike(shop: Shop, fresh: Shop, names: list[str]) -> None:
    """Checks that two services over one log know the same of each customer, as far back as limits look."""
    now_us = shop.clock.now_us()
    fresh.clock.set_us(now_us)
    customers = [("default", name) for name in names]
    for book in (shop.book, fresh.book):
        assert {} == book.load(customers, now_us)
    for customer in customers:
        for with_ghosts in (True, False):
            mine, theirs = (
                [
                    contact
                    for contact in book.standing(customer, with_ghosts=with_ghosts).contacts
                    if contact.counts_at(now_us) and contact.contact_time_us >= now_us - 7 * DAY_US
                ]
                for book in (shop.book, fresh.book)
            )
            assert mine == theirs
    for portfolio_id in ("shop", "other"):
        calls = [rank_call(name, portfolio_id=portfolio_id, send_time_us=now_us, dry_run=True) for name in names]
        known, found = [[(one.eligible, one.rejections) for one in await rank(each, *calls)] for each in (shop, fresh)]
        assert known == found


@settings(derandomize=True, max_examples=100, deadline=None)
@given(STEPS)
def test_a_new_service_finds_the_same_ghosts(steps: list[Step]) -> None:
    """After whatever was ranked, superseded, said and waited for, the log alone gives each customer the same standing."""

    async def story() -> None:
        shop, names = _busy_shop()
        made: list[RankCall] = []
        for number, step in enumerate(steps):
            await _step(shop, names, step, number, made)
        await _check_alike(shop, Shop(shop.log), names)

    in_shop(story())


def test_ghosts_are_found_on_disk(tmp_path: Path) -> None:
    """The same over a log on disk that is opened again by the next service."""
    chance = random.Random(4)
    kinds = ("rank", "rank", "rank", "defer", "supersede", "say", "wait")
    log = SqliteLog(tmp_path / "log.db")

    async def story() -> None:
        shop, names = _busy_shop(log)
        made: list[RankCall] = []
        for number in range(150):
            step = (chance.choice(kinds[: 6 + (number % 5 == 0)]), chance.randrange(10), chance.randrange(3))
            await _step(shop, names, step, number, made)
        log.close()
        reopened = SqliteLog(tmp_path / "log.db")
        ghosts = [held for held in reopened.contacts_of("default", names, 0) if held.contact.is_ghost]
        assert len(ghosts) > 10
        await _check_alike(shop, Shop(reopened), names)
        reopened.close()

    in_shop(story())
