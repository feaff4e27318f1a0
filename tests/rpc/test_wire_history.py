"""Past sends from the wire: every fault by its field, and probabilities that are known or not."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from banditsvc.core.campaign import CampaignKind
from banditsvc.core.errors import InvalidRequest
from banditsvc.rpc.wire_history import read_past_decision
from banditsvc.serving.importing import PastSend
from banditsvc.v1 import history_pb2 as pb

NOW_SECONDS = 1_800_000_000
NOW_US = NOW_SECONDS * 1_000_000


def past(**changes: Any) -> pb.PastDecision:
    """Returns a past send as it comes."""
    plain: dict[str, Any] = {
        "customer_id": "c1",
        "campaign_id": "sale",
        "send_time": Timestamp(seconds=NOW_SECONDS - 1),
    }
    return pb.PastDecision(**(plain | changes))


def read(**changes: Any) -> PastSend:
    """Returns it as it is read."""
    return read_past_decision(past(**changes), "shop", NOW_US)


def test_a_past_send_arrives_whole() -> None:
    """Every field arrives where it belongs, eligible campaigns sorted with their probabilities."""
    found = read(
        decision_id="mine",
        channel="email",
        placement="top",
        context={"segment": "family"},
        eligible_campaign_ids=["sale", "news"],
        selection_probabilities=[0.9, 0.1],
        campaign={"kind": "CAMPAIGN_KIND_WINBACK", "family": "f"},
    )

    assert ("mine", "sale", ("news", "sale"), (0.1, 0.9)) == (
        found.decision_id,
        found.campaign_id,
        found.eligible,
        found.selection_probabilities,
    )
    assert ("shop", "c1", "email", "top", "family", NOW_US - 1_000_000) == (
        found.input.portfolio_id,
        found.input.customer_id,
        found.input.channel,
        found.input.placement,
        found.input.context.segment,
        found.input.send_time_us,
    )
    assert found.campaign is not None
    assert ("sale", CampaignKind.WINBACK, "f") == (
        found.campaign.campaign_id,
        found.campaign.kind,
        found.campaign.family,
    )


@pytest.mark.parametrize(
    ("eligible", "given", "expected"),
    [
        ([], {}, ()),
        (["news", "sale"], {}, ()),
        (["sale"], {"selection_probability": 1.0}, (1.0,)),
        (["news", "sale"], {"selection_probability": 0.8}, (1.0 - 0.8, 0.8)),
        (["news", "sale"], {"selection_probability": 1.0}, (0.0, 1.0)),
        (["a", "b", "sale"], {"selection_probability": 0.3333}, (1 / 3, 1 / 3, 1 / 3)),
        (["a", "b", "sale"], {"selection_probability": 1.0}, (0.0, 0.0, 1.0)),
        (["a", "b", "sale"], {"selection_probabilities": [0.5, 0.25, 0.25]}, (0.5, 0.25, 0.25)),
    ],
)
def test_probabilities_are_known_where_they_follow(
    eligible: list[str], given: dict[str, Any], expected: tuple[float, ...]
) -> None:
    """A vector is taken as it is; one number stands for all where it says them; without either they are not known."""
    assert expected == read(eligible_campaign_ids=eligible, **given).selection_probabilities


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("customer_id", {"customer_id": ""}),
        ("campaign_id", {"campaign_id": ""}),
        ("send_time", {"send_time": None}),
        ("send_time", {"send_time": Timestamp(seconds=NOW_SECONDS + 1)}),
        ("send_time", {"send_time": Timestamp(seconds=-1)}),
        ("decision_id", {"decision_id": "dry-run-1"}),
        ("campaign.campaign_id", {"campaign": {"campaign_id": "other"}}),
        ("context.r", {"context": {"r": 9}}),
        ("eligible_campaign_ids", {"eligible_campaign_ids": ["news"]}),
        ("eligible_campaign_ids", {"eligible_campaign_ids": ["sale", "sale"]}),
        ("eligible_campaign_ids", {"eligible_campaign_ids": ["sale", ""]}),
        ("eligible_campaign_ids", {"eligible_campaign_ids": ["sale", *map(str, range(500))]}),
        ("selection_probability", {"selection_probability": 0.5}),
        ("selection_probability", {"eligible_campaign_ids": ["sale"], "selection_probability": 0.5}),
        ("selection_probability", {"eligible_campaign_ids": ["sale", "a"], "selection_probability": 0.0}),
        ("selection_probability", {"eligible_campaign_ids": ["sale", "a"], "selection_probability": 1.5}),
        ("selection_probability", {"eligible_campaign_ids": ["sale", "a"], "selection_probability": float("nan")}),
        ("selection_probability", {"eligible_campaign_ids": ["sale", "a", "b"], "selection_probability": 0.5}),
        (
            "selection_probability",
            {
                "eligible_campaign_ids": ["sale"],
                "selection_probability": 1.0,
                "selection_probabilities": [1.0],
            },
        ),
        ("selection_probabilities", {"selection_probabilities": [1.0]}),
        ("selection_probabilities", {"eligible_campaign_ids": ["sale", "a"], "selection_probabilities": [0.5]}),
        ("selection_probabilities", {"eligible_campaign_ids": ["sale", "a"], "selection_probabilities": [0.5, 0.4]}),
        ("selection_probabilities", {"eligible_campaign_ids": ["sale", "a"], "selection_probabilities": [1.5, -0.5]}),
        ("selection_probabilities", {"eligible_campaign_ids": ["sale", "a"], "selection_probabilities": [0.0, 1.0]}),
        (
            "selection_probabilities",
            {"eligible_campaign_ids": ["sale", "a"], "selection_probabilities": [float("nan"), 1.0]},
        ),
    ],
)
def test_what_is_wrong_is_told_by_its_field(field: str, changes: dict[str, Any]) -> None:
    """Whatever does not fit is refused, and named."""
    with pytest.raises(InvalidRequest) as error:
        read(**changes)

    assert [field] == [one.field for one in error.value.violations]
