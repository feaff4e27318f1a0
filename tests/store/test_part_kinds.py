"""Laws of row kinds: what the index of a part says of a decision is what the decision says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import DecidedBy, Decision, GhostDecision, Result
from banditsvc.store import SqliteLog
from tests.store.audience_files import canonical, row, write_part

CUSTOMERS = canonical([f"c{number}" for number in range(6)])


def rows() -> list[Decision]:
    """Returns a row of each sort: sent, held out with a ghost and without, nothing eligible, described, with treatment."""
    made = [row(customer_id, number, cost=number / 4) for number, customer_id in enumerate(CUSTOMERS)]
    contact = made[1].contact
    assert contact is not None
    ghost = GhostDecision(
        decided_by=DecidedBy.UNIFORM_RANDOM,
        campaign_id="b",
        treatment_id="t",
        explored=True,
        contact=structs.replace(contact, is_ghost=True),
    )
    held_out: dict[str, Any] = {
        "result": Result.HELD_OUT,
        "campaign_id": "",
        "contact": None,
        "group": AssignmentGroup.HOLDOUT,
    }
    inline = (Campaign(campaign_id="a", features={"discount": 0.2}), "b")
    return [
        made[0],
        structs.replace(made[1], **held_out, would_have_sent=ghost),
        structs.replace(made[2], **held_out),
        structs.replace(
            made[3], result=Result.NO_ELIGIBLE, campaign_id="", contact=None, eligible=(), selection_probabilities=()
        ),
        structs.replace(made[4], input=structs.replace(made[4].input, candidates=inline)),
        structs.replace(made[5], eligible=("a",), treatments=("t",), treatment_id="t", selection_probabilities=(1.0,)),
    ]


@pytest.mark.parametrize("constants", [["portfolio_id", "send_time", "inline_campaigns"], ["send_time"]])
def test_an_outline_is_the_decision_as_far_as_it_goes(tmp_path: Path, constants: list[str]) -> None:
    """The outline of each sort of row has what DecisionLog.get_outline promises, whichever columns are constant."""
    decisions = rows() if len(constants) == 1 else [one for one in rows() if not _described(one)]
    log = SqliteLog(tmp_path / "log.db")
    log.append([write_part(tmp_path, decisions, constants=constants)], 1)
    for decision in decisions:
        found = log.get_outline(decision.decision_id)
        assert found is not None
        outline = found.value
        names = ("result", "decided_by", "group", "campaign_id", "treatment_id", "contact", "would_have_sent")
        assert [getattr(decision, name) for name in names] == [getattr(outline, name) for name in names]
        assert _described(decision) == _described(outline)
    log.close()


def _described(decision: Decision) -> bool:
    """Says whether the chosen campaign was described with the request."""
    found = [one.campaign_id for one in decision.input.candidates if isinstance(one, Campaign)]
    return decision.campaign_id in found
