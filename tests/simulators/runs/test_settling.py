"""Settling in columns: when a day's decisions are due and with what reward, as the service's own rules have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from banditsvc.core.attribution import Evidence, LoggedOutcome, WindowedDecision, effective_outcomes, join
from banditsvc.core.choice import Choice
from banditsvc.core.decision import DecidedBy, Decision, RankInput, Result
from banditsvc.core.feed_marks import FeedMarks
from banditsvc.core.outcome import FeedMark, Outcome, OutcomeType
from banditsvc.core.reward import reward_of
from banditsvc.core.settle import DecisionHistory, SettleState, SettleTerms, settle, window_of
from banditsvc.core.times import DAY_US
from simulators.engine.feed_calendar import complete_through, has_file
from simulators.engine.purchases import NEVER, Purchases
from simulators.engine.world import World
from simulators.engine.world_time import day_us
from simulators.runs.settling import DayDecisions, Settler
from simulators.worlds.read_world import read_world
from simulators.worlds.reward_terms import AttributionRule, RewardOf
from simulators.worlds.world_spec import WorldSpec

DAYS = 30


@dataclass
class Shop:
    """A world in which every customer gets some campaign or no contact, with all that was decided and bought."""

    spec: WorldSpec
    decisions: list[DayDecisions] = field(default_factory=list)
    bought: dict[int, Purchases] = field(default_factory=dict)
    settled: list[tuple[int, DayDecisions, list[float] | None]] = field(default_factory=list)
    """On which day, what, and the rewards; None for lapsed ones."""

    def run(self) -> Shop:
        """Lives for some days."""
        world, settler = World(self.spec, (3,)), Settler(self.spec, self.spec.reward.window_days)
        for day in range(DAYS):
            self.settled += [
                (day, one.decisions, None if one.reward is None else one.reward.tolist()) for one in settler.settle(day)
            ]
            visit = world.begin_day()
            chosen = (visit.rows + day) % len(visit.live.entries)
            world.send(visit, chosen)
            is_contact = np.array([entry.spec is not None for entry in visit.live.entries])[chosen]
            made = DayDecisions(
                day=day,
                rows=visit.rows,
                seed_places=visit.seed_places,
                chosen=chosen,
                probability=np.ones(len(visit)),
                is_contact=is_contact,
            )
            self.decisions.append(made)
            settler.decided(made)
            purchases = world.end_day()
            self.bought[day] = purchases
            settler.bought(day, purchases)
        return self

    def marks(self) -> FeedMarks:
        """Returns the marks that the pipeline would have posted."""
        feed, found = self.spec.reward.feed, []
        for day in range(DAYS):
            if has_file(self.spec.feed, day):
                through_us = day_us(self.spec, complete_through(self.spec.feed, day))
                mark = FeedMark(portfolio_id="shop", feed=feed, complete_through_us=through_us)
                found.append((day_us(self.spec, day), mark))
        return FeedMarks(found)

    def outcomes_of(self, row: int) -> Iterator[LoggedOutcome]:
        """Yields what the pipeline would have posted of a customer, with its days."""
        for bought in self.bought.values():
            mine = bought.where(bought.rows == row)
            for place, outcome_id in enumerate(mine.outcome_ids(["c"] * len(mine))):
                yield from self._postings(mine, place, outcome_id, row)

    def _postings(self, mine: Purchases, place: int, outcome_id: str, row: int) -> Iterator[LoggedOutcome]:
        if mine.arrival[place] == NEVER:
            return
        occur_us = day_us(self.spec, 0) + int(mine.time[place] * DAY_US)

        def logged(day: int, amount: float, revision: int) -> LoggedOutcome:
            outcome = Outcome(
                portfolio_id="shop",
                outcome_id=outcome_id,
                type=self.spec.reward.outcome_type,
                occur_time_us=occur_us,
                amount=amount,
                revision=revision,
                customer_id=str(row),
            )
            return LoggedOutcome(outcome, day_us(self.spec, day))

        yield logged(int(mine.arrival[place]), float(mine.first_amount[place]), 0)
        if mine.revision_arrival[place] != NEVER:
            yield logged(int(mine.revision_arrival[place]), float(mine.amount[place]), 1)
        if mine.refund_arrival[place] != NEVER:
            refund = Outcome(
                portfolio_id="shop",
                outcome_id=f"{outcome_id}-refund",
                type=OutcomeType.REFUND,
                occur_time_us=occur_us,
                refunded_outcome_id=outcome_id,
            )
            yield LoggedOutcome(refund, day_us(self.spec, int(mine.refund_arrival[place])))


def history(shop: Shop, decisions: DayDecisions, row: int, *, is_contact: bool = True) -> DecisionHistory[Choice]:
    """Returns a customer's decision of a day, as the service's log has it."""
    send_us = day_us(shop.spec, decisions.day)
    decision = Decision(
        decision_id=f"{decisions.day}",
        input=RankInput(portfolio_id="shop", customer_id=str(row), send_time_us=send_us),
        result=Result.CAMPAIGN if is_contact else Result.NO_CONTACT,
        decided_by=DecidedBy.POLICY,
        campaign_id="any",
        eligible=("any",),
        selection_probabilities=(1.0,),
    )
    return DecisionHistory(decision, send_us)


def rivals(shop: Shop, terms: SettleTerms, row: int, cut_us: int) -> list[WindowedDecision]:
    """Returns all decisions of a customer with their windows, as known by a cut."""
    found = []
    for position, one in enumerate(shop.decisions):
        if row in one.rows:
            window = window_of(history(shop, one, row), terms, cut_us)
            if window is not None:
                found.append(WindowedDecision(str(one.day), position, window))
    return found


def world_of(preset: str, rule: AttributionRule, of: RewardOf) -> WorldSpec:
    """Returns a small world with much going on: most contacts cause an order, and everybody comes every other day."""
    spec = read_world(preset)
    terms = spec.reward.model_copy(
        update={"attribution": rule, "of": of, "window_days": 5, "greatest": 100.0, "cost": 0.5}
    )
    campaigns = tuple([one.model_copy(update={"base_rate": 0.3, "odds": {}}) for one in spec.campaigns])
    return spec.model_copy(
        update={
            "customers": 12,
            "reward": terms,
            "campaigns": campaigns,
            "no_contact": True,
            "visits": spec.visits.model_copy(update={"every_days": 2}),
        }
    )


@pytest.mark.parametrize("of", list(RewardOf))
@pytest.mark.parametrize("rule", list(AttributionRule))
@pytest.mark.parametrize("preset", ["faulty-pipeline", "weekly-feed", "late-feed", "dead-feed"])
def test_columns_settle_as_the_service_does(preset: str, rule: AttributionRule, of: RewardOf) -> None:
    """Day of settling, lapsing, and each reward, bit for bit, are those of the service's settle, join and reward_of."""
    shop = Shop(world_of(preset, rule, of)).run()
    learner = shop.spec.reward.learner_spec()
    terms = SettleTerms(learner.settle, learner.reward.window_us, shop.marks())
    checked = 0
    for day, decisions, rewards in shop.settled:
        for place, row in enumerate(decisions.rows.tolist()):
            mine = history(shop, decisions, row)
            before = settle(mine, terms, day_us(shop.spec, day - 1))
            found = settle(mine, terms, day_us(shop.spec, day))
            assert before.state is SettleState.OPEN
            if rewards is None:
                assert found.state is SettleState.LAPSED
                continue
            assert found.state is SettleState.SETTLED
            assert found.window is not None
            logged = list(shop.outcomes_of(row))
            known = effective_outcomes(logged, found.cut_us)
            refunds = {key: one for key, one in known.items() if one.type is OutcomeType.REFUND}
            evidence = Evidence(known, refunds, rivals(shop, terms, row, found.cut_us))
            joined = join(mine.decision, found.window, evidence, learner.reward.attribution)
            is_no_contact = not bool(decisions.is_contact[place])
            assert reward_of(joined, learner.reward, is_no_contact).clipped == rewards[place]
            checked += 1
    assert checked > 50
