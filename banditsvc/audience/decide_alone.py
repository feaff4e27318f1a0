"""Deciding rows of an audience one by one: for what columns do not hold, by Rank's own functions."""

from __future__ import annotations

import numpy as np
from msgspec import structs

from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.rooms_left import RoomsLeft
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import Decision, RankInput
from banditsvc.core.decision_id import audience_decision_id
from banditsvc.core.run_terms import RunTerms
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.deciders import BY_POLICY
from banditsvc.serving.deciding import decide_all
from banditsvc.serving.to_decide import ToDecide


def terms_input(terms: RunTerms) -> RankInput:
    """Returns what all customers of a run are asked about, without a customer."""
    return RankInput(
        portfolio_id=terms.portfolio_id,
        customer_id="",
        send_time_us=terms.send_time_us,
        context=CustomerContext(),
        excluded=terms.excluded,
        occasion=terms.occasion,
        channel=terms.channel,
        placement=terms.placement,
        defer_activation=terms.defer_activation,
        has_send_time=terms.has_send_time,
    )


def decide_alone(
    active: ActivePortfolio, rows: AudienceRows, terms: RunTerms, rooms: RoomsLeft, span: slice
) -> list[Decision]:
    """Returns the decisions for some rows, each after those before it have taken of the rooms.

    Raises:
        InvalidRequest: Groups are assigned by channel and the run names none, or a campaign described in a row has
            rules that do not fit.
    """
    wanted = []
    decisions: list[Decision] = []
    for place in range(*span.indices(len(rows))):
        wanted.append(_to_decide(active, rows, terms, rooms, place))
        if not rooms.is_empty:
            decisions += decide_all(active, wanted)
            wanted.clear()
            _take(rooms, decisions[-1])
    return decisions + decide_all(active, wanted) if wanted else decisions


def _to_decide(active: ActivePortfolio, rows: AudienceRows, terms: RunTerms, rooms: RoomsLeft, place: int) -> ToDecide:
    asked = structs.replace(
        terms_input(terms),
        customer_id=rows.customer_ids[place].as_py(),
        context=rows.contexts.context(place),
        candidates=rows.candidates_of(place),
        assignment_key=rows.assignment_key(place),
        consents=rows.consents_of(place),
        excluded=rows.excluded_of(place, terms.excluded),
    )
    active.check_inline(asked)
    key = asked.assignment_key or asked.customer_id
    assigned = active.assign(key, asked.channel)
    standings = rows.standings
    is_out = assigned.group is AssignmentGroup.HOLDOUT
    standing = (standings.with_ghosts if is_out else standings.distinct)[int(standings.codes[place])]
    return ToDecide(
        audience_decision_id(terms.run_id, int(rows.rows[place])),
        asked,
        active.prepared_set(asked, standing, terms.now_us, () if rooms.is_empty else (rooms,)),
        assigned,
        assigned.group in BY_POLICY and active.is_challenged(key),
    )


def _take(rooms: RoomsLeft, decision: Decision) -> None:
    if decision.contact is not None:
        rooms.take([decision.contact.campaign.campaign_id], np.zeros(1, dtype=np.intp))
