"""A small shop on the memory log, for the tests of serving."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from banditsvc.clock import SimulatedClock
from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.errors import BanditError
from banditsvc.core.outcome import OutcomeType
from banditsvc.core.portfolio import LearnerSpec, Measure, Portfolio, RewardSpec, RewardWeight
from banditsvc.core.times import DAY_US
from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import DecisionLog
from banditsvc.serving.activating import Activator
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.consents import Consents
from banditsvc.serving.contact_book import ContactBook
from banditsvc.serving.enrolling import Enroller
from banditsvc.serving.explaining import Explainer
from banditsvc.serving.importing import Importer
from banditsvc.serving.inspecting import Inspector
from banditsvc.serving.merging import Merger
from banditsvc.serving.pending import Pending
from banditsvc.serving.phases import Phases
from banditsvc.serving.ranking import RankAnswer, RankCall, Ranker
from banditsvc.serving.resources import Resources
from banditsvc.serving.rewarding import Rewarder
from banditsvc.store.memory import MemoryLog
from banditsvc.store.memory_registry import MemoryRegistry

T = TypeVar("T")

START_US = 1_760_000_000 * 1_000_000
PORTFOLIO = Portfolio(
    portfolio_id="shop",
    currency="EUR",
    learner=LearnerSpec(
        reward=RewardSpec(
            weights=(RewardWeight(type=OutcomeType.REVENUE, weight=1.0, measure=Measure.AMOUNT),),
            window_us=7 * DAY_US,
            greatest=100.0,
        )
    ),
    sandbox=True,
)
CAMPAIGNS = tuple(
    Campaign(campaign_id=campaign_id, category=category, fixed_priority=place)
    for place, (campaign_id, category) in enumerate([("sale", "shoes"), ("news", "coats"), ("winback", "")], start=1)
)


def rank_input(customer_id: str = "c1", **changes: Any) -> RankInput:
    """Returns what a caller may ask for."""
    asked: dict[str, Any] = {
        "portfolio_id": "shop",
        "customer_id": customer_id,
        "send_time_us": START_US,
        "context": CustomerContext(recency_days=10.0, segment="family"),
    }
    return RankInput(**(asked | changes))


def rank_call(customer_id: str = "c1", *, decision_id: str = "", dry_run: bool = False, **changes: Any) -> RankCall:
    """Returns a call of Rank."""
    return RankCall(input=rank_input(customer_id, **changes), decision_id=decision_id, dry_run=dry_run)


@dataclass
class Shop:
    """The serving side over a memory log."""

    log: DecisionLog = field(default_factory=MemoryLog)
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(START_US))
    book_type: type[ContactBook] = ContactBook

    def __post_init__(self) -> None:
        """Wires the parts up."""
        self.committer = GroupCommitter(self.log, self.clock)
        self.resources = Resources(self.log, self.committer)
        self.registry = MemoryRegistry()
        self.active = ActivePortfolios(self.resources, self.registry)
        self.book = self.book_type(self.resources, self.log)
        parts = (self.log, self.committer, self.clock, Pending())
        self.ranker = Ranker(self.active, *parts, resources=self.resources, book=self.book)
        self.activator = Activator(self.resources, *parts, book=self.book)
        self.rewarder = Rewarder(self.resources, *parts, book=self.book)
        self.consents = Consents(self.resources, self.log, self.committer, self.clock, book=self.book)
        self.merger = Merger(self.committer, book=self.book)
        self.enroller = Enroller(self.active, self.log, self.committer, book=self.book)
        marks = self.rewarder.feed_marks
        self.importer = Importer(self.active, self.log, self.committer, self.clock, marks, book=self.book)
        self.phases = Phases(self.resources, self.active, self.log, self.clock, marks)
        self.inspector = Inspector(self.resources, self.active, self.log)
        self.explainer = Explainer(self.resources, self.log, self.registry)

    async def open(self, portfolio: Portfolio = PORTFOLIO) -> Shop:
        """Creates the portfolio and its campaigns."""
        await self.resources.create_portfolio(portfolio)
        for campaign in CAMPAIGNS:
            await self.resources.create_campaign(portfolio.portfolio_id, campaign)
        return self


async def ranked(shop: Shop, *calls: RankCall) -> list[RankAnswer]:
    """Returns the answers to calls of Rank, none of which is refused."""
    answers = await shop.ranker.rank(calls)
    assert not [answer for answer in answers if isinstance(answer, BanditError)]
    return [answer for answer in answers if isinstance(answer, RankAnswer)]


async def refused(shop: Shop, call: RankCall) -> BanditError:
    """Returns why a call of Rank is refused."""
    answer = (await shop.ranker.rank([call]))[0]
    assert isinstance(answer, BanditError)
    return answer


def in_shop(story: Coroutine[Any, Any, T]) -> T:
    """Runs a story to its end."""
    return asyncio.run(story)
