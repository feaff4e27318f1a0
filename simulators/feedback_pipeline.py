"""The feedback pipeline of a simulated shop: holds outcomes until they have happened and posts them day by day."""

from __future__ import annotations

from collections import Counter, defaultdict

from banditsvc.client import Client
from banditsvc.core.times import DAY_US
from banditsvc.v1.outcome_pb2 import FeedMark, Outcome, OutcomeStatus
from banditsvc.v1.portfolio_pb2 import Feed
from banditsvc.v1.ranking_pb2 import RewardRequest
from simulators.errors import SimulationError, check_status
from simulators.scheduler import MOST_PER_CALL
from simulators.simulated_time import timestamp

_REFUSED = frozenset({OutcomeStatus.OUTCOME_STATUS_UNSPECIFIED, OutcomeStatus.OUTCOME_STATUS_CONFLICT})


class FeedbackPipeline:
    """Posts the outcomes of one portfolio and says up to when its feed is complete."""

    def __init__(self, client: Client, portfolio_id: str, feed: Feed) -> None:
        self._client = client
        self._portfolio_id = portfolio_id
        self._feed = feed
        self._by_day: defaultdict[int, list[Outcome]] = defaultdict(list)
        self.answers: Counter[str] = Counter()
        """How many outcomes were answered with each status."""

    def hold(self, outcome: Outcome, sent_us: int, delay_us: int, sent_twice: bool) -> None:
        """Keeps an outcome that happens delay_us after the sending until the first day on which it is known.

        With sent_twice it is posted on the day after, too.
        """
        occur_us = sent_us + delay_us
        outcome.occur_time.CopyFrom(timestamp(occur_us))
        first_day = occur_us // DAY_US + 1
        for day in (first_day, first_day + 1) if sent_twice else (first_day,):
            self._by_day[day].append(outcome)

    def post(self, now_us: int) -> None:
        """Posts what has happened by now, a whole day, and the mark that the feed is complete up to it.

        Raises:
            SimulationError: The service refused an outcome or the mark.
        """
        due = self._by_day.pop(now_us // DAY_US, [])
        mark = FeedMark(type=self._feed.type, custom_type=self._feed.custom_type, complete_through=timestamp(now_us))
        last = max(0, len(due) - 1) // MOST_PER_CALL
        for index in range(last + 1):
            part = due[index * MOST_PER_CALL : (index + 1) * MOST_PER_CALL]
            self._post(part, [mark] if index == last else [])

    def _post(self, outcomes: list[Outcome], marks: list[FeedMark]) -> None:
        answer = self._client.batch_reward(
            [RewardRequest(outcome=outcome) for outcome in outcomes], self._portfolio_id, marks
        )
        for outcome, result in zip(outcomes, answer.results, strict=True):
            check_status(result.status, f"an outcome of {outcome.decision_id or outcome.customer_id}")
            if result.response.status in _REFUSED:
                raise SimulationError(f"the service refused an outcome of {outcome.customer_id} as a conflict")
            self.answers[OutcomeStatus.Name(result.response.status).removeprefix("OUTCOME_STATUS_")] += 1
        if marks and not answer.marks_stored:
            raise SimulationError("the service did not store the mark of the feed")
