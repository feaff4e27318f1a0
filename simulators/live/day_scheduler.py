"""The scheduler of a live run: asks the service for a campaign for every customer who is due, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.client import Client
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.rejection import FunnelStage
from banditsvc.v1.decision_pb2 import RESULT_NO_ELIGIBLE, Decision
from banditsvc.v1.ranking_pb2 import BatchRankResult, Candidate, RankRequest, RankResponse
from simulators.errors import SimulationError, check_status
from simulators.live.context_messages import context_messages
from simulators.runs.contact_limits import Chosen
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible
from simulators.scheduler import MOST_PER_CALL
from simulators.simulated_time import timestamp

MOST_CANDIDATES_PER_CALL = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the service answered for a day's customers. Columns are the campaigns that it was asked to choose from."""

    chosen: Chosen
    """What was chosen, of what was left after the service's own rules, caps and limits."""
    is_replay: NDArray[np.bool_]
    """Whether it was decided by an earlier call."""
    is_paused: NDArray[np.bool_]
    """Whether that earlier choice must not be sent any more."""


class DayScheduler:
    """Asks for the decisions of one portfolio."""

    def __init__(self, client: Client, portfolio_id: str) -> None:
        self._client = client
        self._portfolio_id = portfolio_id

    def ask(
        self, customer_ids: Sequence[str], contexts: Contexts, eligible: Eligible, occasion: str, send_time_us: int
    ) -> Answers:
        """Returns the decisions for customers who all have a campaign that could go out.

        Raises:
            SimulationError: The service refused a request.
        """
        requests = self._requests(customer_ids, contexts, eligible, occasion, send_time_us)
        responses: list[RankResponse] = []
        for part in _parts(eligible.mask.sum(axis=1).tolist()):
            results = self._client.batch_rank(requests[part]).results
            responses += [
                _checked(result, customer_id) for result, customer_id in zip(results, customer_ids[part], strict=True)
            ]
        return _answers(responses, eligible)

    def ask_for_withdrawn(
        self, customer_ids: Sequence[str], campaign_ids: Sequence[str], occasion: str, send_time_us: int
    ) -> None:
        """Asks for customers who have withdrawn their consent: each request must end at consent.

        Args:
            customer_ids: The customers.
            campaign_ids: Campaigns that need consent, at least one.
            occasion: Of the day.
            send_time_us: Of the day.

        Raises:
            SimulationError: The service chose something for one of them.
        """
        for part in _parts([len(campaign_ids)] * len(customer_ids)):
            asked = customer_ids[part]
            requests = [
                RankRequest(
                    portfolio_id=self._portfolio_id,
                    customer_id=customer_id,
                    candidates=[Candidate(campaign_id=campaign_id) for campaign_id in campaign_ids],
                    occasion=occasion,
                    send_time=timestamp(send_time_us),
                )
                for customer_id in asked
            ]
            results = self._client.batch_rank(requests).results
            for result, customer_id in zip(results, asked, strict=True):
                _check_refused(_checked(result, customer_id).decision)

    def _requests(
        self, customer_ids: Sequence[str], contexts: Contexts, eligible: Eligible, occasion: str, send_time_us: int
    ) -> list[RankRequest]:
        named = [Candidate(campaign_id=campaign_id) for campaign_id in eligible.campaign_ids]
        known: dict[bytes, list[Candidate]] = {}
        send_time, requests = timestamp(send_time_us), []
        for customer_id, context, row in zip(
            customer_ids, context_messages(contexts.columns), eligible.mask, strict=True
        ):
            candidates = known.get(row.tobytes())
            if candidates is None:
                candidates = known[row.tobytes()] = [named[column] for column in np.flatnonzero(row)]
            requests.append(
                RankRequest(
                    portfolio_id=self._portfolio_id,
                    customer_id=customer_id,
                    context=context,
                    candidates=candidates,
                    occasion=occasion,
                    send_time=send_time,
                )
            )
        return requests


def _parts(candidate_counts: Sequence[int]) -> Iterator[slice]:
    """Yields batches within the limits of a call."""
    start = total = 0
    for place, count in enumerate(candidate_counts):
        if place - start == MOST_PER_CALL or total + count > MOST_CANDIDATES_PER_CALL:
            yield slice(start, place)
            start, total = place, 0
        total += count
    if start < len(candidate_counts):
        yield slice(start, len(candidate_counts))


def _checked(result: BatchRankResult, customer_id: str) -> RankResponse:
    check_status(result.status, f"to rank customer {customer_id}")
    return result.response


def _check_refused(decision: Decision) -> None:
    stages = {rejection.stage for rejection in decision.rejections if rejection.campaign_id != NO_CONTACT}
    if decision.result != RESULT_NO_ELIGIBLE or stages - {int(FunnelStage.CONSENT)}:
        raise SimulationError(
            f"the service did not refuse customer {decision.customer_id}, who has withdrawn consent: it chose "
            f"{decision.campaign_id or 'nothing, for another reason'}"
        )


def _answers(responses: Sequence[RankResponse], asked: Eligible) -> Answers:
    column_of = {campaign_id: column for column, campaign_id in enumerate(asked.campaign_ids)}
    shape = len(responses), len(column_of)
    mask, pmf = np.zeros(shape, np.bool_), np.zeros(shape)
    column, probability = np.full(len(responses), -1, dtype=np.intp), np.ones(len(responses))
    for row, response in enumerate(responses):
        decision = response.decision
        for ranked in decision.ranking:
            place = column_of[ranked.campaign_id]
            mask[row, place] = True
            pmf[row, place] = ranked.selection_probability
        if decision.campaign_id:
            column[row] = column_of[decision.campaign_id]
            probability[row] = decision.selection_probability
    return Answers(
        chosen=Chosen(column, probability, mask, pmf),
        is_replay=np.array([response.is_replay for response in responses], dtype=np.bool_),
        is_paused=np.array([response.campaign_paused for response in responses], dtype=np.bool_),
    )
