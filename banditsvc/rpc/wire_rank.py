"""Rank requests: protobuf to core value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import RankInput
from banditsvc.core.errors import Unsupported
from banditsvc.core.times import DAY_US
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_campaign import read_campaign
from banditsvc.rpc.wire_consent import read_given
from banditsvc.rpc.wire_context import nothing_known, read_context
from banditsvc.rpc.wire_text import (
    are_ids,
    are_labels,
    read_id,
    read_label,
    read_prose,
    refuse_dry_run,
    refuse_own_id,
    text_fault,
)
from banditsvc.rpc.wire_time import Allowed, read_time_within
from banditsvc.serving.ranking import RankCall
from banditsvc.serving.resources import MOST_LIVE_CAMPAIGNS
from banditsvc.v1 import ranking_pb2 as pb

MOST_CANDIDATES = MOST_LIVE_CAMPAIGNS
"""Named or not, a request is about no more campaigns than this."""

MOST_FORCE_REASON = 256

_REQUIRED = ("portfolio_id", "customer_id")
_TEXTS = (
    *_REQUIRED,
    *("decision_id", "occasion", "supersedes", "channel", "placement", "assignment_key", "forced_campaign_id"),
)
# One call for all of them: what there is to check in most requests is that there is nothing to say.
_texts = attrgetter(*_TEXTS)
_others = attrgetter(
    *("defer_activation", "is_test", "dry_run", "candidates", "excluded_campaign_ids", "consents", "force_reason")
)


def read_rank(request: pb.RankRequest, now_us: int) -> RankCall:
    """Returns what a caller of Rank asks for.

    Raises:
        InvalidRequest: Fields are malformed; it names all of them.
        Unsupported: More than one campaign is to be chosen.
    """
    faults = Faults()
    texts = _texts(request)
    (
        portfolio_id,
        customer_id,
        decision_id,
        occasion,
        supersedes,
        channel,
        placement,
        assignment_key,
        forced_campaign_id,
    ) = texts
    if not (portfolio_id and customer_id and are_labels(texts)):
        _note_texts(request, faults)
    has = request.HasField
    has_send_time = has("send_time")
    defer_activation, is_test, dry_run, candidates, excluded, consents, force_reason = _others(request)
    wanted = RankInput(
        portfolio_id=portfolio_id,
        customer_id=customer_id,
        send_time_us=_read_send_time(request, now_us, faults) if has_send_time else now_us,
        context=read_context(request.context, faults) if has("context") else nothing_known(),
        candidates=_read_candidates(candidates, faults) if candidates else (),
        excluded=_read_excluded(excluded, faults) if excluded else (),
        occasion=occasion,
        supersedes=supersedes,
        channel=channel,
        placement=placement,
        defer_activation=defer_activation,
        is_test=is_test,
        has_send_time=has_send_time,
        assignment_key=assignment_key,
        consents=read_given(consents, faults) if consents else (),
        forced_campaign_id=forced_campaign_id,
        force_reason=_read_force_reason(request, faults) if forced_campaign_id or force_reason else "",
    )
    if decision_id:
        refuse_own_id(decision_id, "decision_id", faults)
        if decision_id == supersedes:
            faults.add("supersedes", "must name another decision than decision_id")
    if supersedes:
        refuse_dry_run(supersedes, "supersedes", faults)
    if has("limit") or has("ranking_limit") or faults.violations:
        _check_limits(request, faults)
    return RankCall(input=wanted, decision_id=decision_id, dry_run=dry_run)


def _note_texts(request: pb.RankRequest, faults: Faults) -> None:
    for name, text in zip(_TEXTS, _texts(request), strict=True):
        (read_id if name in _REQUIRED else read_label)(text, name, faults)


def _read_send_time(request: pb.RankRequest, now_us: int, faults: Faults) -> int:
    allowed = Allowed(now_us - DAY_US, now_us + 30 * DAY_US, "must be at most 30 days ahead and at most one day back")
    return read_time_within(request.send_time, allowed, "send_time", faults)


def _read_force_reason(request: pb.RankRequest, faults: Faults) -> str:
    forced, reason = request.forced_campaign_id, request.force_reason
    if forced and not reason:
        faults.add("force_reason", "is required with forced_campaign_id")
    if reason and not forced:
        faults.add("force_reason", "is for forced_campaign_id alone")
    if forced and forced in request.excluded_campaign_ids:
        faults.add("forced_campaign_id", "must not be among excluded_campaign_ids")
    return read_prose(reason, "force_reason", faults, MOST_FORCE_REASON) if reason else reason


def _check_limits(request: pb.RankRequest, faults: Faults) -> None:
    """Checks limit and ranking_limit, and raises what was found in the whole request."""
    if request.HasField("ranking_limit") and not 1 <= request.ranking_limit <= MOST_CANDIDATES:
        faults.add("ranking_limit", f"must be from 1 to {MOST_CANDIDATES}")
    limit = request.limit if request.HasField("limit") else 1
    if limit < 1:
        faults.add("limit", "must be 1 or unset")
    faults.raise_if_any()
    if limit > 1:
        raise Unsupported("limit above 1: choosing several campaigns at once is not supported")


def _read_excluded(excluded: Sequence[str], faults: Faults) -> tuple[str, ...]:
    ids = tuple(excluded)
    if len(ids) > MOST_CANDIDATES:
        faults.add("excluded_campaign_ids", f"must have at most {MOST_CANDIDATES} entries")
    elif not are_ids(ids):
        for i, campaign_id in enumerate(ids):
            read_id(campaign_id, f"excluded_campaign_ids[{i}]", faults)
    return ids


def _read_candidates(candidates: Sequence[pb.Candidate], faults: Faults) -> tuple[str | Campaign, ...]:
    if len(candidates) > MOST_CANDIDATES:
        faults.add("candidates", f"must have at most {MOST_CANDIDATES} entries")
        return ()
    ids = tuple([candidate.campaign_id for candidate in candidates])
    # An inline campaign shows here as an empty id, so only plain ids pass.
    if are_ids(ids):
        return ids
    read = [_read_candidate(candidate, f"candidates[{i}]", faults) for i, candidate in enumerate(candidates)]
    _check_distinct(read, faults)
    return tuple(candidate for candidate in read if candidate is not None)


def _read_candidate(candidate: pb.Candidate, path: str, faults: Faults) -> str | Campaign | None:
    kind = candidate.WhichOneof("campaign")
    if kind == "inline":
        return read_campaign(candidate.inline, f"{path}.inline", faults)
    if kind is None:
        faults.add(path, "must have one of campaign_id, inline")
        return None
    return read_id(candidate.campaign_id, f"{path}.campaign_id", faults)


def _check_distinct(candidates: Iterable[str | Campaign | None], faults: Faults) -> None:
    first_place: dict[str, int] = {}
    for i, candidate in enumerate(candidates):
        is_id = isinstance(candidate, str)
        campaign_id = candidate if isinstance(candidate, str) else candidate.campaign_id if candidate else ""
        if text_fault(campaign_id):
            continue
        first = first_place.setdefault(campaign_id, i)
        if first != i:
            faults.add(f"candidates[{i}].{'' if is_id else 'inline.'}campaign_id", f"is that of candidates[{first}]")
