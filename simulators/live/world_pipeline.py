"""The feedback pipeline of a live run: posts what the world's feed delivers, file by file, with all its faults."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.client import Client
from banditsvc.core.times import DAY_US
from banditsvc.v1.outcome_pb2 import FeedMark, Outcome, OutcomeStatus, OutcomeType
from banditsvc.v1.ranking_pb2 import RewardRequest
from simulators.engine.feed_calendar import complete_through, has_file, next_file
from simulators.engine.purchases import NEVER, Purchases
from simulators.errors import SimulationError, check_status
from simulators.scheduler import MOST_PER_CALL
from simulators.simulated_time import timestamp
from simulators.worlds.world_spec import WorldSpec

_REFUSED = frozenset({OutcomeStatus.OUTCOME_STATUS_UNSPECIFIED, OutcomeStatus.OUTCOME_STATUS_CONFLICT})


class WorldPipeline:
    """Posts the outcomes of one portfolio. Files come as the world's feed has them; unsubscriptions go every night."""

    def __init__(self, client: Client, portfolio_id: str, world: WorldSpec, seed: int, start_us: int) -> None:
        """Takes the service's time at which day 0 starts."""
        self._client = client
        self._portfolio_id = portfolio_id
        self._world = world
        self._seed = seed
        self._start_us = start_us
        self._kind = f"OUTCOME_TYPE_{world.reward.outcome_type.name}"
        self._by_day: defaultdict[int, list[Outcome]] = defaultdict(list)
        self.answers: Counter[str] = Counter()
        """How many outcomes were answered with each status, unsubscriptions apart."""
        self.refunds = 0
        """Refunds among them."""
        self.unsubscribed = 0

    def hold(self, purchases: Purchases, customer_ids: list[str]) -> None:
        """Keeps purchases, with what is revised, refunded and delivered again, until their files come.

        Args:
            purchases: All of this seed's customers.
            customer_ids: Whose each is.
        """
        faults = self._world.faults
        ids = purchases.outcome_ids(customer_ids)
        again = next_file(self._world.feed, np.where(purchases.arrival == NEVER, 0, purchases.arrival))
        rows = zip(
            ids,
            customer_ids,
            purchases.time.tolist(),
            purchases.first_amount.tolist(),
            purchases.amount.tolist(),
            purchases.arrival.tolist(),
            np.where(purchases.is_duplicated, again, NEVER).tolist(),
            purchases.revision_arrival.tolist(),
            purchases.refund_arrival.tolist(),
            strict=True,
        )
        for outcome_id, customer_id, time, first, amount, arrival, second, revised, refunded in rows:
            if arrival == NEVER:
                continue
            occurred = self._moment(time)
            outcome = Outcome(
                type=self._kind, outcome_id=outcome_id, customer_id=customer_id, amount=first, occur_time=occurred
            )
            self._by_day[arrival].append(outcome)
            self._put(second, outcome)
            self._put(
                revised,
                Outcome(
                    type=self._kind,
                    outcome_id=outcome_id,
                    customer_id=customer_id,
                    amount=amount,
                    occur_time=occurred,
                    revision=1,
                ),
            )
            self._put(
                refunded,
                Outcome(
                    type=OutcomeType.OUTCOME_TYPE_REFUND,
                    outcome_id=f"{outcome_id}-refund",
                    refunded_outcome_id=outcome_id,
                    occur_time=self._moment(time + faults.refunded_days),
                ),
            )

    def post(self, day: int) -> None:
        """Posts the file of a day, if one comes, and up to when it is complete.

        Raises:
            SimulationError: The service refused an outcome or the mark.
        """
        if not has_file(self._world.feed, day):
            return
        due = self._by_day.pop(day, [])
        if self._world.faults.reordered:
            order = np.random.default_rng([self._seed, day]).permutation(len(due))
            due = [due[place] for place in order.tolist()]
        complete_us = self._start_us + complete_through(self._world.feed, day) * DAY_US
        mark = FeedMark(type=self._kind, complete_through=timestamp(complete_us))
        last = max(0, len(due) - 1) // MOST_PER_CALL
        for index in range(last + 1):
            part = due[index * MOST_PER_CALL : (index + 1) * MOST_PER_CALL]
            self._post(part, [mark] if index == last else [])

    def unsubscribe(self, customer_ids: Sequence[str], day: int) -> None:
        """Posts the unsubscriptions that contacts of a day have brought about.

        Raises:
            SimulationError: The service refused one.
        """
        for start in range(0, len(customer_ids), MOST_PER_CALL):
            outcomes = [
                Outcome(
                    type=OutcomeType.OUTCOME_TYPE_UNSUBSCRIBE,
                    outcome_id=f"unsubscription-{customer_id}",
                    customer_id=customer_id,
                    occur_time=self._moment(float(day)),
                )
                for customer_id in customer_ids[start : start + MOST_PER_CALL]
            ]
            requests = [RewardRequest(outcome=outcome) for outcome in outcomes]
            for outcome, result in zip(
                outcomes, self._client.batch_reward(requests, self._portfolio_id).results, strict=True
            ):
                check_status(result.status, f"the unsubscription of {outcome.customer_id}")
        self.unsubscribed += len(customer_ids)

    def _put(self, day: int, outcome: Outcome) -> None:
        if day != NEVER:
            self._by_day[day].append(outcome)

    def _post(self, outcomes: Sequence[Outcome], marks: Sequence[FeedMark]) -> None:
        requests = [RewardRequest(outcome=outcome) for outcome in outcomes]
        answer = self._client.batch_reward(requests, self._portfolio_id, marks)
        for outcome, result in zip(outcomes, answer.results, strict=True):
            check_status(result.status, f"outcome {outcome.outcome_id}")
            if result.response.status in _REFUSED:
                raise SimulationError(f"the service refused outcome {outcome.outcome_id} as a conflict")
            self.answers[OutcomeStatus.Name(result.response.status).removeprefix("OUTCOME_STATUS_")] += 1
        self.refunds += sum(outcome.type == OutcomeType.OUTCOME_TYPE_REFUND for outcome in outcomes)
        if marks and not answer.marks_stored:
            raise SimulationError("the service did not store the mark of the feed")

    def _moment(self, time: float) -> Timestamp:
        """Returns a time of the world, in days, cut to a microsecond, as the contract has it."""
        return timestamp(self._start_us + int(time * DAY_US))
