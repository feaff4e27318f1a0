"""Past sends: protobuf to core value."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, isfinite

from banditsvc.core.decision import RankInput
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_campaign import read_campaign
from banditsvc.rpc.wire_context import nothing_known, read_context
from banditsvc.rpc.wire_text import read_id, read_label, read_own_id, text_fault
from banditsvc.rpc.wire_time import Allowed, read_time_within
from banditsvc.serving.importing import PastSend
from banditsvc.v1 import history_pb2 as pb

MOST_ELIGIBLE = 500
TOLERANCE = 1e-3
"""How far what is written with few digits may be from what it stands for: .3333 from a third, a sum from 1."""


def read_past_decision(message: pb.PastDecision, portfolio_id: str, now_us: int) -> PastSend:
    """Returns a past send as a caller describes it.

    Raises:
        InvalidRequest: Fields are malformed; it names all of them.
    """
    faults = Faults()
    campaign_id = read_id(message.campaign_id, "campaign_id", faults)
    eligible = _read_eligible(message, faults)
    wanted = RankInput(
        portfolio_id=portfolio_id,
        customer_id=read_id(message.customer_id, "customer_id", faults),
        send_time_us=_read_send_time(message, now_us, faults),
        context=read_context(message.context, faults) if message.HasField("context") else nothing_known(),
        candidates=tuple(sorted(eligible)),
        channel=read_label(message.channel, "channel", faults),
        placement=read_label(message.placement, "placement", faults),
        has_send_time=True,
    )
    decision_id = read_own_id(message.decision_id, "decision_id", faults)
    given = None
    if message.HasField("campaign"):
        described = message.campaign
        if not described.campaign_id:
            described.campaign_id = campaign_id
        elif described.campaign_id != campaign_id:
            faults.add("campaign.campaign_id", "must be campaign_id")
        given = read_campaign(described, "campaign", faults)
    probabilities = _read_probabilities(message, eligible, faults)
    faults.raise_if_any()
    by_id = sorted(zip(eligible, probabilities, strict=True)) if probabilities else []
    return PastSend(
        input=wanted,
        campaign_id=campaign_id,
        decision_id=decision_id,
        eligible=wanted.candidates or (campaign_id,),  # type: ignore[arg-type]  # ids alone
        selection_probabilities=tuple(p for _, p in by_id),
        campaign=given,
    )


def _read_send_time(message: pb.PastDecision, now_us: int, faults: Faults) -> int:
    if not message.HasField("send_time"):
        faults.add("send_time", "is required")
        return 0
    return read_time_within(message.send_time, Allowed(0, now_us, "must not be in the future"), "send_time", faults)


def _read_eligible(message: pb.PastDecision, faults: Faults) -> tuple[str, ...]:
    path, eligible = "eligible_campaign_ids", tuple(message.eligible_campaign_ids)
    if len(eligible) > MOST_ELIGIBLE:
        faults.add(path, f"must have at most {MOST_ELIGIBLE} entries")
    elif any(text_fault(one) for one in eligible):
        faults.add(path, "must be ids of 1 to 128 characters")
    elif len(set(eligible)) != len(eligible):
        faults.add(path, "must have no repeats")
    elif eligible and message.campaign_id not in eligible:
        faults.add(path, "must have campaign_id among them: nothing is sent that could not be sent")
    return eligible


def _read_probabilities(message: pb.PastDecision, eligible: Sequence[str], faults: Faults) -> Sequence[float]:
    """Returns the probability of each of eligible; empty where they are not known."""
    vector = tuple(message.selection_probabilities)
    if message.HasField("selection_probability"):
        if vector:
            faults.add("selection_probability", "must be left out where selection_probabilities has them all")
        return _of_one(message, eligible, faults)
    if not vector:
        return ()
    path = "selection_probabilities"
    if len(vector) != len(eligible):
        faults.add(path, "must have one number for each of eligible_campaign_ids")
        return ()
    total = fsum(vector) if all(isfinite(p) and p >= 0.0 for p in vector) else -1.0
    if abs(total - 1.0) > TOLERANCE:
        faults.add(path, "must be from 0 to 1 and sum to 1")
        return ()
    if message.campaign_id in eligible and vector[eligible.index(message.campaign_id)] == 0.0:
        faults.add(path, "must be above 0 for what was sent")
    return [p / total for p in vector]


def _of_one(message: pb.PastDecision, eligible: Sequence[str], faults: Faults) -> Sequence[float]:
    """Returns the probabilities that follow from that of what was sent."""
    path, p, count = "selection_probability", message.selection_probability, len(eligible)
    if not 0.0 < p <= 1.0:
        faults.add(path, "must be above 0 and at most 1")
    elif not eligible:
        faults.add(path, "needs eligible_campaign_ids: what could have been sent; leave it out where that is not known")
    elif count > 1 and abs(p * count - 1.0) <= TOLERANCE:
        return [1.0 / count] * count
    elif count == 1 and p != 1.0:
        faults.add(path, "must be 1 where nothing else could have been sent")
    elif count == 1 or p == 1.0:
        return [float(one == message.campaign_id) for one in eligible]
    elif count == 2:
        return [p if one == message.campaign_id else 1.0 - p for one in eligible]
    else:
        faults.add(
            path, "does not say those of the others: give selection_probabilities, or leave it out where unknown"
        )
    return ()
