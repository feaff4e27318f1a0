"""One shuffle of a trial, played through the service: scheduler and feedback pipeline of one portfolio."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from banditsvc.client import Client
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.v1.campaign_pb2 import Campaign
from banditsvc.v1.context_pb2 import CustomerContext
from banditsvc.v1.decision_pb2 import RESULT_HELD_OUT, Decision
from banditsvc.v1.outcome_pb2 import Outcome
from banditsvc.v1.policy_pb2 import Policy
from banditsvc.v1.portfolio_pb2 import (
    LIFT_POPULATION_ACTIVATED,
    Feed,
    LiftSpec,
    Portfolio,
    RewardSpec,
    RewardWeight,
    SettleSpec,
)
from banditsvc.v1.ranking_pb2 import RankRequest
from simulators.feedback_pipeline import FeedbackPipeline
from simulators.scheduler import MOST_PER_CALL, activate_batch, rank_batch
from simulators.shop_setup import set_up_shop
from simulators.shuffle import Shuffle, accepted
from simulators.simulated_time import timestamp
from simulators.trial import Trial
from simulators.trial_groups import TrialGroups

WINDOW = timedelta(days=3)
"""Outcome window."""
LIFT_DAYS = 7
"""The shortest horizon over which a lift report counts what customers did."""
NO_GROUPS = TrialGroups()


class TrialPlay:
    """Plays one shuffle, a batch of customers a day."""

    def __init__(
        self,
        client: Client,
        trial: Trial,
        shuffle: Shuffle,
        portfolio_id: str,
        policy: Policy | None,
        *,
        groups: TrialGroups = NO_GROUPS,
    ) -> None:
        """Sets up a fresh portfolio of that id; without a policy it has the service's default one."""
        self._client = client
        self._trial = trial
        self._shuffle = shuffle
        self.portfolio_id = portfolio_id
        self._accepted: list[NDArray[np.int64]] = []
        """Rows of the accepted events, batch by batch; and beside them their groups."""
        self._groups: list[NDArray[np.int64]] = []
        feed = Feed(type=trial.reward.outcome, custom_type=trial.reward.custom_type)
        self.pipeline = FeedbackPipeline(client, portfolio_id, feed)
        set_up_shop(client, _portfolio(trial, portfolio_id, feed, groups), _campaigns(trial), policy)

    def accepted_rows(self, group: AssignmentGroup = AssignmentGroup.OPTIMIZED) -> NDArray[np.int64]:
        """Returns the rows of the trial that were accepted in a group, in the order of play: their arm was served."""
        if not self._accepted:
            return np.zeros(0, dtype=np.int64)
        rows: NDArray[np.int64] = np.concatenate(self._accepted)[np.concatenate(self._groups) == group]
        return rows

    def accepted_rewards(self, group: AssignmentGroup = AssignmentGroup.OPTIMIZED) -> NDArray[np.float64]:
        """Returns what came of the accepted events of a group, in the order of play."""
        rewards: NDArray[np.float64] = self._trial.rewards[self.accepted_rows(group)]
        return rewards

    def play_day(self, batch: slice, now_us: int) -> None:
        """Posts what is known by now, waits until it is learned, and decides for the customers at these places."""
        self.pipeline.post(now_us)
        self._client.catch_up(self.portfolio_id)
        for start in range(batch.start, batch.stop, MOST_PER_CALL):
            self._decide(slice(start, min(start + MOST_PER_CALL, batch.stop)), now_us)

    def close_day(self, now_us: int) -> None:
        """Posts what is known by now, after the last customer, so that in the end everything is known of everyone."""
        self.pipeline.post(now_us)

    def _decide(self, places: slice, now_us: int) -> None:
        requests = [self._request(row, now_us) for row in self._shuffle.rows[places].tolist()]
        decisions = rank_batch(self._client, requests)
        taken = accepted(self._trial, self._shuffle, places.start, [_served(decision) for decision in decisions])
        activate_batch(self._client, decisions, taken.tolist(), now_us, "the trial has no answer for this choice")
        rows = self._shuffle.rows[places]
        rewards = self._trial.rewards[rows]
        self._accepted.append(rows[taken])
        self._groups.append(np.array([decision.group for decision in decisions], dtype=np.int64)[taken])
        for offset in np.flatnonzero(taken & (rewards != 0)):
            self._expect(decisions[offset], places.start + int(offset), now_us)

    def _request(self, row: int, now_us: int) -> RankRequest:
        return RankRequest(
            portfolio_id=self.portfolio_id,
            customer_id=f"customer-{row}",
            context=CustomerContext.FromString(self._trial.contexts[row]),
            occasion="trial",
            send_time=timestamp(now_us),
            defer_activation=True,
            ranking_limit=1,
        )

    def _expect(self, decision: Decision, place: int, now_us: int) -> None:
        reward = self._trial.reward
        # By customer and time, as most shops know their orders.
        outcome = Outcome(type=reward.outcome, custom_type=reward.custom_type, customer_id=decision.customer_id)
        if reward.measure == "MEASURE_AMOUNT":
            outcome.amount = float(self._trial.rewards[self._shuffle.rows[place]])
        delay_us = int(self._shuffle.delays_us[place])
        self.pipeline.hold(outcome, now_us, delay_us, bool(self._shuffle.sent_twice[place]))


def _served(decision: Decision) -> str:
    """Returns the campaign of the arm that a decision is; being held out is that in which nothing is sent."""
    return NO_CONTACT if decision.result == RESULT_HELD_OUT else decision.campaign_id


def _portfolio(trial: Trial, portfolio_id: str, feed: Feed, groups: TrialGroups) -> Portfolio:
    reward = trial.reward
    weight = RewardWeight(type=reward.outcome, custom_type=reward.custom_type, measure=reward.measure, weight=1.0)
    spec = RewardSpec(weights=[weight], least_reward=0.0, greatest_reward=reward.greatest)
    spec.outcome_window.FromTimedelta(WINDOW)
    return Portfolio(
        portfolio_id=portfolio_id,
        display_name="Trial",
        currency=trial.columns.currency,
        reward_spec=spec,
        settle_spec=SettleSpec(required_feeds=[feed]),
        allow_no_contact=trial.columns.allows_no_contact,
        assignments=groups.assignments(),
        # Of a rejected decision nobody knows what would have come, in any group.
        lift_spec=LiftSpec(population=LIFT_POPULATION_ACTIVATED, conversion_outcomes=[feed], revenue_outcomes=[feed]),
    )


def _campaigns(trial: Trial) -> list[Campaign]:
    return [arm.campaign for arm in trial.columns.arms if arm.campaign_id != NO_CONTACT]
